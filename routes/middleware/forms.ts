import type { Coding } from "./accept.ts";
import { pack, type Packing, unpack } from "./pack.ts";

/** In characters: a longer text is not kept beside its packed form, which is a fifth as long. */
const KEPT_BESIDE = 32_768;

/** One text in the forms in which it is asked for, each made when first asked for. */
export class Forms {
  /** In characters. */
  readonly length: number;
  /** Null: to be had from a packed form. */
  #text: string | null;
  readonly #packed = new Map<Packing, Promise<Uint8Array<ArrayBuffer>>>();
  readonly #asked: Set<Coding>;
  readonly #grew: (by: number) => void;

  /**
   * `asked`: in which codings the answer before was asked for. `grew` is told how much longer or (below zero) shorter what is kept has
   * become.
   */
  constructor(text: string, asked: Iterable<Coding>, grew: (by: number) => void) {
    this.#text = text;
    this.length = text.length;
    this.#asked = new Set(asked);
    this.#grew = grew;
  }

  /** Codings in which this or the answer before was asked for. */
  get asked(): readonly Coding[] {
    return [...this.#asked];
  }

  /** The text itself for `identity`, and else its bytes. */
  body(coding: Coding): Promise<string | Uint8Array<ArrayBuffer>> {
    this.#asked.add(coding);
    if (coding === "identity") return this.#plain();
    let packed = this.#packed.get(coding);
    if (packed === undefined) this.#packed.set(coding, packed = this.#pack(coding));
    return packed;
  }

  async #pack(coding: Packing): Promise<Uint8Array<ArrayBuffer>> {
    const packed = await pack(this.#text ?? await this.#unpacked(), coding);
    this.#grew(packed.length);
    // Whoever was given the text may hold it for others, so it counts.
    if (this.#text !== null && this.length > KEPT_BESIDE && !this.#asked.has("identity")) {
      this.#text = null;
      this.#grew(-this.length);
    }
    return packed;
  }

  /** Kept from then on, since somebody asks for it. */
  async #plain(): Promise<string> {
    const text = this.#text ?? await this.#unpacked();
    if (this.#text === null) this.#grew(this.length);
    return this.#text = text;
  }

  async #unpacked(): Promise<string> {
    const [coding, packed] = this.#packed.entries().next().value!;
    return unpack(await packed, coding);
  }
}
