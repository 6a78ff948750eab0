/**
 * A node of the other program, as far as its wire goes: what it answers to heartbeats, questions and witness polls, and what it sends.
 * It knows kinds and targets only, ignores fields that it does not know, and insists on those that it does.
 */
export interface OtherNodeOptions {
  readonly id: string;
  /** Its `[[peers]]`: who may ping and ask it. */
  readonly peers: readonly {
    id: string;
    listenId?: string;
    listenToken?: string;
    expectEverySecs?: number;
  }[];
  /** Its monitors, and what it would see. */
  readonly monitors?: readonly { kind: string; target: string; up: boolean; error?: string }[];
}

export interface OtherHeartbeat {
  readonly id: string;
  readonly status: string | null;
  readonly msg: string | null;
  readonly userAgent: string | null;
}

const KINDS = ["http", "tcp", "icmp", "exec", "push", "dns"];

export class OtherNode {
  readonly heartbeats: OtherHeartbeat[] = [];
  readonly questions: Record<string, unknown>[] = [];
  readonly #heardAt = new Map<string, number>();
  readonly #options: OtherNodeOptions;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(options: OtherNodeOptions, hostname = "127.0.0.1") {
    this.#options = options;
    this.#server = Deno.serve({ port: 0, hostname, onListen: () => {} }, (request) => this.#answer(request));
  }

  get origin(): string {
    return `http://${this.#server.addr.hostname}:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/healthz") return Response.json(this.#health());
    if (request.method !== "POST") return new Response(null, { status: 405 });
    if (pathname === "/api/peer/probe") return await this.#probe(request);
    const id = pathname.match(/^\/api\/push\/([^/]+)$/)?.[1];
    return id === undefined ? new Response(null, { status: 404 }) : this.#push(request, id, searchParams);
  }

  #health() {
    const peers = Object.fromEntries(
      this.#options.peers.filter((peer) => peer.expectEverySecs !== undefined).map((peer) => {
        const at = this.#heardAt.get(peer.listenId ?? peer.id);
        const age = at === undefined ? -1 : Math.floor((Date.now() - at) / 1000);
        const state = age < 0 ? "unknown" : age > peer.expectEverySecs! ? "down" : "up";
        return [peer.id, { state, age }];
      }),
    );
    return { status: "ok", scheduler_ok: true, db_ok: true, last_tick_age: 3, id: this.#options.id, peers };
  }

  #push(request: Request, id: string, query: URLSearchParams): Response {
    const peer = this.#options.peers.find((one) =>
      (one.listenId ?? one.id) === id && one.expectEverySecs !== undefined
    );
    if (peer === undefined) return new Response("unknown push target", { status: 404 });
    const token = request.headers.get("x-push-token") ?? query.get("token");
    if (peer.listenToken !== undefined && token !== peer.listenToken) {
      return new Response("invalid push token", { status: 401 });
    }
    const status = query.get("status");
    this.heartbeats.push({
      id,
      status,
      msg: query.get("msg"),
      userAgent: request.headers.get("user-agent"),
    });
    if (status !== "down") this.#heardAt.set(id, Date.now());
    return new Response("ok");
  }

  async #probe(request: Request): Promise<Response> {
    if (!/^application\/(?:.*\+)?json/.test(request.headers.get("content-type") ?? "")) {
      return new Response("Expected request with `Content-Type: application/json`", { status: 415 });
    }
    let body: Record<string, unknown>;
    try {
      body = await request.json();
    } catch {
      return new Response("Failed to parse the request body as JSON", { status: 400 });
    }
    const { from, kind, target } = body;
    if (typeof from !== "string" || typeof target !== "string" || !KINDS.includes(kind as string)) {
      return new Response("Failed to deserialize the JSON body", { status: 422 });
    }
    const peer = this.#options.peers.find((one) => one.id === from);
    if (peer?.listenToken === undefined || request.headers.get("x-push-token") !== peer.listenToken) {
      return new Response("unknown peer or invalid token", { status: 401 });
    }
    this.questions.push(body);
    const monitor = this.#options.monitors?.find((one) => one.kind === kind && one.target === target);
    if (monitor === undefined) {
      return new Response("target not in this node's configuration", { status: 404 });
    }
    const { up, error } = monitor;
    return Response.json(error === undefined ? { up } : { up, error });
  }

  /** How many heartbeats of a node came in. */
  heardFrom(id: string): number {
    return this.heartbeats.filter((heartbeat) => heartbeat.id === id).length;
  }

  /** Sends a heartbeat as it does; true: a 2xx came back. */
  async beat(pingUrl: string, token: string | null): Promise<boolean> {
    const url = new URL(pingUrl);
    url.searchParams.append("status", "up");
    url.searchParams.append("msg", "ok mon=3 tick=2s");
    const headers: Record<string, string> = { "user-agent": "hora/0.7.2" };
    if (token !== null) headers["x-push-token"] = token;
    const response = await fetch(url, { method: "POST", headers });
    await response.body?.cancel();
    return response.ok;
  }

  /** Asks as it does: `{from, kind, target}` and nothing else; null where it would count the peer as unknown. */
  async ask(origin: string, token: string, kind: string, target: string): Promise<boolean | null> {
    const response = await fetch(`${origin}/api/peer/probe`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-push-token": token, "user-agent": "hora/0.7.2" },
      body: JSON.stringify({ from: this.#options.id, kind, target }),
    });
    const text = await response.text();
    if (!response.ok || text.length > 16 * 1024) return null;
    const answer = JSON.parse(text);
    return typeof answer.up === "boolean" ? answer.up : null;
  }

  /** Polls a witness as it does: every field but `id` is mandatory for it. Null: not usable. */
  async poll(origin: string, peerId: string): Promise<string | null> {
    const response = await fetch(`${origin}/healthz`);
    const text = await response.text();
    if (!response.ok || text.length > 64 * 1024) return null;
    const health = JSON.parse(text);
    const complete = typeof health.status === "string" && typeof health.scheduler_ok === "boolean" &&
      typeof health.db_ok === "boolean" && Number.isInteger(health.last_tick_age) &&
      typeof health.peers === "object";
    if (!complete) return null;
    return health.peers[peerId]?.state ?? "not known";
  }
}
