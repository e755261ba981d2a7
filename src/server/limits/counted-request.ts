import { IncomingMessage } from 'node:http';

/**
 * A request that knows in how many pieces the part of its body lies in memory that nobody has read: a Buffer for each chunk of it, however
 * short, or for each packet.
 */
export class CountedRequest extends IncomingMessage {
  #pieces = 0;

  get unreadPieces(): number {
    return this.readableLength === 0 ? 0 : this.#pieces;
  }

  override push(piece: unknown, encoding?: BufferEncoding): boolean {
    const before = this.unreadPieces;
    const isMoreWanted = super.push(piece, encoding);
    this.#pieces = before + 1;
    return isMoreWanted;
  }
}
