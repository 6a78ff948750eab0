/** Keys by the instant at which they are due, the earliest first: a binary heap. A key put again replaces what was there. */
export class TimerQueue {
  readonly #heap: { dueAt: number; key: string; turn: number }[] = [];
  readonly #turns = new Map<string, number>();
  #turn = 0;

  put(key: string, dueAt: number): void {
    const turn = ++this.#turn;
    this.#turns.set(key, turn);
    const heap = this.#heap;
    let at = heap.length;
    heap.push({ dueAt, key, turn });
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent].dueAt <= heap[at].dueAt) break;
      [heap[parent], heap[at]] = [heap[at], heap[parent]];
      at = parent;
    }
  }

  delete(key: string): void {
    this.#turns.delete(key);
  }

  /** When the earliest key is due; Infinity: none. */
  nextAt(): number {
    this.#dropReplaced();
    return this.#heap[0]?.dueAt ?? Infinity;
  }

  /** Takes out the earliest key that is due at `now`; null: none. */
  take(now: number): { readonly key: string; readonly dueAt: number } | null {
    this.#dropReplaced();
    const first = this.#heap[0];
    if (first === undefined || first.dueAt > now) return null;
    this.#pop();
    this.#turns.delete(first.key);
    return { key: first.key, dueAt: first.dueAt };
  }

  #dropReplaced(): void {
    while (this.#heap.length > 0 && this.#turns.get(this.#heap[0].key) !== this.#heap[0].turn) this.#pop();
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let at = 0;;) {
      const left = 2 * at + 1;
      let least = at;
      if (left < heap.length && heap[left].dueAt < heap[least].dueAt) least = left;
      if (left + 1 < heap.length && heap[left + 1].dueAt < heap[least].dueAt) least = left + 1;
      if (least === at) return;
      [heap[least], heap[at]] = [heap[at], heap[least]];
      at = least;
    }
  }
}
