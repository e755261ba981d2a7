import { expect, it } from 'vitest';
import { guestRecord, id } from '../support/record.ts';
import { guest, inventory, mac, placedGuest, unplacedGuest } from './guest-fixture.ts';
import type { Space } from './mutation-contract.ts';

const update = `mutation ($input: UpdateGuestInput!) {
  updateGuest(input: $input) { guest { id revision metadata type flavorId firewallGroupId vlanGroupId mac } }
}`;
const record = `guests/${guest}/metadata`;
const [secondFlavor, firewallGroup, vlanGroup] = [id('f', 2), id('9', 1), id('8', 1)];
const given = (input: object) => ({ variables: { input: { id: guest, ...input } } });

export function guestUpdates(space: Space): void {
  it('changes what is given in one commit, and leaves the rest as it is stored', async () => {
    const { putAll, query, changesOf, revision, ownEntries } = space();
    await putAll({ ...inventory, [record]: `{"ours":9007199254740993,${unplacedGuest()[record]?.slice(1)}` });
    const before = await revision();
    const changes = await changesOf(async () => {
      const input = {
        metadata: { name: 'web' },
        type: 'container',
        flavorId: secondFlavor.toUpperCase(),
        firewallGroupId: firewallGroup,
        vlanGroupId: vlanGroup,
        mac: 'DE-AD-BE-EF-7F-21',
      };
      const data = await query(update, given(input));
      expect(data.updateGuest.guest).toEqual({
        id: guest,
        revision: String(before + 1),
        metadata: { name: 'web' },
        type: 'container',
        flavorId: secondFlavor,
        firewallGroupId: firewallGroup,
        vlanGroupId: vlanGroup,
        mac: 'de:ad:be:ef:7f:21',
      });
    });
    const stored = guestRecord({
      metadata: { name: 'web' },
      type: 'container',
      flavor: secondFlavor,
      fwgroup: firewallGroup,
      vlangroup: vlanGroup,
      mac: 'de:ad:be:ef:7f:21',
      id: guest,
    });
    expect(changes).toEqual({ [record]: `{"ours":9007199254740993,${stored.slice(1)}` });
    expect(await ownEntries('references/')).toEqual({
      [`references/flavors/${secondFlavor}`]: '',
      [`references/fwgroups/${firewallGroup}`]: '',
      [`references/vlangroups/${vlanGroup}`]: '',
    });
    expect(await revision()).toBe(before + 1);
  });

  it('clears its groups, and gives it back the MAC that follows from its id', async () => {
    const { putAll, query, changesOf, ownEntries } = space();
    await putAll({ ...inventory, ...placedGuest({ fwgroup: firewallGroup, vlangroup: vlanGroup }) });
    const changes = await changesOf(() => query(update, given({ firewallGroupId: null, vlanGroupId: null, mac: null })));
    // The MD5 of the id begins so.
    expect(changes).toEqual({ [record]: placedGuest({ mac: '02:f2:94:5f:ea:88' })[record] });
    expect(await ownEntries('references/')).toEqual({});
  });

  it('changes nothing where all is as it was, also of what dangles', async () => {
    const { putAll, query, changesOf, ownEntries } = space();
    const groups = { fwgroup: id('9', 9), vlangroup: id('8', 9).toUpperCase() };
    await putAll({ ...inventory, ...placedGuest({ flavor: id('f', 9), ...groups, metadata: { a: '1' } }) });
    const changes = await changesOf(async () => {
      const same = { flavorId: id('f', 9), firewallGroupId: id('9', 9), vlanGroupId: id('8', 9), mac, type: 'kvm' };
      const data = await query(update, given({ ...same, metadata: { a: '1', b: null } }));
      expect(data.updateGuest.guest).toMatchObject({ id: guest, flavorId: id('f', 9) });
    });
    expect(changes).toEqual({});
    expect(await ownEntries('references/')).toEqual({});
  });

  it('updates a guest that is stored in upper case under its own key', async () => {
    const { putAll, query, changesOf } = space();
    const key = `guests/${guest.toUpperCase()}/metadata`;
    await putAll({ ...inventory, [key]: guestRecord({ id: guest.toUpperCase() }) });
    const changes = await changesOf(() => query(update, given({ type: 'container' })));
    expect(changes).toEqual({ [key]: guestRecord({ type: 'container', id: guest.toUpperCase() }) });
  });

  it('keeps the flavor of a placed guest', async () => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...placedGuest() });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(update, given({ flavorId: secondFlavor, type: 'container' }));
      expect(errors).toEqual([{ code: 'INVALID_STATE', state: 'UNKNOWN', path: 'updateGuest' }]);
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['flavorId', 'FLAVOR', id('f', 9)],
    ['firewallGroupId', 'FIREWALL_GROUP', id('9', 9)],
    ['vlanGroupId', 'VLAN_GROUP', id('8', 9)],
  ])('refuses a %s of nothing', async (field, kind, missing) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest() });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(update, given({ [field]: missing }));
      expect(errors).toEqual([{ code: 'NOT_FOUND', kind, id: missing, path: 'updateGuest' }]);
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['metadata', { metadata: null }],
    ['type', { type: null }],
    ['type', { type: '' }],
    ['type', { type: 'k\nvm' }],
    ['type', { type: 'x'.repeat(65) }],
    ['type', { type: '\ud83d' }],
    ['flavorId', { flavorId: null }],
    ['flavorId', { flavorId: 'small' }],
    ['firewallGroupId', { firewallGroupId: '' }],
    ['vlanGroupId', { vlanGroupId: 'x' }],
    ['ifRevision', { ifRevision: null }],
    ['id', { id: 'x' }],
  ])('refuses an update whose %s is wrong: %j', async (field, input) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest() });
    const changes = await changesOf(async () => {
      expect(await errorsOf(update, given(input))).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'updateGuest' }]);
    });
    expect(changes).toEqual({});
  });

  it('takes a type of 64 characters, whatever they are', async () => {
    const { putAll, query } = space();
    await putAll({ ...inventory, ...unplacedGuest() });
    const type = '🖥'.repeat(64);
    expect((await query(update, given({ type }))).updateGuest.guest.type).toBe(type);
  });

  it('changes a guest only at the revision that is asked for', async () => {
    const { putAll, query, errorsOf, changesOf } = space();
    const old = await putAll({ ...inventory, ...unplacedGuest() });
    const now = await putAll(unplacedGuest());
    const changes = await changesOf(async () => {
      const errors = await errorsOf(update, given({ type: 'container', ifRevision: String(old) }));
      expect(errors).toEqual([{ code: 'CONFLICT', expected: String(old), actual: String(now), path: 'updateGuest' }]);
    });
    expect(changes).toEqual({});
    await query(update, given({ type: 'container', ifRevision: String(now) }));
  });

  it('knows no guest that is not there', async () => {
    const { errorsOf } = space();
    expect(await errorsOf(update, given({}))).toEqual([{ code: 'NOT_FOUND', kind: 'GUEST', id: guest, path: 'updateGuest' }]);
  });

  it.each([
    ['the flavor', { flavorId: secondFlavor }, `flavors/${secondFlavor}/metadata`, 'FLAVOR'],
    ['the firewall group', { firewallGroupId: firewallGroup }, `fwgroups/${firewallGroup}/metadata`, 'FIREWALL_GROUP'],
    ['the VLAN group', { vlanGroupId: vlanGroup }, `vlangroups/${vlanGroup}/metadata`, 'VLAN_GROUP'],
  ])('leaves the guest as it is when %s is deleted at the same time', async (_what, input, key, kind) => {
    const { putAll, remove, raced, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest() });
    const gateway = await raced(() => remove(key));
    const changes = await changesOf(async () => {
      expect(await gateway.errorsOf(update, given(input))).toMatchObject([{ code: 'NOT_FOUND', kind }]);
    });
    expect(changes).toEqual({ [key]: null });
  });

  it('does not change the flavor of a guest that is placed at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest() });
    const gateway = await raced(() => putAll(placedGuest()));
    const changes = await changesOf(async () => {
      const errors = await gateway.errorsOf(update, given({ flavorId: secondFlavor }));
      expect(errors).toMatchObject([{ code: 'INVALID_STATE', state: 'UNKNOWN' }]);
    });
    expect(changes).toEqual(placedGuest());
  });

  it('merges metadata with what another one wrote at the same time', async () => {
    const { putAll, raced, entries } = space();
    await putAll({ ...inventory, ...unplacedGuest() });
    const gateway = await raced(() => putAll(unplacedGuest({ metadata: { theirs: '1' } })));
    await gateway.query(update, given({ metadata: { ours: '2' } }));
    expect((await entries())[record]).toBe(unplacedGuest({ metadata: { ours: '2', theirs: '1' } })[record]);
  });
}
