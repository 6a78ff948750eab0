/**
 * How a line between two programs behaves. `cut`: connections end at once. `silent`: they are accepted and nothing is ever heard, as when
 * packets are dropped. `deaf`: what is asked arrives and the answer is lost. `half`: the answer breaks off in its middle. A number: every
 * direction takes so many ms longer.
 */
export type Line = "open" | "cut" | "silent" | "deaf" | "half" | number;

const KEPT_CHARS = 4_000_000;

/** One direction between two programs, on a port of its own, which the test can disturb and listen in on. */
export class Relay {
  line: Line = "open";
  /** Port of the program behind it; may change. */
  upstream: number;
  connections = 0;
  /** Everything that went from the asking to the answering side, as far as it was let through or would have been. */
  wire = "";
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.TcpConn>();
  readonly #serving: Promise<void>;

  constructor(upstream: number) {
    this.upstream = upstream;
    this.#serving = this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async #accept(): Promise<void> {
    const running = new Set<Promise<void>>();
    try {
      for await (const near of this.#listener) {
        this.connections += 1;
        const serving: Promise<void> = this.#serve(near)
          .catch(() => {/* one of the two sides went away */})
          .finally(() => {
            this.#close(near);
            running.delete(serving);
          });
        this.#open.add(near);
        running.add(serving);
      }
    } catch { /* closed */ }
    await Promise.all(running);
  }

  async #serve(near: Deno.TcpConn): Promise<void> {
    const { line } = this;
    if (line === "cut") return;
    if (line === "silent") return await this.#pump(near, null, 0);
    const far = await Deno.connect({ hostname: "127.0.0.1", port: this.upstream });
    this.#open.add(far);
    const delayMs = typeof line === "number" ? line : 0;
    const asked = this.#pump(near, far, delayMs).then(() => far.closeWrite()).catch(
      () => {/* one side ended */},
    );
    try {
      if (line === "deaf") await pass(far, null, 0);
      else if (line === "half") await passHalf(far, near);
      else await pass(far, near, delayMs);
      if (line === "deaf") await asked;
    } finally {
      this.#close(far);
      this.#close(near);
      await asked;
    }
  }

  async #pump(near: Deno.TcpConn, far: Deno.TcpConn | null, delayMs: number): Promise<void> {
    await pass(near, far, delayMs, (bytes) => {
      if (this.wire.length < KEPT_CHARS) this.wire += new TextDecoder("latin1").decode(bytes);
    });
  }

  #close(connection: Deno.TcpConn): void {
    if (this.#open.delete(connection)) connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of [...this.#open]) this.#close(connection);
    await this.#serving;
  }
}

/** Carries bytes from one side to the other until the first has no more; `to` null: nowhere. */
async function pass(
  from: Deno.TcpConn,
  to: Deno.TcpConn | null,
  delayMs: number,
  look: (bytes: Uint8Array) => void = () => {},
): Promise<void> {
  const buffer = new Uint8Array(16_384);
  for (;;) {
    const size = await from.read(buffer);
    if (size === null) return;
    look(buffer.subarray(0, size));
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    for (let at = 0; to !== null && at < size;) at += await to.write(buffer.subarray(at, size));
  }
}

/** The first half of the first piece of an answer, and then the end. */
async function passHalf(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(16_384);
  const size = await from.read(buffer) ?? 0;
  await to.write(buffer.subarray(0, Math.floor(size / 2)));
}
