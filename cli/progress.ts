/** A bar on standard error, on a terminal only; elsewhere it says nothing. */
export class ProgressBar {
  #shown = "";
  constructor(readonly title: string, readonly isTerminal: boolean = Deno.stderr.isTerminal()) {}

  update(done: number, total: number): void {
    const share = total > 0 ? Math.min(1, done / total) : 1;
    const filled = Math.round(share * 30);
    const text = `${this.title} [${"#".repeat(filled)}${"-".repeat(30 - filled)}] ${
      Math.floor(share * 100)
    } %`;
    if (text === this.#shown) return;
    this.#shown = text;
    this.#write(`\r${text}`);
  }

  /** Clears the line for what is said next. */
  end(): void {
    if (this.#shown !== "") this.#write(`\r${" ".repeat(this.#shown.length)}\r`);
    this.#shown = "";
  }

  #write(text: string): void {
    if (this.isTerminal) Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}
