import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execute, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { configurationTable } from '../src/config/index.ts';
import { createContext } from '../src/context.ts';
import { createSampleCluster } from '../src/demo/index.ts';
import { silentLog } from '../src/log.ts';
import { buildSchema } from '../src/schema/index.ts';
import { openMemoryStore } from '../src/store/embedded/index.ts';
import { openKeys } from '../src/store/keys.ts';

const readme = await readFile(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8');
const queries = [...readme.matchAll(/```graphql\n(.*?)```/gs)].map(([, query = '']) => query);

describe('the README', () => {
  it('has the table of all options as the program has them', () => {
    expect(readme.split(configurationTable())).toHaveLength(2);
    const headings = readme.match(/^## .*$/gm) ?? [];
    expect(headings).toEqual([...new Set(headings)]);
  });

  it('has at least three queries, each of which the sample cluster answers without an error', async () => {
    expect(queries.length).toBeGreaterThanOrEqual(3);
    const store = openMemoryStore({ log: silentLog });
    const keys = openKeys('lochness/');
    const signal = new AbortController().signal;
    await createSampleCluster({ store, keys, hypervisorCount: 6, guestCount: 40, now: new Date(), signal });
    const schema = buildSchema();
    for (const query of queries) {
      const document = parse(query);
      expect(validate(schema, document)).toEqual([]);
      const services = { store, keys, log: silentLog, now: () => new Date(), newId: () => 'id', random: () => 0 };
      const { data, errors } = await execute({ schema, document, contextValue: createContext(services, { signal }) });
      expect(errors).toBeUndefined();
      expect(data).toMatchObject(expect.any(Object));
    }
    await store.close();
  });
});
