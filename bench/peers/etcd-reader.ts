import { Etcd3 } from 'etcd3';

/** A node as it is stored: its record, and of a guest its state. */
interface StoredNode {
  readonly record: string;
  readonly state: string | null;
}

/** Linearizable reads under one prefix. */
export interface EtcdReader {
  /** Keys of one `get`: as many as etcd takes in one transaction. */
  readonly largestBatch: number;
  /** The values of these keys, from one transaction. */
  get(keys: readonly string[]): Promise<(string | null)[]>;
  /** All nodes of a folder, by id. */
  list(folder: string): Promise<StoredNode[]>;
  /** The first nodes behind an id. */
  page(folder: string, page: { readonly behind: string | null; readonly count: number }): Promise<StoredNode[]>;
}

/** A guest has up to three keys: its record, its state, and one for its jobs. */
const keysPerNode = 3;

export function openEtcdReader(url: string, prefix: string): EtcdReader {
  // A list of all guests is longer than the 4 MB that gRPC takes by default.
  const client = new Etcd3({ hosts: url, grpcOptions: { 'grpc.max_receive_message_length': -1 } });

  async function range(folder: string, start: string, limit: number) {
    const { kvs, more } = await client.kv.range({
      key: Buffer.from(start),
      range_end: Buffer.from(`${prefix}${folder}0`), // "0" comes next to "/"
      limit,
    });
    const directories = new Map<string, { record: string | null; state: string | null }>();
    for (const { key, value } of kvs) {
      const [id = '', name] = key
        .toString('latin1')
        .slice(prefix.length + folder.length + 1)
        .split('/');
      const directory = directories.get(id) ?? { record: null, state: null };
      directories.set(id, directory);
      if (name === 'metadata') directory.record = value.toString();
      else if (name === 'state') directory.state = value.toString();
    }
    return { directories, more };
  }

  return {
    largestBatch: 128,
    async get(keys) {
      const { responses } = await client.kv.txn({
        success: keys.map((key) => ({ request_range: { key: Buffer.from(prefix + key) } })),
      });
      return responses.map((response) => response.response_range.kvs[0]?.value.toString() ?? null);
    },
    async list(folder) {
      const { directories } = await range(folder, `${prefix}${folder}/`, 0);
      return [...directories.values()].flatMap(({ record, state }) => (record === null ? [] : [{ record, state }]));
    },
    async page(folder, { behind, count }) {
      const found: StoredNode[] = [];
      let start = `${prefix}${folder}/${behind === null ? '' : `${behind}0`}`;
      for (;;) {
        const { directories, more } = await range(folder, start, (count + 1) * keysPerNode);
        const ids = [...directories.keys()];
        // The last one may be cut off in its middle.
        const last = more ? ids.pop() : undefined;
        for (const id of ids) {
          const { record = null, state = null } = directories.get(id) ?? {};
          if (record !== null) found.push({ record, state });
        }
        if (last === undefined || found.length >= count) return found.slice(0, count);
        start = `${prefix}${folder}/${last}/`;
      }
    },
  };
}
