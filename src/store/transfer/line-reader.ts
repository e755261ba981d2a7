/** A line that is longer fails. The longest that can be stored is 1 MiB of bytes that JSON escapes, six characters each. */
export const lineByteLimit = 8 * 1024 * 1024;

const newline = 0x0a;

/** The lines of a stream of bytes, without their newlines; null stands for one that is over the limit. A last empty one is none. */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer | null> {
  let pieces: Buffer[] = [];
  let pending = 0;
  const take = (): Buffer | null => {
    const line = pending > lineByteLimit ? null : pieces.length === 1 ? (pieces[0] ?? null) : Buffer.concat(pieces);
    pieces = [];
    pending = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      add(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (pending > 0) yield take();

  function add(piece: Buffer): void {
    pending += piece.length;
    // What is over the limit is counted, not kept.
    if (pending <= lineByteLimit) pieces.push(piece);
    else pieces = [];
  }
}
