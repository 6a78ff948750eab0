import { Receiver, type Seen } from "./receiver.ts";

/** What a peer that is asked about an outage may answer. */
export type Mood =
  | "up"
  | "down"
  | "garbage"
  | "page"
  | "endless"
  | "trickle"
  | "never"
  | "elsewhere"
  | "other_type"
  | "huge_error"
  | 401
  | 404
  | 429
  | 500;

/** A peer that can be asked to confirm and answers each question in the mood that was chosen for its target. */
export class OddPeer implements AsyncDisposable {
  /** By the last part of the target's path; `up` for all others. */
  readonly moods = new Map<string, Mood>();
  /** Everything that reached the place to which some answers redirect. */
  readonly elsewhere = new Receiver();
  readonly #held: PromiseWithResolvers<Response>[] = [];
  readonly #receiver = new Receiver();

  constructor() {
    this.#receiver.answer = (seen) =>
      seen.path === "/api/peer/probe" ? this.#answer(seen) : new Response("ok");
  }

  get port(): number {
    return Number(new URL(this.#receiver.url).port);
  }

  get questions(): Record<string, string>[] {
    return this.#receiver.seen.filter(({ path }) => path === "/api/peer/probe").map(({ body }) =>
      JSON.parse(body)
    );
  }

  #answer(seen: Seen): Response | Promise<Response> {
    const row = JSON.parse(seen.body).target.split("/").at(-1).split("?")[0];
    const mood = this.moods.get(row) ?? "up";
    const json = { headers: { "content-type": "application/json" } };
    switch (mood) {
      case "up":
        return Response.json({ up: true });
      case "down":
        return Response.json({ up: false, error: "HTTP 503" });
      case "garbage":
        return new Response("\x00{]garbage", json);
      case "page":
        return new Response("<!doctype html><title>Welcome</title>{up:true}", {
          headers: { "content-type": "text/html" },
        });
      case "endless":
        return new Response(
          new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536).fill(0x20)) }),
          json,
        );
      case "trickle": {
        let timer: ReturnType<typeof setInterval>;
        const body = new ReadableStream({
          start: (to) => void (timer = setInterval(() => to.enqueue(new Uint8Array([0x20])), 200)),
          cancel: () => clearInterval(timer),
        });
        return new Response(body, json);
      }
      case "never": {
        const held = Promise.withResolvers<Response>();
        this.#held.push(held);
        return held.promise;
      }
      case "elsewhere":
        return new Response(null, {
          status: 307,
          headers: { location: `${this.elsewhere.url.replace("127.0.0.1", "localhost")}/api/peer/probe` },
        });
      case "other_type":
        return Response.json({ up: "true" });
      case "huge_error":
        return Response.json({ up: false, error: "x".repeat(100_000) });
      default:
        return Response.json({ up: true }, { status: mood });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const held of this.#held) held.resolve(new Response());
    await this.#receiver[Symbol.asyncDispose]();
    await this.elsewhere[Symbol.asyncDispose]();
  }
}
