import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { GrpcClient } from '../../src/store/etcd/grpc-client.ts';
import { clientOptions } from '../../src/store/etcd/options.ts';
import { decodeTxnReply } from '../../src/store/etcd/txn-reply.ts';

const grpc = await GrpcClient.open(clientOptions({ endpoints: [] }, 'http://127.0.0.1:1'));
const { responseSerialize } = await grpc.method({ service: 'KV', name: 'Txn' });

const revision = fc.oneof(fc.nat(300), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const leaseId = fc.oneof(fc.constant(null), fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String));
const entry = fc.record({
  key: bytes.map((key) => key.toString('latin1')),
  value: bytes,
  createRevision: revision,
  modRevision: revision,
  version: revision,
  leaseId,
});
const range = fc.record({ entries: fc.array(entry, { maxLength: 5 }), more: fc.boolean() });
const reply = fc.record({ revision, succeeded: fc.boolean(), ranges: fc.array(range, { maxLength: 5 }) });

function wireOf({ entries, more }: typeof range extends fc.Arbitrary<infer T> ? T : never) {
  const header = { cluster_id: '1', member_id: '18446744073709551615', revision: '7', raft_term: '2' };
  const kvs = entries.map((one) => ({
    key: Buffer.from(one.key, 'latin1'),
    value: one.value,
    create_revision: one.createRevision,
    mod_revision: one.modRevision,
    version: one.version,
    lease: one.leaseId ?? 0,
  }));
  return { response_range: { header, kvs, more, count: 1_000_000 } };
}

describe('decodeTxnReply', () => {
  afterAll(() => grpc.close());

  it('reads what etcd3’s own encoder wrote, and leaves out the answers to writes', () => {
    fc.assert(
      fc.property(reply, ({ revision, succeeded, ranges }) => {
        const writes = [{ response_put: { prev_kv: null } }, { response_delete_range: { deleted: '3' } }];
        const header = { cluster_id: '14841639068965178418', member_id: '1', revision, raft_term: '3' };
        const encoded = responseSerialize({ header, succeeded, responses: [...writes, ...ranges.map(wireOf), ...writes] });
        expect(decodeTxnReply(encoded)).toEqual({ revision, succeeded, ranges });
      }),
    );
  });

  it('passes over fields that it does not know, of every wire type', () => {
    const known = responseSerialize({ header: { revision: 5 }, succeeded: true, responses: [] });
    const unknown = Buffer.from([
      ...[0xf8, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      ...[0xf9, 0x01, 1, 2, 3, 4, 5, 6, 7, 8],
      ...[0xfa, 0x01, 3, 1, 2, 3],
      ...[0xfd, 0x01, 1, 2, 3, 4],
    ]);
    expect(decodeTxnReply(Buffer.concat([unknown, known, unknown]))).toEqual({ revision: 5, succeeded: true, ranges: [] });
  });

  it('refuses a message that is cut off, or that names a number beyond 2^53', () => {
    const entries = [{ key: 'a', value: Buffer.from('b'), createRevision: 2, modRevision: 3, version: 1, leaseId: '5' }];
    const encoded = responseSerialize({ header: { revision: 5 }, responses: [wireOf({ entries, more: true })] });
    for (let length = 1; length < encoded.length; length++) {
      const cut = encoded.subarray(0, length);
      const read = () => decodeTxnReply(cut);
      // Where the cut lies between two fields, what is there is whole.
      if (length !== 4) expect(read, `cut after ${length} bytes`).toThrow(RangeError);
    }
    expect(() => decodeTxnReply(responseSerialize({ header: { revision: '9007199254740993' } }))).toThrow(RangeError);
  });
});
