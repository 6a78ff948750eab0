import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Coding } from "./middleware/accept.ts";
import { packerOf, type Packing } from "./middleware/pack.ts";

async function* encoded(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const piece of pieces) yield encoder.encode(piece);
}

/** Packs each piece as it comes. */
function packed(source: AsyncIterable<Uint8Array>, coding: Packing): AsyncIterable<Uint8Array> {
  const packer = packerOf(coding, 0);
  // What fails on the way in comes out at the end of the packer.
  pipeline(Readable.from(source), packer).catch(() => {});
  return packer;
}

/**
 * A long text made once, piece by piece with pauses between, for any number of readers, who get each piece as soon as it is there. A fault
 * on the way ends all of them with that fault, so that nobody takes half a text for a whole one.
 */
export class SharedText {
  readonly #pieces: Uint8Array[] = [];
  readonly #making: Promise<void>;
  #more = Promise.withResolvers<void>();
  #ended = false;

  constructor(pieces: AsyncIterable<string>, coding: Coding) {
    const source = encoded(pieces);
    this.#making = this.#make(coding === "identity" ? source : packed(source, coding));
    this.#making.catch(() => {});
  }

  async #make(source: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const piece of source) {
        this.#pieces.push(piece);
        this.#wake();
      }
    } finally {
      this.#ended = true;
      this.#wake();
    }
  }

  #wake(): void {
    this.#more.resolve();
    this.#more = Promise.withResolvers<void>();
  }

  /** The whole text for one reader, from its beginning. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let at = 0;
    return new ReadableStream({
      pull: async (controller) => {
        while (at === this.#pieces.length && !this.#ended) await this.#more.promise;
        if (at < this.#pieces.length) {
          controller.enqueue(this.#pieces[at++] as Uint8Array<ArrayBuffer>);
          return;
        }
        await this.#making;
        controller.close();
      },
    });
  }
}
