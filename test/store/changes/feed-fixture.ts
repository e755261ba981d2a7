import { silentLog } from '../../../src/log.ts';
import { ChangeFeed, type ChangeFeedOptions, type ChangeStream, type Selection } from '../../../src/store/changes/index.ts';
import { openMemoryStore } from '../../../src/store/embedded/open.ts';
import { openKeys } from '../../../src/store/keys.ts';
import { keyFromText } from '../../../src/store/range.ts';
import type { Revision, Store, Watch } from '../../../src/store/store.ts';
import { type EventCursor, printEventCursor } from '../../../src/store/values/event-cursor.ts';
import { storeWith } from '../../support/store-with.ts';

/** A feed over a store in memory, whose watches are counted. */
export interface FeedFixture {
  readonly store: Store;
  readonly feed: ChangeFeed;
  /** Watches that are open now, and all that ever were. */
  readonly watches: { readonly open: number; readonly opened: number };
  /** Puts `config/<name>` for each name, in one commit. */
  put(...names: readonly string[]): Promise<Revision>;
  newest(): Promise<Revision>;
  /** Tells the cursors of all config entries, or what `selection` says. */
  subscribe(options?: SubscribeOptions): Promise<ChangeStream<string>>;
  close(): Promise<void>;
}

export interface SubscribeOptions {
  readonly after?: EventCursor;
  readonly until?: Revision;
  readonly signal?: AbortSignal;
  readonly selection?: Selection<string>;
}

export interface FeedFixtureOptions extends Partial<ChangeFeedOptions> {
  /** Stands between the feed and the store. */
  readonly wrap?: (store: Store) => Store;
  readonly historyRevisions?: number;
}

export const cursors: Selection<string> = {
  touches: ({ kind }) => kind === 'CONFIG',
  judge: ({ revision, index }) => printEventCursor({ revision, index }),
};

export function openFeed({
  wrap = (store) => store,
  historyRevisions = 10_000,
  ...options
}: FeedFixtureOptions = {}): FeedFixture {
  const keys = openKeys('lochness/');
  const history = { revisions: historyRevisions, bytes: 64 * 1024 * 1024 };
  const store = openMemoryStore({ log: silentLog, now: () => 1000, history });
  const watches = { open: 0, opened: 0 };
  const counted = storeWith(store, {
    async watch(request) {
      const watch = await store.watch(request);
      watches.open++;
      watches.opened++;
      return counting(watch, () => watches.open--);
    },
  });
  const feed = new ChangeFeed({ store: wrap(counted), keys, log: silentLog, ...options });
  const newest = async () => (await store.read({ ranges: [] })).revision;
  return {
    store,
    feed,
    watches,
    newest,
    async put(...names) {
      const writes = names.map((name) => ({
        type: 'put' as const,
        key: keyFromText(`lochness/config/${name}`),
        value: Buffer.from('x'),
      }));
      return (await store.commit({ compares: [], writes })).revision;
    },
    async subscribe({ after, until, signal = new AbortController().signal, selection = cursors } = {}) {
      const revision = await newest();
      return feed.subscribe({
        selection,
        after: after ?? { revision, index: null },
        until: until ?? null,
        newest: revision,
        signal,
      });
    },
    async close() {
      await feed.close();
      await store.close();
    },
  };
}

function counting(watch: Watch, onClose: () => void): Watch {
  let isOpen = true;
  return {
    after: watch.after,
    requestProgress: () => watch.requestProgress(),
    [Symbol.asyncIterator]: () => watch[Symbol.asyncIterator](),
    async close() {
      if (isOpen) onClose();
      isOpen = false;
      await watch.close();
    },
  };
}

/** So many events of a stream. */
export async function take<E>(stream: ChangeStream<E>, count: number): Promise<E[]> {
  const events: E[] = [];
  while (events.length < count) {
    const next = await stream.next();
    if (next.done === true) throw new Error(`The stream ended after ${events.length} events`);
    events.push(next.value);
  }
  return events;
}
