import { expect, it } from 'vitest';
import { openEvents } from './event-reader.ts';
import type { Space } from './subscription-contract.ts';

const document = `subscription ($after: EventCursor, $until: Revision) {
  changes(after: $after, until: $until) { id revision cursor }
}`;

const idsOf = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id.slice('config:'.length)).join(' ');

/** `config/<name>` for each name, in one commit. */
const entries = (names: string) => Object.fromEntries(names.split(' ').map((name) => [`config/${name}`, '']));

export function resuming(space: Space): void {
  it('begins behind what was there when it was accepted', async () => {
    const { putAll } = space();
    await putAll(entries('a'));
    const first = await openEvents(space(), document);
    await putAll(entries('b'));
    const second = await openEvents(space(), document);
    await putAll(entries('c'));
    expect(idsOf(await first.take(2))).toBe('b c');
    expect(idsOf(await second.take(1))).toBe('c');
  });

  it('goes on behind the revision of a query without a gap and without a repeat', async () => {
    const { putAll, query } = space();
    await putAll(entries('a b'));
    const { revision, configEntries } = await query('{ revision configEntries { nodes { id } } }');
    await putAll(entries('c d'));
    const events = await openEvents(space(), document, { variables: { after: revision } });
    await putAll(entries('e'));
    expect(`${idsOf(configEntries.nodes)} ${idsOf(await events.take(3))}`).toBe('a b c d e');
  });

  it('goes on behind any event, also in the middle of a commit, on the same gateway and on another one', async () => {
    const { putAll } = space();
    const events = await openEvents(space(), document);
    await putAll(entries('a b c'));
    await putAll(entries('d'));
    await putAll(entries('e f'));
    const all = await events.take(6);
    for (const [index, { cursor }] of all.entries()) {
      const here = await openEvents(space(), document, { variables: { after: cursor } });
      const another = await space().raced();
      const there = await openEvents(another, document, { variables: { after: cursor } });
      const rest = all.slice(index + 1);
      expect(await here.take(rest.length)).toEqual(rest);
      expect(await there.take(rest.length)).toEqual(rest);
      await another.services.changes.close();
    }
  });

  it('takes a cursor as it was written, with quotes or without', async () => {
    const { putAll } = space();
    const revision = await putAll(entries('a b c'));
    for (const after of [`"${revision}.1"`, `${revision}.1`]) {
      const events = await openEvents(space(), `subscription { changes(after: ${after}) { id } }`);
      expect(idsOf(await events.take(1))).toBe('c');
    }
  });

  it('takes the cursor of one kind of event for another', async () => {
    const { putAll } = space();
    const heartbeats = await openEvents(space(), 'subscription { hypervisorHeartbeat { cursor } }');
    await putAll({ 'config/a': '', 'hypervisors/dddddddd-0000-4000-8000-000000000001/heartbeat': '1', ...entries('b') });
    await putAll({ 'vlans/7/metadata': '{"tag":7}' });
    const { cursor } = await heartbeats.next();
    const changes = await openEvents(space(), document, { variables: { after: cursor } });
    expect(await changes.next()).toMatchObject({ id: 'vlan:7' });
  });

  it('is told of a far past, in order, while more happens', async () => {
    const { putAll, revision } = space();
    const from = await revision();
    const names = Array.from({ length: 300 }, (_, index) => `n${index}`);
    for (const name of names.slice(0, 200)) await putAll(entries(name));
    // Its watch begins here: what was before must come from elsewhere.
    const now = await openEvents(space(), document);
    const past = openEvents(space(), document, { variables: { after: String(from) } });
    for (const name of names.slice(200)) await putAll(entries(name));
    expect(idsOf(await (await past).take(300))).toBe(names.join(' '));
    expect(idsOf(await now.take(100))).toBe(names.slice(200).join(' '));
  });

  it('ends well once all up to a revision was told', async () => {
    const { putAll, revision } = space();
    const from = await revision();
    await putAll(entries('a'));
    const until = await putAll(entries('b c'));
    await putAll(entries('d'));
    const events = await openEvents(space(), document, { variables: { after: String(from), until: String(until) } });
    expect(idsOf(await events.rest())).toBe('a b c');
    const middle = await openEvents(space(), document, { variables: { after: `${until}.0`, until: String(until) } });
    expect(idsOf(await middle.rest())).toBe('c');
    const nothing = await openEvents(space(), document, { variables: { after: String(until), until: String(until) } });
    expect(await nothing.rest()).toEqual([]);
  });

  it('ends well when a revision is passed that lies ahead', async () => {
    const { putAll, revision } = space();
    const until = (await revision()) + 2;
    const events = await openEvents(space(), document, { variables: { until: String(until) } });
    const rest = events.rest();
    for (const name of ['a', 'b', 'c']) await putAll(entries(name));
    expect(idsOf(await rest)).toBe('a b');
  });

  it('refuses to go on behind what is not reached yet', async () => {
    const after = (await space().revision()) + 1000;
    for (const cursor of [String(after), `${after}.0`]) {
      const refused = openEvents(space(), document, { variables: { after: cursor } });
      await expect(refused).rejects.toMatchObject({ extensions: [{ code: 'BAD_USER_INPUT', field: 'after' }] });
    }
  });

  it('ends with SERVER_DRAINING and a place to go on from when its gateway stops, and begins no more', async () => {
    const { putAll, services } = space();
    await putAll(entries('a'));
    const idle = await openEvents(space(), document);
    const reading = await openEvents(space(), document);
    const behind = await openEvents(space(), document);
    const before = await space().revision();
    const names = Array.from({ length: 50 }, (_, index) => `n${String(index).padStart(2, '0')}`);
    const last = await putAll(entries(names.join(' ')));
    const told = await reading.take(2);
    await idle.take(names.length);
    const pending = idle.failure();
    await services.changes.close();
    expect(await pending).toEqual({ code: 'SERVER_DRAINING', resumeAfter: String(last) });
    expect(await behind.failure()).toEqual({ code: 'SERVER_DRAINING', resumeAfter: String(before) });
    // What was being answered is still told; the rest is behind `resumeAfter`.
    const { events, extensions } = await reading.untilFailure();
    told.push(...events);
    expect(told.length).toBeLessThan(names.length);
    expect(extensions).toEqual({ code: 'SERVER_DRAINING', resumeAfter: told.at(-1).cursor });
    const another = await space().raced();
    const again = await openEvents(another, document, { variables: { after: told.at(-1).cursor } });
    expect(idsOf([...told, ...(await again.take(names.length - told.length))])).toBe(names.join(' '));
    await another.services.changes.close();
    const refused = openEvents(space(), document);
    await expect(refused).rejects.toMatchObject({ extensions: [{ code: 'SERVER_DRAINING' }] });
  });
}
