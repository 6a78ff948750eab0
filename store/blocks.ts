import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { ByteReader, ByteWriter } from "./bytes.ts";

/**
 * Sealed checks of one series as bytes. Layout (numbers as in `bytes.ts`):
 *
 * 1. format (1), count, first instant, usual distance between checks in ms;
 * 2. runs of `status` (0 up, 1 degraded, 2 down, +4 planned), of `code + 2` (1: none) and of `standsMs`: value, length, until `count` is reached;
 * 3. instants, deflated: each as its distance from where it was expected;
 * 4. latencies, deflated: 0 for none, else 1 + the folded distance from a running mean.
 *
 * Distances are small numbers around zero, so a Huffman code brings them close to their entropy: about a byte a check in all.
 */
export interface Columns {
  readonly count: number;
  /** Unix ms, rising. */
  readonly at: Float64Array;
  readonly status: Uint8Array;
  /** Whole ms; -1: none. */
  readonly latency: Int32Array;
  /** -1: none. */
  readonly code: Int32Array;
  readonly stands: Float64Array;
}

const FORMAT = 1;
/** Huffman codes and runs of one byte: noise has no other repetitions, and looking for them takes longer and packs worse. */
const packing = { strategy: constants.Z_RLE };
const JUMP = 64;

export function newColumns(size: number): Columns & { count: number } {
  return {
    count: 0,
    at: new Float64Array(size),
    status: new Uint8Array(size),
    latency: new Int32Array(size),
    code: new Int32Array(size),
    stands: new Float64Array(size),
  };
}

export function packBlock(columns: Columns): Uint8Array {
  const steps = packBlockInSteps(columns);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same, a part at a time, for whoever lets others work in between; `columns` must stay as they are. */
export function* packBlockInSteps(columns: Columns): Generator<void, Uint8Array> {
  const { count, at } = columns;
  const writer = new ByteWriter();
  const periodMs = usualDistance(columns);
  writer.number(FORMAT);
  writer.number(count);
  writer.number(at[0] ?? 0);
  writer.number(periodMs);
  packRuns(writer, columns.status, count, 0);
  packRuns(writer, columns.code, count, 2);
  packRuns(writer, columns.stands, count, 0);
  yield;
  const times = packTimes(columns, periodMs);
  yield;
  writer.block(deflateRawSync(times, packing));
  yield;
  const latencies = packLatencies(columns);
  yield;
  writer.block(deflateRawSync(latencies, packing));
  return writer.bytes();
}

/** Throws `RangeError` (or zlib's own error) when the bytes are damaged. */
export function unpackBlock(bytes: Uint8Array): Columns {
  const reader = new ByteReader(bytes);
  const format = reader.number();
  if (format !== FORMAT) throw new RangeError(`unknown block format ${format}`);
  const count = reader.number();
  if (count > 1_000_000) throw new RangeError("packed data names too many checks");
  const columns = { ...newColumns(count), count };
  const firstAt = reader.number();
  const periodMs = reader.number();
  unpackRuns(reader, columns.status, count, 0);
  unpackRuns(reader, columns.code, count, 2);
  unpackRuns(reader, columns.stands, count, 0);
  unpackTimes(new ByteReader(inflateRawSync(reader.block())), columns, firstAt, periodMs);
  unpackLatencies(new ByteReader(inflateRawSync(reader.block())), columns);
  return columns;
}

function usualDistance({ count, at }: Columns): number {
  if (count < 2) return 0;
  const distances = at.slice(1, count);
  for (let i = 0; i < distances.length; i++) distances[i] -= at[i];
  distances.sort();
  return distances[distances.length >> 1];
}

type Numbers = Uint8Array | Int32Array | Float64Array;

function packRuns(writer: ByteWriter, values: Numbers, count: number, shift: number): void {
  for (let from = 0; from < count;) {
    let until = from + 1;
    while (until < count && values[until] === values[from]) until++;
    writer.number(values[from] + shift);
    writer.number(until - from);
    from = until;
  }
}

function unpackRuns(reader: ByteReader, values: Numbers, count: number, shift: number): void {
  for (let from = 0; from < count;) {
    const value = reader.number() - shift;
    const length = reader.number();
    if (length < 1 || from + length > count) throw new RangeError("packed runs do not add up");
    values.fill(value, from, from + length);
    from += length;
  }
}

/** Follows the grid on which checks are made: a late check hardly moves it, a skipped one starts it anew. */
class Grid {
  constructor(public expectedAt: number, readonly periodMs: number) {}
  follow(offMs: number): void {
    const drift = Math.abs(offMs) > JUMP ? offMs : Math.trunc(offMs / 8);
    this.expectedAt += drift + this.periodMs;
  }
}

function packTimes({ count, at }: Columns, periodMs: number): Uint8Array {
  const writer = new ByteWriter();
  const grid = new Grid(at[0] ?? 0, periodMs);
  for (let i = 0; i < count; i++) {
    const offMs = at[i] - grid.expectedAt;
    writer.signed(offMs);
    grid.follow(offMs);
  }
  return writer.bytes();
}

function unpackTimes(reader: ByteReader, { count, at }: Columns, firstAt: number, periodMs: number): void {
  const grid = new Grid(firstAt, periodMs);
  for (let i = 0; i < count; i++) {
    const offMs = reader.signed();
    at[i] = grid.expectedAt + offMs;
    grid.follow(offMs);
  }
}

/** Follows the mean; one far-off value hardly moves it, two in a row do. */
class Mean {
  #eighths = 0;
  #wasFar = true;
  get value(): number {
    return Math.floor(this.#eighths / 8);
  }
  follow(off: number): void {
    const isFar = Math.abs(off) > JUMP;
    if (isFar && this.#wasFar) this.#eighths = (this.value + off) * 8;
    else this.#eighths += isFar ? Math.sign(off) * JUMP : off;
    this.#wasFar = isFar;
  }
}

function packLatencies({ count, latency }: Columns): Uint8Array {
  const writer = new ByteWriter();
  const mean = new Mean();
  for (let i = 0; i < count; i++) {
    if (latency[i] < 0) {
      writer.byte(0);
      continue;
    }
    const off = latency[i] - mean.value;
    writer.number(1 + (off >= 0 ? off * 2 : -off * 2 - 1));
    mean.follow(off);
  }
  return writer.bytes();
}

function unpackLatencies(reader: ByteReader, { count, latency }: Columns): void {
  const mean = new Mean();
  for (let i = 0; i < count; i++) {
    const folded = reader.number() - 1;
    if (folded < 0) {
      latency[i] = -1;
      continue;
    }
    const off = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
    latency[i] = mean.value + off;
    mean.follow(off);
  }
}
