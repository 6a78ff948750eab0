/**
 * A configured value that must never be printed. Every way of turning it into text gives `<redacted>` (or `<unset>` when it is
 * empty); `reveal()` is the only way to the value.
 */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  get isEmpty(): boolean {
    return this.#value === "";
  }
  /** Same value; not in constant time, so for config comparison only, never for authentication. */
  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }
  toString(): string {
    return this.#value === "" ? "<unset>" : "<redacted>";
  }
  toJSON(): string {
    return this.toString();
  }
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}
