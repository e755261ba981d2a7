import { describe, expect, it } from 'vitest';
import { rewriteRecord } from '../../../src/store/codec.ts';
import { decodeGuest, type Guest, guestFields } from '../../../src/store/entities/guest.ts';
import { encodeGuestState, guestStates } from '../../../src/store/entities/guest-state.ts';
import { entry, id, reasonOf, source } from './fixture.ts';

const flavor = '56620938-5c66-41dd-b3fc-1472b881d99c';
const network = 'f3ff4d45-1e42-4e18-a215-aaee06a2d64b';
const hypervisor = '68df4d6b-15c5-4422-954e-2ca75f2c3053';

function decode(fields: Record<string, unknown>, state?: string): Guest {
  const guest = source(JSON.stringify({ flavor, network, ...fields }));
  return decodeGuest(state === undefined ? guest : { ...guest, state: entry(`${guest.directory}state`, state) });
}

describe('decodeGuest', () => {
  it('reads a placed guest', () => {
    const guest = source(
      `{"id":"${id}","metadata":{"name":"web"},"type":"kvm","flavor":"${flavor}","hypervisor":"${hypervisor}","network":"${network}",` +
        '"subnet":"44c85fd1-74bf-4cf4-bcb5-f561cd0040e8","fwgroup":"4ca41c0d-5774-47c4-b261-5a7b07d8dd0a",' +
        '"vlangroup":"bb8f6026-f056-4c8b-a735-092e6fd13226","mac":"02:4E:40:4F:6A:B0","ip":"10.9.8.4","bridge":"br \\u003c0\\u003e"}',
    );
    expect(decodeGuest(guest)).toEqual({
      kind: 'GUEST',
      id,
      revision: 7,
      directory: `lochness/guests/${id}/`,
      metadata: { name: 'web' },
      type: 'kvm',
      flavorId: flavor,
      networkId: network,
      hypervisorId: hypervisor,
      subnetId: '44c85fd1-74bf-4cf4-bcb5-f561cd0040e8',
      firewallGroupId: '4ca41c0d-5774-47c4-b261-5a7b07d8dd0a',
      vlanGroupId: 'bb8f6026-f056-4c8b-a735-092e6fd13226',
      mac: '02:4e:40:4f:6a:b0',
      ip: '10.9.8.4',
      bridge: 'br <0>',
      state: 'UNKNOWN',
      stateObservedAt: null,
    });
  });

  it('reads a guest of which nothing but flavor and network is known', () => {
    expect(decode({})).toMatchObject({
      metadata: {},
      type: '',
      hypervisorId: null,
      subnetId: null,
      firewallGroupId: null,
      vlanGroupId: null,
      mac: null,
      ip: null,
      bridge: null,
      state: 'UNPLACED',
    });
  });

  it('shows a placed guest without an address, as a lost race of the Go tools leaves it', () => {
    expect(decode({ hypervisor, ip: '' })).toMatchObject({ hypervisorId: hypervisor, ip: null });
  });

  it('knows the guest by its key, whatever its record says', () => {
    const record = JSON.stringify({ id: hypervisor, flavor, network });
    expect(decodeGuest(source(record, { name: id.toUpperCase() }))).toMatchObject({
      id,
      directory: `lochness/guests/${id.toUpperCase()}/`,
    });
    expect(decode({ id: 'no id at all' }).id).toBe(id);
    expect(decode({ id: null }).id).toBe(id);
  });

  it('shows references in their one spelling', () => {
    const guest = decode({ flavor: `URN:UUID:${flavor.toUpperCase()}`, hypervisor: `{${hypervisor}}`, ip: '::ffff:10.0.0.1' });
    expect(guest).toMatchObject({ flavorId: flavor, hypervisorId: hypervisor, ip: '10.0.0.1' });
    expect(decode({ ip: 'FE80:0::1' }).ip).toBe('fe80::1');
  });

  it.each([
    [{ flavor: '' }, 'flavor is missing'],
    [{ network: null }, 'network is missing'],
    [{ flavor: 'small' }, 'flavor is "small", which is no UUID'],
    [{ hypervisor: 'h1' }, 'hypervisor is "h1", which is no UUID'],
    [{ ip: '10.0.0.256' }, 'ip is "10.0.0.256", which is no IP address'],
    [{ ip: '10.0.0.1/24' }, 'ip is "10.0.0.1/24", which is no IP address'],
    [{ mac: '02:00' }, 'mac is "02:00", which is no MAC address'],
    [{ metadata: { n: 1 } }, 'metadata.n is 1, which is no text'],
  ])('refuses %j: %s', (fields, reason) => {
    expect(reasonOf(() => decode(fields))).toBe(reason);
  });
});

describe('the state of a guest', () => {
  const running = '{"state":"RUNNING","reported":"running","observed_at":"2026-11-22T23:00:13.313920112Z"}';

  it('is what its state record says while it is placed', () => {
    expect(decode({ hypervisor }, running)).toMatchObject({
      state: 'RUNNING',
      stateObservedAt: '2026-11-22T23:00:13.313920112Z',
    });
  });

  it('is UNPLACED without a hypervisor, whatever the state record says', () => {
    expect(decode({}, running)).toMatchObject({ state: 'UNPLACED', stateObservedAt: null });
  });

  it.each(guestStates.filter((state) => state !== 'UNPLACED'))('may be recorded as %s', (state) => {
    const stored = encodeGuestState({ state, reported: null, observedAt: '2026-11-22T23:00:13Z' }).toString();
    expect(stored).toBe(`{"state":"${state}","reported":"","observed_at":"2026-11-22T23:00:13Z"}`);
    expect(decode({ hypervisor }, stored)).toMatchObject({ state, stateObservedAt: '2026-11-22T23:00:13Z' });
  });

  it.each([
    '',
    'RUNNING',
    '{}',
    '[]',
    '{"state":"running"}',
    '{"state":"UNPLACED"}',
    '{"state":5}',
    '{"state":"RUNNING","observed_at":5}',
  ])('is UNKNOWN when the state record is %j', (stored) => {
    expect(decode({ hypervisor }, stored)).toMatchObject({ state: 'UNKNOWN', stateObservedAt: null });
  });

  it('is known without the time since when', () => {
    expect(decode({ hypervisor }, '{"state":"ERROR"}')).toMatchObject({ state: 'ERROR', stateObservedAt: null });
    expect(decode({ hypervisor }, '{"state":"ERROR","observed_at":"today"}')).toMatchObject({
      state: 'ERROR',
      stateObservedAt: null,
    });
  });
});

describe('guestFields', () => {
  it('rewrites what is given of a stored guest and nothing else', () => {
    const stored = Buffer.from(
      `{"id":"${id}","metadata":null,"Hypervisor":"${hypervisor}","note":1e3,"flavor":"${flavor}","ip":"10.0.0.1"}`,
    );
    expect(rewriteRecord(stored, guestFields({ hypervisorId: null, ip: null, bridge: null })).toString()).toBe(
      `{"id":"${id}","metadata":null,"hypervisor":"","note":1e3,"flavor":"${flavor}","ip":"","bridge":""}`,
    );
  });
});
