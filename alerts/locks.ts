/** One thing at a time per key, in order of arrival. */
export class Locks {
  readonly #tails = new Map<string, Promise<void>>();

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine = before.then(task);
    const tail = mine.then(() => {}, () => {});
    this.#tails.set(key, tail);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }

  /** Resolves when everything that was running or waiting has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#tails.values());
  }
}
