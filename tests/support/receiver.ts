/** A request as a receiver saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: string;
}

/** A local HTTP receiver that keeps what it was sent and answers as told. */
export class Receiver implements AsyncDisposable {
  readonly seen: Seen[] = [];
  /** What to answer next; by default 200. */
  answer: (seen: Seen) => Response | Promise<Response> = () => new Response("ok");
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #wake: () => void = () => {};

  constructor() {
    this.#server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
      const url = new URL(request.url);
      const seen: Seen = {
        method: request.method,
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: await request.text(),
      };
      this.seen.push(seen);
      this.#wake();
      return await this.answer(seen);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  json(index: number): Record<string, unknown> {
    return JSON.parse(this.seen[index].body);
  }

  /** Resolves when that many requests have come. */
  async until(count: number): Promise<void> {
    while (this.seen.length < count) await new Promise<void>((resolve) => this.#wake = resolve);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
