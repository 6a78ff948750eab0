/** One load that `wrk` puts on a server, and the figure that is taken from it. */
export interface Load {
  readonly row: string;
  readonly path: string;
  readonly connections: number;
  readonly figure: "per_second" | "p99_ms";
  readonly target: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A script for `wrk`, in Lua. */
  readonly script?: string;
}

export const RUN_SECS = 2;

export interface Run {
  /** What the load asks for. */
  readonly value: number;
  /** What the serving process spent on each request, in µs. */
  readonly cpuUs: number;
}

/** One run of one load; `cpuMs` tells what the server has spent so far. Throws when an answer was no success. */
export async function wrk(url: string, load: Load, cpuMs: () => Promise<number> | number): Promise<Run> {
  const script = load.script === undefined ? null : await Deno.makeTempFile({ suffix: ".lua" });
  if (script !== null) await Deno.writeTextFile(script, load.script!);
  const headers = Object.entries(load.headers ?? {}).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const before = await cpuMs();
  const { stdout } = await new Deno.Command("wrk", {
    args: [
      "-t1",
      `-c${load.connections}`,
      `-d${RUN_SECS}`,
      "--latency",
      ...headers,
      ...(script === null ? [] : ["-s", script]),
      `${url}${load.path}`,
    ],
    stdout: "piped",
    stderr: "null",
  }).output();
  const spentMs = await cpuMs() - before;
  if (script !== null) await Deno.remove(script);
  const text = new TextDecoder().decode(stdout);
  const failed = /Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1];
  if (failed !== undefined) throw new Error(`${load.path}: ${failed} requests failed`);
  const cpuUs = spentMs * 1_000 / Number(/(\d+) requests in/.exec(text)?.[1]);
  if (load.figure === "per_second") {
    return { value: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]), cpuUs };
  }
  const [, amount, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(text) ?? [];
  return { value: Number(amount) * { us: 0.001, ms: 1, s: 1_000 }[unit as "us" | "ms" | "s"], cpuUs };
}

/**
 * A server that gives one answer of another server again, headers and body, and does nothing else: what the runtime and the machine can do
 * at this moment. Closed by `using`.
 */
export async function echoOf(url: string, load: Load): Promise<{ readonly url: string } & AsyncDisposable> {
  const { headers, body } = await rawAnswer(new URL(url), load);
  const isText = !headers.has("content-encoding");
  const content = isText ? new TextDecoder().decode(body) : body;
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response(content, { headers }),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** An answer as it came, its body still compressed. */
async function rawAnswer(
  url: URL,
  load: Load,
): Promise<{ readonly headers: Headers; readonly body: Uint8Array<ArrayBuffer> }> {
  using connection = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
  const fields = Object.entries({ host: url.host, connection: "close", ...load.headers });
  const request = `GET ${load.path} HTTP/1.1\r\n${
    fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  }\r\n`;
  await new Blob([request]).stream().pipeTo(connection.writable, { preventClose: true });
  const bytes = new Uint8Array(await new Response(connection.readable).arrayBuffer());
  const text = new TextDecoder("latin1").decode(bytes);
  const end = text.indexOf("\r\n\r\n");
  const headers = new Headers();
  for (const line of text.slice(0, end).split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  for (const name of ["date", "connection", "content-length"]) headers.delete(name);
  return { headers, body: bytes.slice(end + 4) };
}
