/** Reads one protobuf message: https://protobuf.dev/programming-guides/encoding/ */
export class ProtobufReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** The number of the next field shifted by three bits, and its wire type in them; the field itself comes next. */
  tag(): number {
    return this.number();
  }

  /** A whole number up to 2^53. */
  number(): number {
    let number = 0;
    let unit = 1;
    for (;;) {
      const byte = this.#byte();
      number += (byte & 0x7f) * unit;
      if (byte < 0x80) break;
      unit *= 0x80;
    }
    if (!Number.isSafeInteger(number)) throw new RangeError(`etcd sent the number ${number}, which is beyond 2^53`);
    return number;
  }

  /** A whole number of up to 64 bits, in decimal. */
  longText(): string {
    let number = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte();
      number |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return String(BigInt.asIntN(64, number));
    }
  }

  /** Shares the memory of the message. */
  bytes(): Buffer {
    const start = this.#take();
    return this.#bytes.subarray(start, this.#at);
  }

  /** One character for each byte. */
  latin1(): string {
    const start = this.#take();
    return this.#bytes.toString('latin1', start, this.#at);
  }

  message(): ProtobufReader {
    const start = this.#take();
    return new ProtobufReader(this.#bytes, start, this.#at);
  }

  /** Passes over the field behind a tag that is of no interest, or that a newer etcd added. */
  skip(tag: number): void {
    const wireType = tag & 7;
    if (wireType === 0) this.longText();
    else if (wireType === 2) this.#take();
    else if (wireType === 1 || wireType === 5) this.#advance(wireType === 1 ? 8 : 4);
    else throw new RangeError(`A protobuf message has a field of the unknown wire type ${wireType}`);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined || this.isAtEnd) throw new RangeError('A protobuf message ends early');
    this.#at += 1;
    return byte;
  }

  /** Passes over a field that begins with its length; returns where its content begins. */
  #take(): number {
    const length = this.number();
    const start = this.#at;
    this.#advance(length);
    return start;
  }

  #advance(length: number): void {
    if (length > this.#end - this.#at) throw new RangeError('A protobuf message ends early');
    this.#at += length;
  }
}
