import { copyFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { startGateway } from '../support/gateway.ts';
import { openTemporaryDirectory } from '../support/temporary-directory.ts';
import { tlsPath } from '../support/tls-fixture.ts';
import { certificateName, openTlsConnection } from './tls-client.ts';
import { transportSchema } from './transport-schema.ts';

const store = openMemoryStore({ log: silentLog });
afterAll(() => store.close());

const before = 'etcd and its client';
const after = 'another gateway';
const changed = 'certificate changed';
const notChanged = 'certificate not changed: the old one stays in force';
const request = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n';

let folder: string;
beforeEach(async () => {
  const directory = await openTemporaryDirectory();
  onTestFinished(directory.remove);
  folder = directory.path;
});

const own = (name: string): string => join(folder, name);

async function put(name: 'cert.pem' | 'key.pem', source: string): Promise<void> {
  await copyFile(tlsPath(source), own(`${name}.new`));
  await rename(own(`${name}.new`), own(name));
}

async function open({ certificatePath = own('cert.pem'), keyPath = own('key.pem') } = {}) {
  const tls = { certificatePath, keyPath, checkIntervalMs: 5 };
  const gateway = await startGateway({ store, schema: transportSchema(), tls });
  onTestFinished(gateway.stop);
  expect(await certificateName(gateway.port)).toBe(before);
  return gateway;
}

describe('A certificate that changes', () => {
  it('is that of new connections, and old ones go on', async () => {
    await Promise.all([put('cert.pem', 'cert.pem'), put('key.pem', 'key.pem')]);
    const gateway = await open();
    const old = await openTlsConnection(gateway.port);
    await Promise.all([put('cert.pem', 'other-cert.pem'), put('key.pem', 'other-key.pem')]);
    await gateway.lineSaying(changed);
    expect(await certificateName(gateway.port)).toBe(after);
    expect(await old.until(/"up"/, request)).toMatch(/^HTTP\/1\.1 200 /);
    old.socket.destroy();
  });

  it('may be written over in place', async () => {
    await Promise.all([put('cert.pem', 'cert.pem'), put('key.pem', 'key.pem')]);
    const gateway = await open();
    await Promise.all([copyFile(tlsPath('other-cert.pem'), own('cert.pem')), copyFile(tlsPath('other-key.pem'), own('key.pem'))]);
    await gateway.lineSaying(changed);
    expect(await certificateName(gateway.port)).toBe(after);
  });

  it('may come by a link that leads elsewhere now, as Kubernetes has it', async () => {
    await symlink(tlsPath('.'), own('..data'));
    await Promise.all([symlink('..data/cert.pem', own('cert.pem')), symlink('..data/key.pem', own('key.pem'))]);
    const gateway = await open();
    const other = await openTemporaryDirectory();
    onTestFinished(other.remove);
    await copyFile(tlsPath('other-cert.pem'), join(other.path, 'cert.pem'));
    await copyFile(tlsPath('other-key.pem'), join(other.path, 'key.pem'));
    await symlink(other.path, own('..data_tmp'));
    await rename(own('..data_tmp'), own('..data'));
    await gateway.lineSaying(changed);
    expect(await certificateName(gateway.port)).toBe(after);
    // Both changed in the same moment.
    expect(gateway.logLines.filter(({ msg }) => msg === notChanged)).toEqual([]);
  });

  it('counts as soon as its key has come too', async () => {
    await Promise.all([put('cert.pem', 'cert.pem'), put('key.pem', 'key.pem')]);
    const gateway = await open();
    await put('cert.pem', 'other-cert.pem');
    const { reason } = await gateway.lineSaying(notChanged);
    expect(reason).toContain(`${own('key.pem')} is not the key of ${own('cert.pem')}`);
    expect(await certificateName(gateway.port)).toBe(before);
    await put('key.pem', 'other-key.pem');
    await gateway.lineSaying(changed);
    expect(await certificateName(gateway.port)).toBe(after);
  });

  it.each([
    ['is broken', () => writeFile(own('cert.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')],
    ['is gone', () => rm(own('key.pem'))],
  ])('and %s leaves the old one in force', async (_what, spoil) => {
    await Promise.all([put('cert.pem', 'cert.pem'), put('key.pem', 'key.pem')]);
    const gateway = await open();
    await spoil();
    await gateway.lineSaying(notChanged);
    expect(await certificateName(gateway.port)).toBe(before);
    // It is looked at again and again, until there is another one.
    await Promise.all([put('cert.pem', 'other-cert.pem'), put('key.pem', 'other-key.pem')]);
    await gateway.lineSaying(changed);
    expect(JSON.stringify(gateway.logLines)).not.toMatch(/BEGIN|MIG/);
  });
});
