/** How a target answers: well, badly, late, or in turns. */
/** How long a slow one takes; far above what a well one takes on a busy machine, and below an interval of a second. */
const SLOW_MS = 800;
export type Health = "well" | "broken" | "slow" | "flapping";

/** Targets on one port, a path each, which answer as told and count who asks. */
export class Town implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #health = new Map<string, Health>();
  readonly #asked = new Map<string, number>();

  constructor() {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      (request) => this.#answer(new URL(request.url).pathname.slice(1)),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  set(health: Health, ...names: string[]): void {
    for (const name of names) this.#health.set(name, health);
  }

  /** How often each target was asked so far. */
  counts(): ReadonlyMap<string, number> {
    return new Map(this.#asked);
  }

  async #answer(name: string): Promise<Response> {
    const asked = (this.#asked.get(name) ?? 0) + 1;
    this.#asked.set(name, asked);
    const health = this.#health.get(name) ?? "well";
    if (health === "slow") await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    const isBroken = health === "broken" || (health === "flapping" && asked % 2 === 1);
    return isBroken ? new Response("no", { status: 500 }) : new Response("fine");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
