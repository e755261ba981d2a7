import { describe, expect, it } from 'vitest';
import { checkOptions } from '../../src/store/etcd/options.ts';
import { tlsText } from '../support/tls-fixture.ts';

const pem = Buffer.from('a certificate');
const pair = { cert: Buffer.from(tlsText('cert.pem')), key: Buffer.from(tlsText('key.pem')) };
const login = { user: 'root', password: 'secret' };

describe('the options of a store on etcd', () => {
  it('spell endpoints with scheme, host and port, each once', () => {
    const endpoints = [
      '10.0.0.1',
      'http://etcd-2:2379/',
      'http://[::1]:12379',
      'http://10.0.0.1:2379',
      'http://etcd-3.example:80',
    ];
    expect(checkOptions({ endpoints })).toEqual([
      'http://10.0.0.1:2379',
      'http://etcd-2:2379',
      'http://[::1]:12379',
      'http://etcd-3.example:80',
    ]);
    expect(checkOptions({ endpoints: ['https://a'], ...login, ca: Buffer.from(tlsText('ca.pem')), ...pair })).toEqual([
      'https://a:2379',
    ]);
  });

  it.each(['ftp://a:2379', 'http://a:2379/path', 'http://root:secret@a:2379', 'http://a:99999', 'http://a b', 'http://', ''])(
    'refuse %j as an endpoint',
    (endpoint) => {
      expect(() => checkOptions({ endpoints: [endpoint] })).toThrow(RangeError);
    },
  );

  it.each([
    ['no endpoints', { endpoints: [] }],
    ['http and https together', { endpoints: ['http://a', 'https://b'] }],
    ['a certificate without https', { endpoints: ['http://a'], ca: pem }],
    ['a certificate without its key', { endpoints: ['https://a'], cert: pem }],
    ['a certificate that is none', { endpoints: ['https://a'], cert: pem, key: pair.key }],
    ['a certificate with the key of another', { endpoints: ['https://a'], ...pair, key: Buffer.from(tlsText('other-key.pem')) }],
    ['a user without a password', { endpoints: ['http://a'], user: 'root' }],
  ])('refuse %s', (_what, options) => {
    expect(() => checkOptions(options)).toThrow(RangeError);
  });
});
