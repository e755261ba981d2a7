import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { type Catalog, type CatalogView, openCatalog } from '../../../src/store/catalog/index.ts';
import { keyFromText } from '../../../src/store/range.ts';
import { KeyspaceMemory } from '../../support/keyspace-memory.ts';
import { guestRecord, hypervisorRecord, id, jobRecord, networkRecord } from '../../support/record.ts';
import { keys, viewOf } from './loaded-catalog.ts';

/** It has letters, so that it has spellings. */
const networkId = id('a', 1);
const lower = `lochness/networks/${networkId}/`;
const upper = `lochness/networks/${networkId.toUpperCase()}/`;
const mixed = `lochness/networks/${networkId.replace('aa', 'aA')}/`;
const named = (name: string) => networkRecord({ metadata: { name } });

let memory: KeyspaceMemory;
let catalog: Catalog;

beforeEach(async () => {
  memory = new KeyspaceMemory();
  memory.load(1, {});
  catalog = openCatalog({ memory, keys, log: silentLog });
  await catalog.loaded;
});

afterEach(() => {
  catalog.close();
});

function view(): CatalogView {
  return viewOf(catalog);
}

function nameOfNetwork(): string | undefined {
  return view().get('NETWORK', networkId)?.metadata.name;
}

function namesOfNetworks(): readonly (string | undefined)[] {
  return Array.from(view().nodes('NETWORK'), ({ metadata }) => metadata.name);
}

describe('a node whose id is spelled in several ways', () => {
  it('is the one in lower case, else the last one in key order', () => {
    memory.commit({ [`${upper}metadata`]: named('upper'), [`${mixed}metadata`]: named('mixed') });
    expect([nameOfNetwork(), view().pathOf('NETWORK', networkId)]).toEqual(['mixed', mixed]);
    memory.commit({ [`${lower}metadata`]: named('lower') });
    expect([nameOfNetwork(), view().pathOf('NETWORK', networkId)]).toEqual(['lower', lower]);
    memory.commit({ [`${upper}metadata`]: named('changed') });
    expect(namesOfNetworks()).toEqual(['lower']);
    memory.commit({ [`${lower}metadata`]: null, [`${mixed}metadata`]: null });
    expect([nameOfNetwork(), view().pathOf('NETWORK', networkId)]).toEqual(['changed', upper]);
    memory.commit({ [`${upper}metadata`]: null });
    expect([view().get('NETWORK', networkId), view().pathOf('NETWORK', networkId)]).toEqual([null, null]);
  });

  it('can’t be read where the one that counts can’t, and each that can’t is named', () => {
    memory.commit({ [`${upper}metadata`]: named('upper'), [`${lower}metadata`]: 'no JSON', [`${mixed}heartbeat`]: '' });
    expect(namesOfNetworks()).toEqual([]);
    expect(() => view().get('NETWORK', networkId)).toThrow(`The record ${lower}metadata can't be read: it is not JSON`);
    expect(
      view()
        .broken('NETWORK')
        .map(({ key }) => key),
    ).toEqual([`${mixed}metadata`, `${lower}metadata`]);
    expect(view().pathOf('NETWORK', networkId)).toBe(lower);
    memory.commit({ [`${lower}metadata`]: null });
    expect(namesOfNetworks()).toEqual(['upper']);
  });
});

describe('a directory without a record', () => {
  it('is named among the records that can’t be read, for as long as anything lies in it, and is no node', () => {
    const broken = () => view().broken('HYPERVISOR');
    const directory = `lochness/hypervisors/${id('d', 1)}/`;
    memory.commit({ [`${directory}heartbeat`]: 'x', [`${directory}config/a`]: 'x' });
    expect(broken()).toEqual([{ key: `${directory}metadata`, reason: 'the directory has no record' }]);
    expect(view().get('HYPERVISOR', id('d', 1))).toBeNull();
    memory.commit({ [`${directory}heartbeat`]: null });
    expect(broken()).toHaveLength(1);
    memory.commit({ [`${directory}metadata`]: hypervisorRecord() });
    expect(broken()).toEqual([]);
    memory.commit({ [`${directory}metadata`]: null });
    expect(broken()).toHaveLength(1);
    memory.commit({ [`${directory}config/a`]: null });
    expect(broken()).toEqual([]);
  });
});

describe('a node', () => {
  const guest = `lochness/guests/${id('c', 1)}/`;

  it('stays the same object for as long as its own record does', () => {
    memory.commit({ [`${lower}metadata`]: named('x'), [`${upper}metadata`]: named('y') });
    const before = view().get('NETWORK', networkId);
    memory.commit({ [`${lower}subnets/${id('b', 1)}`]: '', [`${upper}metadata`]: named('z'), [`${mixed}heartbeat`]: '' });
    memory.commit({ [`${upper}metadata`]: null, [`lochness/networks/${id('a', 2)}/metadata`]: named('other') });
    expect(view().get('NETWORK', networkId)).toBe(before);
    memory.commit({ [`${lower}metadata`]: named('x') });
    expect(view().get('NETWORK', networkId)).not.toBe(before);
  });

  it('has the state that its key says, which makes a new one of it', () => {
    memory.commit({ [`${guest}metadata`]: guestRecord({ hypervisor: id('d', 1) }), [`${guest}state`]: '{"state":"RUNNING"}' });
    const running = view().guestsBy('state', 'RUNNING').toArray();
    expect(running).toEqual([view().get('GUEST', id('c', 1))]);
    memory.commit({ [`${guest}state`]: '{"state":"STOPPED"}' });
    expect([view().guestsBy('state', 'RUNNING').size, view().guestCounts('state')]).toEqual([0, new Map([['STOPPED', 1]])]);
    memory.commit({ [`${guest}state`]: null });
    expect(view().get('GUEST', id('c', 1))?.state).toBe('UNKNOWN');
  });

  it('is found in an order in which it did not move as it is now, and in an older view as it was then', () => {
    memory.commit({ [`${guest}metadata`]: guestRecord({ type: 'old', metadata: { name: 'x' } }) });
    const inOrder = (of: CatalogView) =>
      Array.from(of.nodes('GUEST').sortedBy('NAME')?.forward('ASC', null) ?? [], ({ type }) => type);
    const inGroup = (of: CatalogView) => Array.from(of.guestsBy('networkId', id('a', 1)), ({ type }) => type);
    const older = view();
    expect([inOrder(older), inGroup(older)]).toEqual([['old'], ['old']]);
    memory.commit({ [`${guest}metadata`]: guestRecord({ type: 'new', metadata: { name: 'x' } }) });
    expect([inOrder(view()), inGroup(view())]).toEqual([['new'], ['new']]);
    expect([inOrder(older), inGroup(older)]).toEqual([['old'], ['old']]);
  });

  it('is in an index that is first asked for in an older view, as it was then', () => {
    memory.commit({ [`${lower}metadata`]: named('b') });
    const older = view();
    memory.commit({ [`${lower}metadata`]: named('c'), [`lochness/networks/${id('a', 2)}/metadata`]: named('a') });
    expect(
      Array.from(older.nodes('NETWORK').sortedBy('NAME')?.forward('ASC', null) ?? [], ({ metadata }) => metadata.name),
    ).toEqual(['b']);
  });
});

describe('a group that is first asked for', () => {
  it('goes by the nodes as they are, also where they have moved in no other order', async () => {
    const guest = (network: string) => ({
      [`lochness/guests/${id('c', 1)}/metadata`]: guestRecord({ network, metadata: { name: 'x' } }),
    });
    memory.load(9, guest(id('a', 1)));
    const early = openCatalog({ memory, keys, log: silentLog });
    await early.loaded;
    // From here on nothing is awaited, so that nothing is made in the background.
    viewOf(early).nodes('GUEST').sortedBy('NAME');
    memory.commit(guest(id('a', 2)));
    const inOrder = (network: string) => [
      ...(viewOf(early).guestsBy('networkId', network).sortedBy('NAME')?.forward('ASC', null) ?? []),
    ];
    expect([inOrder(id('a', 1)), inOrder(id('a', 2)).length]).toEqual([[], 1]);
    early.close();
  });
});

describe('keys of somebody else', () => {
  it('are no nodes, and none that can’t be read', () => {
    memory.commit({
      [`lochness/jobs/${id('9', 1)}`]: jobRecord(),
      [`lochness/jobs/${id('9', 1)}.lock`]: 'x',
      'lochness/networks/x/metadata': 'no JSON',
      'lochness/networks/metadata': 'no JSON',
      'lochness/vlans/0/metadata': 'no JSON',
      'lochness/elsewhere/x': 'no JSON',
    });
    expect(Array.from(view().nodes('JOB'), (job) => job.id)).toEqual([id('9', 1)]);
    expect((['NETWORK', 'VLAN', 'JOB'] as const).map((kind) => view().broken(kind))).toEqual([[], [], []]);
  });
});

describe('VLANs and config entries', () => {
  it('stand by tag, and by key in any letters', () => {
    const config = (key: string) => `lochness/config/${key}`;
    memory.commit({
      'lochness/vlans/10/metadata': '{}',
      'lochness/vlans/9/metadata': '{}',
      [config('b/c')]: '1',
      [config('ä')]: '2',
    });
    expect(Array.from(view().nodes('VLAN'), ({ tag }) => tag)).toEqual([9, 10]);
    expect(Array.from(view().nodes('CONFIG'), ({ key, value }) => [key, value])).toEqual([
      ['b/c', '1'],
      ['ä', '2'],
    ]);
    expect([view().get('CONFIG', 'ä')?.value, view().pathOf('CONFIG', 'ä')]).toEqual(['2', keyFromText(config('ä'))]);
  });
});

describe('what the guests of a hypervisor add up to', () => {
  const flavor = `lochness/flavors/${id('f', 1)}/metadata`;
  const guest = (number: number) => `lochness/guests/${id('c', number)}/metadata`;
  const link = (hypervisor: string, guestNumber: number) => `lochness/hypervisors/${hypervisor}/guests/${id('c', guestNumber)}`;
  const load = () => view().loadOf(id('d', 1));

  it('is another one with each change of its links, of what they lead to, and of flavors', () => {
    const seen = new Set([load()]);
    const changes = [
      { [link(id('d', 1), 1)]: 'x' },
      { [guest(1)]: guestRecord() },
      { [guest(1)]: 'no JSON' },
      { [guest(1)]: null },
      { [guest(1).toUpperCase().replace('LOCHNESS/GUESTS', 'lochness/guests').replace('METADATA', 'metadata')]: guestRecord() },
      { [flavor]: '{"image":"","memory":1,"disk":1,"cpu":1}' },
      { [flavor]: null },
      { [link(id('d', 1).toUpperCase(), 2)]: 'x' },
      { [link(id('d', 1), 1)]: 'y' },
      { [link(id('d', 1), 1)]: null },
    ];
    for (const [index, change] of changes.entries()) {
      memory.commit(change);
      seen.add(load());
      expect(seen.size).toBe(index + 2);
    }
  });

  it('is the same one with any other change, and in the next view', () => {
    memory.commit({ [link(id('d', 1), 1)]: 'x', [guest(1)]: guestRecord() });
    const before = load();
    memory.commit({
      [link(id('d', 2), 3)]: 'x',
      [guest(3)]: guestRecord({ hypervisor: id('d', 1) }),
      [`lochness/hypervisors/${id('d', 1)}/heartbeat`]: 'x',
      [`lochness/hypervisors/${id('d', 1)}/metadata`]: hypervisorRecord(),
    });
    expect(load()).toBe(before);
  });

  it('says what it came from, until that is not needed any more', () => {
    memory.commit({ [link(id('d', 1), 1)]: 'x' });
    const first = load();
    memory.commit({ [guest(1)]: guestRecord() });
    expect(load().before).toEqual({ load: first, guestId: id('c', 1) });
    load().settle();
    expect(load().before).toBeNull();
  });
});
