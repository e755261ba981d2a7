import { badUserInput } from '../../errors.ts';
import type { KeyValue, RangeResult, ReadRequest, ReadResult, Revision } from '../store.ts';
import { withOwnSignal } from './bounded.ts';
import type { Cluster } from './cluster.ts';
import { compacted } from './compaction.ts';
import { EtcdFailure, storeUnavailable } from './errors.ts';
import { RangeProgress } from './range-progress.ts';
import { type Page, PageSize, planWave } from './read-plan.ts';
import { newestRevision, readTransaction } from './read-transaction.ts';

/** Transactions of one wave that are under way at once. More would only wait, and hold memory, inside etcd. */
const concurrentTransactions = 16;
/** Entries that they ask for together. Replies that come at the same time are decoded one right after the other. */
const concurrentKeys = 40_000;

export function read(cluster: Cluster, request: ReadRequest): Promise<ReadResult> {
  return withOwnSignal(request.signal, (signal) => readOrExplain(cluster, { ...request, signal }));
}

async function readOrExplain(cluster: Cluster, request: ReadRequest): Promise<ReadResult> {
  const { at, signal } = request;
  if (at !== undefined && !Number.isSafeInteger(at)) throw badUserInput('revision', `${at} is no revision`);
  // To etcd, revision 0 would mean the newest.
  if (at !== undefined && at < 1) throw await compacted(cluster, at);
  try {
    return await readInWaves(cluster, request);
  } catch (error) {
    if (!(error instanceof EtcdFailure)) throw error;
    if (error.kind === 'compacted') throw await compacted(cluster, at ?? cluster.newest, error);
    if (error.kind !== 'futureRevision' || at === undefined)
      throw storeUnavailable(`etcd refused a read: ${error.message}`, error);
    const newest = await newestRevision(cluster, signal);
    // It may have been committed just after the read.
    if (at <= newest) return await readInWaves(cluster, request);
    throw badUserInput('revision', `Revision ${at} does not exist yet: the newest is ${newest}`);
  }
}

/**
 * A wave asks every part of a range that is not complete yet for its next page. A range begins as one part; what its first page
 * leaves is split into several. The first transaction of a read pins the revision; all others are made at it, those of one wave
 * together.
 */
async function readInWaves(cluster: Cluster, { at, ranges, signal }: ReadRequest): Promise<ReadResult> {
  const partsOfRanges = ranges.map((range) => [new RangeProgress(range)]);
  const pageSize = new PageSize();
  const cost = { waves: 0, transactions: 0, keys: 0, bytes: 0 };

  /** Its revision; undefined when the reply was too large: then its ranges are asked again in the next wave, for less. */
  async function ask(pages: readonly Page[], revision: Revision | undefined): Promise<Revision | undefined> {
    cost.transactions += 1;
    try {
      const reply = await readTransaction(cluster, pages, { revision, signal });
      cost.keys += reply.keys;
      cost.bytes += reply.bytes;
      return reply.revision;
    } catch (error) {
      if (isTooLarge(error) && pageSize.shrink()) return undefined;
      throw error;
    }
  }

  let pinned = at;
  let open = partsOfRanges.flat();
  do {
    cost.waves += 1;
    let transactions = planWave(open, pageSize.keys);
    if (pinned === undefined) {
      pinned = await ask(transactions[0] ?? [], undefined);
      transactions = pinned === undefined ? [] : transactions.slice(1);
    }
    const revision = pinned;
    await askConcurrently(transactions, (pages) => ask(pages, revision));
    pageSize.saw(cost.keys, cost.bytes);
    for (const parts of partsOfRanges) if (parts.length === 1) parts.push(...(parts[0]?.splitRest(pageSize.keys) ?? []));
    open = partsOfRanges.flat().filter((part) => !part.isComplete);
  } while (open.length > 0 || pinned === undefined);
  return { revision: pinned, results: partsOfRanges.map(joined), cost };
}

const noEntries: readonly KeyValue[] = [];

function joined(parts: readonly RangeProgress[]): RangeResult {
  const results = parts.map((part) => part.result());
  const [first] = results;
  if (first !== undefined && results.length === 1) return first;
  return { entries: noEntries.concat(...results.map(({ entries }) => entries)), more: results.some(({ more }) => more) };
}

function isTooLarge(error: unknown): boolean {
  return error instanceof EtcdFailure && error.kind === 'tooLarge';
}

async function askConcurrently(
  transactions: readonly (readonly Page[])[],
  ask: (pages: readonly Page[]) => Promise<unknown>,
): Promise<void> {
  const left = [...transactions].reverse();
  const keys = transactions.map((pages) => pages.reduce((sum, { limit }) => sum + limit, 0));
  const atOnce = Math.min(concurrentTransactions, Math.ceil(concurrentKeys / Math.max(1, ...keys)));
  const worker = async (): Promise<void> => {
    for (let pages = left.pop(); pages !== undefined; pages = left.pop()) await ask(pages);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
