import { expect, it } from 'vitest';
import { flavorRecord, guestRecord, id, networkRecord } from '../support/record.ts';
import type { Space } from './mutation-contract.ts';

const flavor = id('f', 1);
const image = id('e', 2);
const guest = id('c', 1);
const key = `flavors/${flavor}/metadata`;
const create = `mutation ($input: CreateFlavorInput!) {
  createFlavor(input: $input) { flavor { id revision metadata name imageId resources { memory disk cpu } } }
}`;
const update = `mutation ($input: UpdateFlavorInput!) {
  updateFlavor(input: $input) { flavor { id revision metadata imageId resources { memory disk cpu } } }
}`;
const remove = `mutation ($id: ID!, $ifRevision: Revision) { deleteFlavor(id: $id, ifRevision: $ifRevision) { deletedId revision } }`;

const resources = { memory: 128, disk: 1024, cpu: 1 };

export function flavorMutations(space: Space): void {
  it('creates a flavor as the Go tools write it', async () => {
    const { query, changesOf, revision } = space();
    const input = { id: flavor, imageId: `{${image.toUpperCase()}}`, metadata: { name: 'tiny' }, resources };
    const changes = await changesOf(async () => {
      const data = await query(create, { variables: { input } });
      expect(data.createFlavor.flavor).toEqual({
        id: flavor,
        revision: String(await revision()),
        metadata: { name: 'tiny' },
        name: 'tiny',
        imageId: image,
        resources,
      });
    });
    expect(changes).toEqual({
      [key]: `{"id":"${flavor}","image":"${image}","metadata":{"name":"tiny"},"memory":128,"disk":1024,"cpu":1}`,
    });
  });

  it('keeps the largest numbers that the Go tools can hold as they are', async () => {
    const { query, entries } = space();
    const largest = { memory: '18446744073709551615', disk: '9007199254740993', cpu: 4294967295 };
    const data = await query(create, { variables: { input: { id: flavor, imageId: image, resources: largest } } });
    expect(data.createFlavor.flavor.resources).toEqual(largest);
    expect(await entries()).toEqual({
      [key]: `{"id":"${flavor}","image":"${image}","metadata":{},"memory":18446744073709551615,"disk":9007199254740993,"cpu":4294967295}`,
    });
  });

  it.each([
    ['memory', { resources: { ...resources, memory: '18446744073709551616' } }],
    ['memory', { resources: { ...resources, memory: -1 } }],
    ['disk', { resources: { ...resources, disk: '18446744073709551616' } }],
    ['cpu', { resources: { ...resources, cpu: 4294967296 } }],
    ['imageId', { imageId: 'ubuntu' }],
    ['id', { id: '7' }],
    ['metadata', { metadata: { name: 'x'.repeat(64 * 1024) } }],
    ['metadata', { metadata: { name: '\ud83e' } }],
  ])('refuses a flavor whose %s is wrong', async (field, wrong) => {
    const { put, errorsOf, changesOf } = space();
    await put(key, flavorRecord());
    const changes = await changesOf(async () => {
      const created = await errorsOf(create, { variables: { input: { imageId: image, resources, ...wrong } } });
      expect(created).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'createFlavor' }]);
      const updated = await errorsOf(update, { variables: { input: { id: flavor, ...wrong } } });
      expect(updated).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'updateFlavor' }]);
    });
    expect(changes).toEqual({});
  });

  it('refuses the id that another node has', async () => {
    const { put, errorsOf, changesOf } = space();
    await put(`networks/${flavor}/metadata`, networkRecord());
    const changes = await changesOf(async () => {
      const errors = await errorsOf(create, { variables: { input: { id: flavor, imageId: image, resources } } });
      expect(errors).toEqual([{ code: 'ALREADY_EXISTS', kind: 'NETWORK', id: flavor, path: 'createFlavor' }]);
    });
    expect(changes).toEqual({});
  });

  it('changes what is given, under the key as it is stored, and leaves all else byte for byte', async () => {
    const { put, query, changesOf } = space();
    const upper = `flavors/${flavor.toUpperCase()}/metadata`;
    await put(
      upper,
      `{"id": "${flavor.toUpperCase()}", "image":"x${image}","IMAGE":"${id('e', 1)}","memory":9007199254740993,"ours":1e3}`,
    );
    const changes = await changesOf(() => query(update, { variables: { input: { id: flavor, imageId: image } } }));
    expect(changes).toEqual({
      [upper]: `{"id": "${flavor.toUpperCase()}", "image":"${image}","memory":9007199254740993,"ours":1e3}`,
    });
  });

  it('does not rewrite a record that says the same in another way', async () => {
    const { put, query, revision } = space();
    const stored = await put(
      key,
      `{"image":"URN:UUID:${image.toUpperCase()}","metadata":{"a":"\\u0026"},"memory":128,"disk":1024,"cpu":1}`,
    );
    const input = { id: flavor, imageId: image, metadata: { a: '&', b: null }, resources, ifRevision: String(stored) };
    const data = await query(update, { variables: { input } });
    expect(data.updateFlavor.flavor).toEqual({
      id: flavor,
      revision: String(stored),
      metadata: { a: '&' },
      imageId: image,
      resources,
    });
    expect(await revision()).toBeGreaterThan(stored);
  });

  it.each([
    ['imageId', { imageId: null }],
    ['metadata', { metadata: null }],
    ['resources', { resources: null }],
    ['ifRevision', { ifRevision: null }],
  ])('refuses an update that would clear its %s', async (field, input) => {
    const { put, errorsOf, changesOf } = space();
    await put(key, flavorRecord());
    const changes = await changesOf(async () => {
      const errors = await errorsOf(update, { variables: { input: { id: flavor, ...input } } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'updateFlavor' }]);
    });
    expect(changes).toEqual({});
  });

  it('changes and deletes a flavor only at the revision that is asked for', async () => {
    const { put, query, errorsOf, changesOf } = space();
    const old = await put(key, flavorRecord());
    const now = await put(key, flavorRecord());
    const conflict = { code: 'CONFLICT', expected: String(old), actual: String(now) };
    const changes = await changesOf(async () => {
      const input = { id: flavor, imageId: image, ifRevision: String(old) };
      expect(await errorsOf(update, { variables: { input } })).toEqual([{ ...conflict, path: 'updateFlavor' }]);
      const variables = { id: flavor, ifRevision: String(old) };
      expect(await errorsOf(remove, { variables })).toEqual([{ ...conflict, path: 'deleteFlavor' }]);
    });
    expect(changes).toEqual({});
    const data = await query(remove, { variables: { id: flavor, ifRevision: String(now) } });
    expect(data.deleteFlavor.deletedId).toBe(flavor);
  });

  it('knows no flavor that is not there', async () => {
    const { errorsOf } = space();
    const missing = { code: 'NOT_FOUND', kind: 'FLAVOR', id: flavor };
    expect(await errorsOf(update, { variables: { input: { id: flavor } } })).toEqual([{ ...missing, path: 'updateFlavor' }]);
    expect(await errorsOf(remove, { variables: { id: flavor } })).toEqual([{ ...missing, path: 'deleteFlavor' }]);
  });

  it('changes the resources of a flavor that unplaced guests have, but not while a placed one has it', async () => {
    const { putAll, put, query, errorsOf, changesOf } = space();
    await putAll({ [key]: flavorRecord(), [`guests/${guest}/metadata`]: guestRecord({ flavor }) });
    await query(update, { variables: { input: { id: flavor, resources } } });
    await put(`guests/${guest}/metadata`, guestRecord({ flavor: flavor.toUpperCase(), hypervisor: id('d', 1) }));
    const refused = await changesOf(async () => {
      const errors = await errorsOf(update, { variables: { input: { id: flavor, resources: { ...resources, cpu: 2 } } } });
      expect(errors).toEqual([{ code: 'IN_USE', by: [guest], path: 'updateFlavor' }]);
    });
    expect(refused).toEqual({});
    const data = await query(update, { variables: { input: { id: flavor, resources, imageId: image } } });
    expect(data.updateFlavor.flavor.imageId).toBe(image);
  });

  it('deletes a flavor with all its keys', async () => {
    const { putAll, query, entries, ownEntries, revision } = space();
    await putAll({
      [`flavors/${flavor.toUpperCase()}/metadata`]: flavorRecord(),
      [`flavors/${flavor.toUpperCase()}/other`]: '',
      [`gateway/references/flavors/${flavor}`]: '',
    });
    const data = await query(remove, { variables: { id: flavor } });
    expect(data.deleteFlavor).toEqual({ deletedId: flavor, revision: String(await revision()) });
    expect(await entries()).toEqual({});
    expect(await ownEntries('references/')).toEqual({});
  });

  it('does not delete a flavor that a guest has, and names 20 of them', async () => {
    const { putAll, errorsOf, changesOf } = space();
    const guests = Array.from({ length: 22 }, (_, index) => id('c', index));
    await putAll({
      [key]: flavorRecord(),
      ...Object.fromEntries(guests.map((guestId) => [`guests/${guestId}/metadata`, guestRecord({ flavor })])),
    });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(remove, { variables: { id: flavor } });
      expect(errors).toEqual([{ code: 'IN_USE', by: guests.slice(0, 20), path: 'deleteFlavor' }]);
    });
    expect(changes).toEqual({});
  });

  /** What another gateway writes when it places a guest of the flavor. */
  const placement = {
    [`guests/${guest}/metadata`]: guestRecord({ flavor, hypervisor: id('d', 1) }),
    [`gateway/references/flavors/${flavor}`]: '',
  };

  it.each([
    ['delete a flavor', remove, { id: flavor }],
    ['change the resources of a flavor', update, { input: { id: flavor, resources } }],
  ])('does not %s that somebody begins to use at the same time', async (_what, document, variables) => {
    const { raced, putAll, errorsOf, entries } = space();
    await putAll({ [key]: flavorRecord() });
    const gateway = await raced(() => putAll(placement));
    const errors = await gateway.errorsOf(document, { variables });
    expect(errors).toEqual([{ code: 'IN_USE', by: [guest], path: expect.any(String) }]);
    expect((await entries())[key]).toBe(flavorRecord());
    expect(await errorsOf(document, { variables })).toEqual(errors);
  });

  it('does not change a flavor over the change of another', async () => {
    const { raced, put, entries } = space();
    await put(key, flavorRecord());
    const gateway = await raced(() => put(key, flavorRecord({ memory: 7, metadata: { a: '1' } })));
    await gateway.query(update, { variables: { input: { id: flavor, metadata: { b: '2' } } } });
    expect((await entries())[key]).toBe(flavorRecord({ memory: 7, metadata: { a: '1', b: '2' } }));
  });

  it('does not delete a flavor at another revision than the one that is asked for', async () => {
    const { raced, put, entries } = space();
    const old = await put(key, flavorRecord());
    let now = old;
    const gateway = await raced(async () => {
      now = await put(key, flavorRecord());
    });
    const errors = await gateway.errorsOf(remove, { variables: { id: flavor, ifRevision: String(old) } });
    expect(errors).toEqual([{ code: 'CONFLICT', expected: String(old), actual: String(now), path: 'deleteFlavor' }]);
    expect(await entries()).toEqual({ [key]: flavorRecord() });
  });
}
