import { expect, it } from 'vitest';
import { hypervisorRecord, id } from '../support/record.ts';
import type { Space } from './mutation-contract.ts';

const hypervisor = id('d', 1);
const record = `hypervisors/${hypervisor}/metadata`;
const cordon = `hypervisors/${hypervisor}/config/schedulable`;

const set = `mutation ($id: ID!, $key: String!, $value: String!, $ifRevision: Revision) {
  setHypervisorConfig(hypervisorId: $id, key: $key, value: $value, ifRevision: $ifRevision) { hypervisor { id config revision } }
}`;
const unset = `mutation ($id: ID!, $key: String!) {
  deleteHypervisorConfig(hypervisorId: $id, key: $key) { hypervisor { id config } }
}`;
const schedule = `mutation ($id: ID!, $schedulable: Boolean!, $ifRevision: Revision) {
  setSchedulable(hypervisorId: $id, schedulable: $schedulable, ifRevision: $ifRevision) { hypervisor { id schedulable revision } }
}`;

const setAny = { id: hypervisor, key: 'agentPort', value: '8080' };

export function hypervisorConfigMutations(space: Space): void {
  it('sets a setting, and leaves the record as it is', async () => {
    const { put, query, changesOf } = space();
    const revision = await put(record, hypervisorRecord());
    const changes = await changesOf(async () => {
      const variables = { ...setAny, id: hypervisor.toUpperCase(), key: 'nested/k\u00e9y' };
      const data = await query(set, { variables });
      const config = { 'nested/k\u00e9y': '8080' };
      expect(data.setHypervisorConfig.hypervisor).toEqual({ id: hypervisor, config, revision: String(revision) });
    });
    expect(changes).toEqual({ [`hypervisors/${hypervisor}/config/nested/k\u00e9y`]: '8080' });
  });

  it('changes a setting, to nothing too, under the directory as it is stored', async () => {
    const { putAll, query, changesOf } = space();
    const directory = `hypervisors/${hypervisor.toUpperCase()}`;
    await putAll({ [`${directory}/metadata`]: hypervisorRecord(), [`${directory}/config/note`]: '1' });
    const changes = await changesOf(() => query(set, { variables: { ...setAny, key: 'note', value: '' } }));
    expect(changes).toEqual({ [`${directory}/config/note`]: '' });
  });

  it('writes nothing when the setting is so already', async () => {
    const { putAll, query, revision } = space();
    const before = await putAll({ [record]: hypervisorRecord(), [`hypervisors/${hypervisor}/config/agentPort`]: '8080' });
    await query(set, { variables: setAny });
    expect(await revision()).toBe(before);
  });

  it.each([
    ['key', { key: '' }],
    ['key', { key: '../metadata' }],
    ['key', { key: 'a/' }],
    ['key', { key: 'x'.repeat(1025) }],
    ['key', { key: 'a\nb' }],
    ['value', { value: 'x'.repeat(64 * 1024 + 1) }],
    ['value', { key: 'agentPort', value: '0' }],
    ['value', { key: 'agentPort', value: '65536' }],
    ['value', { key: 'schedulable', value: 'FALSE' }],
    ['ifRevision', { ifRevision: null }],
  ])('refuses a setting whose %s is wrong', async (field, wrong) => {
    const { put, errorsOf, changesOf } = space();
    await put(record, hypervisorRecord());
    const changes = await changesOf(async () => {
      const errors = await errorsOf(set, { variables: { ...setAny, ...wrong } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'setHypervisorConfig' }]);
    });
    expect(changes).toEqual({});
  });

  it.each(['agentPort', '../metadata', 'a//b', 'x'.repeat(2000)])('removes the setting %s', async (key) => {
    const { putAll, query, changesOf } = space();
    await putAll({ [record]: hypervisorRecord(), [`hypervisors/${hypervisor}/config/${key}`]: '8080' });
    const changes = await changesOf(async () => {
      const data = await query(unset, { variables: { id: hypervisor, key } });
      expect(data.deleteHypervisorConfig.hypervisor).toEqual({ id: hypervisor, config: {} });
    });
    expect(changes).toEqual({ [`hypervisors/${hypervisor}/config/${key}`]: null });
  });

  it('knows no setting that is not there', async () => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ [record]: hypervisorRecord(), [`hypervisors/${hypervisor}/config/agentPort`]: '' });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(unset, { variables: { id: hypervisor, key: 'agent' } });
      expect(errors).toEqual([{ code: 'NOT_FOUND', kind: 'CONFIG', id: 'agent', path: 'deleteHypervisorConfig' }]);
      expect(await errorsOf(unset, { variables: { id: hypervisor, key: '' } })).toEqual([
        { code: 'BAD_USER_INPUT', field: 'key', path: 'deleteHypervisorConfig' },
      ]);
    });
    expect(changes).toEqual({});
  });

  it('removes a setting that is changed at the same time', async () => {
    const { putAll, put, raced, entries } = space();
    const key = `hypervisors/${hypervisor}/config/agentPort`;
    await putAll({ [record]: hypervisorRecord(), [key]: '1' });
    const late = await raced(() => put(key, '2'));
    await late.query(unset, { variables: { id: hypervisor, key: 'agentPort' } });
    expect(await entries()).toEqual({ [record]: hypervisorRecord() });
  });

  it('does not remove a setting that somebody else removes at the same time', async () => {
    const { putAll, remove, raced } = space();
    const key = `hypervisors/${hypervisor}/config/agentPort`;
    await putAll({ [record]: hypervisorRecord(), [key]: '1' });
    const late = await raced(() => remove(key));
    const errors = await late.errorsOf(unset, { variables: { id: hypervisor, key: 'agentPort' } });
    expect(errors).toEqual([{ code: 'NOT_FOUND', kind: 'CONFIG', id: 'agentPort', path: 'deleteHypervisorConfig' }]);
  });

  it('cordons a hypervisor and takes the cordon away', async () => {
    const { put, query, changesOf } = space();
    const revision = await put(record, hypervisorRecord());
    const cordoned = await changesOf(async () => {
      const data = await query(schedule, { variables: { id: hypervisor, schedulable: false } });
      expect(data.setSchedulable.hypervisor).toEqual({ id: hypervisor, schedulable: false, revision: String(revision) });
    });
    expect(cordoned).toEqual({ [cordon]: 'false' });
    const uncordoned = await changesOf(async () => {
      const data = await query(schedule, { variables: { id: hypervisor, schedulable: true, ifRevision: String(revision) } });
      expect(data.setSchedulable.hypervisor).toEqual({ id: hypervisor, schedulable: true, revision: String(revision) });
    });
    expect(uncordoned).toEqual({ [cordon]: null });
  });

  it.each([
    [true, {}],
    [true, { [cordon]: 'true' }],
    [false, { [cordon]: 'false' }],
  ])('writes nothing when `schedulable` is %s already', async (schedulable, entries) => {
    const { putAll, query, revision } = space();
    const before = await putAll({ [record]: hypervisorRecord(), ...entries });
    const data = await query(schedule, { variables: { id: hypervisor, schedulable } });
    expect(data.setSchedulable.hypervisor.schedulable).toBe(schedulable);
    expect(await revision()).toBe(before);
  });

  it('does not take a value away that came for the cordon at the same time', async () => {
    const { putAll, put, raced, entries } = space();
    await putAll({ [record]: hypervisorRecord(), [cordon]: 'false' });
    const late = await raced(() => put(cordon, 'true'));
    const data = await late.query(schedule, { variables: { id: hypervisor, schedulable: true } });
    expect(data.setSchedulable.hypervisor.schedulable).toBe(true);
    expect(await entries()).toHaveProperty([cordon], 'true');
  });

  it('cordons a hypervisor whose key says something else', async () => {
    const { putAll, query, entries } = space();
    await putAll({ [record]: hypervisorRecord(), [cordon]: 'maybe' });
    await query(schedule, { variables: { id: hypervisor, schedulable: false } });
    expect(await entries()).toHaveProperty([cordon], 'false');
  });

  const changesOfSettings: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] = [
    ['setHypervisorConfig', set, setAny],
    ['setSchedulable', schedule, { id: hypervisor, schedulable: false }],
  ];

  it.each(changesOfSettings)(
    'lets %s change only at the revision of the record that is asked for',
    async (path, document, variables) => {
      const { put, errorsOf, changesOf } = space();
      const old = await put(record, hypervisorRecord());
      const now = await put(record, hypervisorRecord());
      const changes = await changesOf(async () => {
        const errors = await errorsOf(document, { variables: { ...variables, ifRevision: String(old) } });
        expect(errors).toEqual([{ code: 'CONFLICT', expected: String(old), actual: String(now), path }]);
      });
      expect(changes).toEqual({});
    },
  );

  it.each(changesOfSettings)(
    'lets %s not change at a revision that passes at the same time',
    async (path, document, variables) => {
      const { put, raced, changesOf } = space();
      const ifRevision = String(await put(record, hypervisorRecord()));
      const late = await raced(() => put(record, hypervisorRecord({ ours: 1 })));
      const changes = await changesOf(async () => {
        const errors = await late.errorsOf(document, { variables: { ...variables, ifRevision } });
        expect(errors).toMatchObject([{ code: 'CONFLICT', expected: ifRevision, path }]);
      });
      expect(changes).toEqual({ [record]: hypervisorRecord({ ours: 1 }) });
    },
  );

  it.each([...changesOfSettings, ['deleteHypervisorConfig', unset, { id: hypervisor, key: 'kept' }] as const])(
    'lets %s leave nothing behind a hypervisor that is deleted at the same time, and needs one',
    async (path, document, variables) => {
      const { putAll, remove, raced, errorsOf, entries } = space();
      const kept = { [`hypervisors/${hypervisor}/config/kept`]: '' };
      await putAll({ ...kept, [record]: hypervisorRecord() });
      const late = await raced(() => remove(record));
      const missing = [{ code: 'NOT_FOUND', kind: 'HYPERVISOR', id: hypervisor, path }];
      expect(await late.errorsOf(document, { variables })).toEqual(missing);
      expect(await errorsOf(document, { variables })).toEqual(missing);
      expect(await errorsOf(document, { variables: { ...variables, id: 'x' } })).toEqual([
        { code: 'BAD_USER_INPUT', field: 'hypervisorId', path },
      ]);
      expect(await entries()).toEqual(kept);
    },
  );
}
