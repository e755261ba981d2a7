const shortHeadBytes = 2;
const maskBytes = 4;

/**
 * Knows from the bytes of a client where its frames and messages end, and keeps none of them (RFC 6455, 5.2). What is no frame is not
 * found out here: `ws` closes the socket for it.
 */
export class IncomingFrames {
  /** Messages that have begun so far. A ping, pong or close between two messages is one too; between the fragments of one it is a part of it. */
  begun = 0;
  /** Of the message that is not complete. */
  heldBytes = 0;
  #reads = 0;
  /** Those of the message that are complete. */
  #fragments = 0;
  #firstByte = 0;
  #headSeen = 0;
  #headBytes = shortHeadBytes;
  #lengthEndsAt = shortHeadBytes;
  #length = 0;
  #payloadBytes = 0;

  /** Whether a message has begun, and is not complete. */
  get isOpen(): boolean {
    return this.heldBytes > 0;
  }

  /** Buffers that the message lies in: its fragments, and what was read of the next one. */
  get pieces(): number {
    return this.#fragments + this.#reads;
  }

  read(chunk: Buffer): void {
    this.heldBytes += chunk.length;
    this.#reads++;
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadBytes === 0) {
        this.#readHead(chunk[at] ?? 0);
        at++;
        if (this.#headSeen < this.#headBytes) continue;
        this.#headSeen = 0;
        this.#headBytes = shortHeadBytes;
        this.#payloadBytes = this.#length;
      }
      const taken = Math.min(this.#payloadBytes, chunk.length - at);
      this.#payloadBytes -= taken;
      at += taken;
      if (this.#payloadBytes === 0) this.#endFrame(chunk.length - at);
    }
  }

  #readHead(byte: number): void {
    if (this.#headSeen === 0) {
      if (this.#fragments === 0) this.begun++;
      this.#firstByte = byte;
    } else if (this.#headSeen === 1) {
      const code = byte & 0x7f;
      const longer = { 126: 2, 127: 8 }[code] ?? 0;
      this.#length = longer === 0 ? code : 0;
      this.#lengthEndsAt = shortHeadBytes + longer;
      this.#headBytes = this.#lengthEndsAt + ((byte & 0x80) === 0 ? 0 : maskBytes);
    } else if (this.#headSeen < this.#lengthEndsAt) {
      this.#length = this.#length * 256 + byte;
    }
    this.#headSeen++;
  }

  #endFrame(bytesBehind: number): void {
    const isControl = (this.#firstByte & 0x08) !== 0;
    const isFinal = (this.#firstByte & 0x80) !== 0;
    if (!isControl) this.#fragments = isFinal ? 0 : this.#fragments + 1;
    this.#reads = bytesBehind > 0 ? 1 : 0;
    if (this.#fragments === 0) this.heldBytes = bytesBehind;
  }
}
