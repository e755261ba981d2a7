/** Puts or deletes in one transaction: `transactionLimit`, less some room for what a store or a later version adds. */
const batchItems = 100;
/** Beside this, a batch of one may be as large as a transaction can be. */
const batchBytes = 256 * 1024;

/** Groups items, in their order, so that each group fits into a transaction. */
export async function* batchesOf<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  bytesOf: (item: Item) => number,
): AsyncGenerator<readonly Item[]> {
  let batch: Item[] = [];
  let bytes = 0;
  for await (const item of items) {
    const size = bytesOf(item);
    if (batch.length > 0 && (batch.length === batchItems || bytes + size > batchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
