/** Whole numbers as bytes, seven bits each, the top bit saying that more follow. Safe integers only. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  /** Begins anew; the memory is used again. */
  clear(): void {
    this.#length = 0;
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = value;
  }

  /** From 0 up. */
  number(value: number): void {
    while (value >= 0x8000_0000) {
      this.byte(value % 128 + 128);
      value = Math.floor(value / 128);
    }
    while (value > 127) {
      this.byte(value & 127 | 128);
      value >>>= 7;
    }
    this.byte(value);
  }

  /** Below 0 too: small distances from 0 stay short. */
  signed(value: number): void {
    this.number(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  block(bytes: Uint8Array): void {
    this.number(bytes.length);
    for (const byte of bytes) this.byte(byte);
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** The same without a copy, for whoever is done with it before something else is written. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Reads what `ByteWriter` wrote, from `at` up to `end`; throws `RangeError` past the end, so that damaged data is noticed. */
export class ByteReader {
  #at: number;
  constructor(readonly source: Uint8Array, at = 0, readonly end: number = source.length) {
    this.#at = at;
  }

  /** Where the next byte is read. */
  get position(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.end;
  }

  byte(): number {
    if (this.#at >= this.end) throw new RangeError("packed data ends too early");
    return this.source[this.#at++];
  }

  number(): number {
    let value = this.byte();
    if (value < 128) return value;
    value -= 128;
    for (let scale = 128;; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  block(): Uint8Array {
    const length = this.number();
    if (this.#at + length > this.end) throw new RangeError("packed data ends too early");
    this.#at += length;
    return this.source.subarray(this.#at - length, this.#at);
  }
}
