import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { guestRecord, id, jobRecord } from '../support/record.ts';

let gateway: GatewaySchema;

const [job1, job2, job3, job4] = [id('9', 1), id('9', 2), id('9', 3), id('9', 4)];

beforeAll(async () => {
  gateway = await openGatewaySchema();
  await gateway.put(`guests/${id('c', 1)}/metadata`, guestRecord({ hypervisor: id('d', 1) }));
  await gateway.put(`guests/${id('c', 2)}/metadata`, guestRecord());
  // Made in the order 3, 1 and 2 (in one commit), 4; the oldest was changed last.
  await gateway.put(`jobs/${job3}`, jobRecord({ guest: id('c', 1), status: 'new' }));
  await gateway.putAll({
    [`jobs/${job2}`]: jobRecord({ guest: id('c', 2), status: 'done', remote: 'agent-7', action: 'reboot' }),
    [`jobs/${job1}`]: jobRecord({ guest: id('c', 1), status: 'strange' }),
    [`jobs/${job1}.lock`]: 'locked=true',
  });
  await gateway.put(`jobs/${job4}`, jobRecord({ guest: id('c', 9), status: 'error', error: 'why' }));
  await gateway.put(`jobs/${job3}`, jobRecord({ guest: id('c', 1), status: 'working' }));
});

afterAll(() => gateway.close());

async function found(filter: object): Promise<string> {
  const { jobs } = await gateway.query('query ($filter: JobFilter) { jobs(filter: $filter) { totalCount nodes { id } } }', {
    variables: { filter },
  });
  expect(jobs.totalCount).toBe(jobs.nodes.length);
  return jobs.nodes.map((node: { id: string }) => node.id.slice(-1)).join('');
}

describe('jobs', () => {
  it('come newest first, those of one commit by id; a later change of one moves it nowhere, and a lock is no job', async () => {
    expect(await found({})).toBe('4123');
  });

  it('of a guest come newest first', async () => {
    const data = await gateway.query(
      `{ guest(id: "${id('c', 1)}") { jobs { nodes { id } } older: jobs(last: 1) { nodes { id } } } }`,
    );
    expect(data.guest).toEqual({ jobs: { nodes: [{ id: job1 }, { id: job3 }] }, older: { nodes: [{ id: job3 }] } });
  });

  it('are paged from cursor to cursor', async () => {
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const document =
        'query ($after: String) { jobs(first: 1, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }';
      const { jobs } = await gateway.query(document, { variables: { after } });
      seen.push(jobs.nodes[0].id);
      after = jobs.pageInfo.endCursor;
      more = jobs.pageInfo.hasNextPage;
    }
    expect(seen).toEqual([job4, job1, job2, job3]);
  });

  it.each([
    [{ ids: [job2, job4] }, '42'],
    [{ ids: [] }, ''],
    [{ guestIds: [id('c', 1), id('c', 9).toUpperCase()] }, '413'],
    [{ guestIds: [] }, ''],
    [{ hypervisorId: id('d', 1) }, '13'],
    [{ hypervisorId: id('d', 9) }, ''],
    [{ statuses: ['WORKING', 'ERROR'] }, '43'],
    [{ statuses: ['UNKNOWN'] }, '1'],
    [{ statuses: ['NEW'] }, ''],
    [{ statuses: [] }, ''],
    [{ action: 'reboot' }, '2'],
    [{ action: 'reb' }, ''],
    [{ remoteId: 'agent-7' }, '2'],
    [{ guestIds: [id('c', 1)], statuses: ['WORKING'] }, '3'],
    [{ ids: null, guestIds: null, hypervisorId: null, statuses: null, action: null, remoteId: null }, '4123'],
  ])('filtered by %j are "%s"', async (filter, expected) => {
    expect(await found(filter)).toBe(expected);
  });

  it.each(['ids', 'guestIds', 'hypervisorId'])('refuse a malformed id in %s, naming the field', async (field) => {
    const filter = { [field]: 'nonsense' };
    const errors = await gateway.errorsOf('query ($filter: JobFilter) { jobs(filter: $filter) { totalCount } }', {
      variables: { filter },
    });
    expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'jobs' }]);
  });

  it('say null for a guest that is gone, and for times that have not come', async () => {
    const { job } = await gateway.query(
      `{ job(id: "${job4}") { status error guestId guest { id } createdAt startedAt finishedAt } }`,
    );
    expect(job).toEqual({
      status: 'ERROR',
      error: 'why',
      guestId: id('c', 9),
      guest: null,
      createdAt: null,
      startedAt: null,
      finishedAt: null,
    });
  });
});
