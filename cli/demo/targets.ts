import type { Clock } from "../../domain/clock.ts";
import { demoCertificate, demoKey } from "./certificate.ts";
import type { Service } from "./services.ts";

/** Loopback servers that behave as the made-up services do. */
export interface Targets extends AsyncDisposable {
  readonly httpPort: number;
  readonly tlsPort: number;
  readonly tcpPorts: ReadonlyMap<string, number>;
}

/** A flapping service fails this long out of every period. */
const FLAP = { periodMs: 8 * 60_000, downMs: 100_000 };

/** Starts them all on free ports of 127.0.0.1. */
export function startTargets(services: readonly Service[], clock: Clock): Targets {
  const byId = new Map(services.map((service) => [service.id, service]));
  const ends = new AbortController();
  const isFailing = ({ behaviour }: Service) =>
    behaviour === "down" || (behaviour === "flapping" && clock.now() % FLAP.periodMs < FLAP.downMs);
  const http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: ends.signal, onListen() {} },
    async (request) => {
      const service = byId.get(new URL(request.url).pathname.slice(1));
      if (service === undefined) return new Response("no such service\n", { status: 404 });
      if (isFailing(service)) return new Response("no backend available\n", { status: 503 });
      const slowness = service.behaviour === "slow" ? 4 : 1;
      await clock.sleep(service.baseMs * slowness * (0.8 + Math.random() * 0.5), ends.signal);
      return Response.json({ status: "ok" });
    },
  );
  const listeners: Deno.Listener[] = [];
  const tls = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: demoCertificate, key: demoKey });
  listeners.push(tls);
  // A handshake happens on the first read.
  void serve(tls, (connection) => connection.read(new Uint8Array(64)));
  const tcpPorts = new Map<string, number>();
  for (const service of services.filter((one) => one.kind === "tcp")) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    listeners.push(listener);
    tcpPorts.set(service.id, listener.addr.port);
    void serve(listener, async (connection) => {
      if (isFailing(service) || service.id !== "cache") return;
      await connection.read(new Uint8Array(64));
      await connection.write(new TextEncoder().encode("+PONG\r\n"));
    });
  }
  return {
    httpPort: http.addr.port,
    tlsPort: tls.addr.port,
    tcpPorts,
    async [Symbol.asyncDispose]() {
      ends.abort();
      for (const listener of listeners) listener.close();
      await http.finished;
    },
  };
}

/** Answers each connection and closes it. A visitor who leaves early is no trouble. */
async function serve(listener: Deno.Listener, answer: (connection: Deno.Conn) => Promise<unknown>) {
  for await (const connection of listener) {
    answer(connection).catch(() => {}).finally(() => {
      try {
        connection.close();
      } catch { /* closed by the other side */ }
    });
  }
}
