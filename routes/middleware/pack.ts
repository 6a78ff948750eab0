import { Buffer } from "node:buffer";
import type { Transform } from "node:stream";
import { constants, createBrotliCompress, createGzip } from "node:zlib";
import { Slices } from "../../domain/slices.ts";
import type { Coding } from "./accept.ts";

/** Packed in one go, in bytes: what Brotli takes for a block, about two milliseconds. */
const PIECE = 65_536;

/** Brotli at a level that costs little. */
function packerOf(coding: Exclude<Coding, "identity">, size: number): Transform {
  if (coding === "gzip") return createGzip({ level: 5 });
  return createBrotliCompress({
    params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: size },
  });
}

/** Packs a text piece by piece, with the event loop's turn between: the runtime's packers work on the calling thread. */
export async function pack(
  text: string,
  coding: Exclude<Coding, "identity">,
): Promise<Uint8Array<ArrayBuffer>> {
  const input = Buffer.from(text);
  const packer = packerOf(coding, input.length);
  const packed: Uint8Array[] = [];
  packer.on("data", (bytes: Uint8Array) => packed.push(bytes));
  const done = Promise.withResolvers<void>();
  packer.on("end", () => done.resolve()).on("error", done.reject);
  const slices = new Slices();
  for (let at = 0; at < input.length; at += PIECE) {
    const piece = input.subarray(at, at + PIECE);
    await new Promise<unknown>((resolve) => packer.write(piece, resolve));
    await slices.pause();
  }
  packer.end();
  await done.promise;
  return new Uint8Array(Buffer.concat(packed));
}
