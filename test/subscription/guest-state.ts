import { expect, it } from 'vitest';
import { guest, hypervisor, newestJob, placedGuest, stateOf, unplacedGuest } from '../mutation/guest-fixture.ts';
import { openEvents } from './event-reader.ts';
import type { Space } from './subscription-contract.ts';

const document = `subscription ($filter: GuestFilter) {
  guestStateChanged(filter: $filter) { guestId from to revision guest { state } }
}`;

const path = (events: readonly { readonly from: string | null; readonly to: string | null }[]) =>
  events.map(({ from, to }) => `${from} -> ${to}`);

export function guestStateEvents(space: Space): void {
  it('tells each state that a guest came to, from its making to its end, and nothing else of it', async () => {
    const { putAll, services } = space();
    const events = await openEvents(space(), document);
    await putAll(unplacedGuest());
    await putAll(unplacedGuest({ metadata: { same: 'state' } }));
    await putAll({ ...placedGuest(), ...stateOf('PENDING') });
    await putAll(newestJob(1));
    const creating = await putAll({ ...newestJob(1), ...stateOf('CREATING') });
    await putAll(stateOf('CREATING'));
    await putAll(stateOf('RUNNING'));
    await services.store.commit({
      compares: [],
      writes: [{ type: 'delete', range: { start: `lochness/guests/${guest}/`, end: `lochness/guests/${guest}0` } }],
    });
    const told = await events.take(5);
    expect(path(told)).toEqual([
      'null -> UNPLACED',
      'UNPLACED -> PENDING',
      'PENDING -> CREATING',
      'CREATING -> RUNNING',
      'RUNNING -> null',
    ]);
    expect(told[2]).toEqual({
      guestId: guest,
      from: 'PENDING',
      to: 'CREATING',
      revision: String(creating),
      guest: { state: 'CREATING' },
    });
    expect(told[4].guest).toBeNull();
  });

  it('tells of guests that other tools placed, which have no state key', async () => {
    const { putAll, remove } = space();
    await putAll(unplacedGuest());
    const events = await openEvents(space(), document);
    await putAll(placedGuest());
    await putAll(stateOf('RUNNING'));
    await remove(`guests/${guest}/state`);
    expect(path(await events.take(3))).toEqual(['UNPLACED -> UNKNOWN', 'UNKNOWN -> RUNNING', 'RUNNING -> UNKNOWN']);
  });

  it('takes a record that can not be read for an unknown state', async () => {
    const { put, putAll } = space();
    await putAll(unplacedGuest());
    const events = await openEvents(space(), 'subscription { guestStateChanged { from to } }');
    await put(`guests/${guest}/metadata`, 'no JSON');
    await putAll(unplacedGuest());
    expect(path(await events.take(2))).toEqual(['UNPLACED -> UNKNOWN', 'UNKNOWN -> UNPLACED']);
  });

  it('tells a filter of the states that a guest comes from and goes to', async () => {
    const { putAll } = space();
    await putAll({ ...placedGuest(), ...stateOf('PENDING') });
    const events = await openEvents(space(), document, {
      variables: { filter: { states: ['RUNNING'], hypervisorId: hypervisor } },
    });
    await putAll(stateOf('CREATING'));
    await putAll(stateOf('RUNNING'));
    await putAll(stateOf('STOPPED'));
    await putAll(stateOf('SUSPENDED'));
    await putAll(stateOf('RUNNING'));
    expect(path(await events.take(3))).toEqual(['CREATING -> RUNNING', 'RUNNING -> STOPPED', 'SUSPENDED -> RUNNING']);
  });
}
