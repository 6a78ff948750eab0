import { datasetToml, makeDataset, monitorIds } from "./dataset.ts";
import { residentBytes } from "./proc.ts";
import { type BenchOptions, type BenchRow, report } from "./report.ts";

/**
 * The HTTP surface from the outside: one real process of Hora on the data set, `wrk` on the same machine. The monitors are probed all the
 * while (every 10 s, on a closed port). Each figure is the median of five runs.
 */

const RUNS = 5;
const RUN_SECS = 2;
const IDLE_CONNECTIONS = 1_000;

interface Load {
  readonly row: string;
  readonly path: string;
  readonly connections: number;
  readonly figure: "per_second" | "p99_ms";
  readonly target: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly post?: boolean;
}

const compressed = { "accept-encoding": "br" };

function loads(id: string): Load[] {
  const page = { "accept": "text/html", "user-agent": "Mozilla/5.0", ...compressed };
  return [
    { row: "page_p99_one_client", path: "/", connections: 1, figure: "p99_ms", target: 5, headers: page },
    {
      row: "page_per_second",
      path: "/",
      connections: 16,
      figure: "per_second",
      target: 15_000,
      headers: page,
    },
    {
      row: "summary_per_second",
      path: "/api/summary",
      connections: 16,
      figure: "per_second",
      target: 20_000,
      headers: compressed,
    },
    {
      row: "metrics_per_second",
      path: "/metrics",
      connections: 16,
      figure: "per_second",
      target: 2_000,
      headers: compressed,
    },
    {
      row: "badge_per_second",
      path: `/api/badge/${id}/status`,
      connections: 16,
      figure: "per_second",
      target: 40_000,
    },
    {
      row: "latency_24h_per_second",
      path: `/api/monitors/${id}/latency?hours=24`,
      connections: 16,
      figure: "per_second",
      target: 2_000,
      headers: compressed,
    },
    {
      row: "push_per_second",
      path: "/api/push/heartbeat",
      connections: 32,
      figure: "per_second",
      target: 3_000,
      post: true,
    },
  ];
}

async function wrk(url: string, load: Load, folder: string): Promise<{ value: number; failed: number }> {
  const headers = Object.entries(load.headers ?? {}).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const script = load.post === true ? ["-s", `${folder}/post.lua`] : [];
  const { stdout } = await new Deno.Command("wrk", {
    args: [
      "-t1",
      `-c${load.connections}`,
      `-d${RUN_SECS}`,
      "--latency",
      ...headers,
      ...script,
      `${url}${load.path}`,
    ],
    stdout: "piped",
    stderr: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const failed = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  if (load.figure === "per_second") {
    return { value: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]), failed };
  }
  const [, amount, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(text) ?? [];
  return { value: Number(amount) * { us: 0.001, ms: 1, s: 1_000 }[unit as "us" | "ms" | "s"], failed };
}

async function measure(url: string, load: Load, folder: string): Promise<BenchRow> {
  const values: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const { value, failed } = await wrk(url, load, folder);
    if (failed > 0) throw new Error(`${load.path}: ${failed} requests failed`);
    values.push(value);
  }
  values.sort((a, b) => a - b);
  return {
    bench: "http",
    row: load.row,
    value: values[Math.floor(RUNS / 2)],
    unit: load.figure === "per_second" ? "requests/s" : "ms",
    target: load.target,
    better: load.figure === "per_second" ? "higher" : "lower",
    spread: [values[0], values[RUNS - 1]],
  };
}

async function idleConnections(url: string, pid: number): Promise<BenchRow> {
  const { hostname, port } = new URL(url);
  const before = await residentBytes(pid);
  const connections: Deno.TcpConn[] = [];
  const request = new TextEncoder().encode("GET /healthz/live HTTP/1.1\r\nhost: hora\r\n\r\n");
  for (let i = 0; i < IDLE_CONNECTIONS; i++) {
    const connection = await Deno.connect({ hostname, port: Number(port) });
    await connection.write(request);
    await connection.read(new Uint8Array(4_096));
    connections.push(connection);
  }
  const after = await residentBytes(pid);
  for (const connection of connections) connection.close();
  return {
    bench: "http",
    row: "memory_of_1000_idle_connections",
    value: Math.max(0, after - before) / 1_048_576,
    unit: "MiB",
    target: 30,
    better: "lower",
  };
}

async function pageBytes(url: string): Promise<BenchRow> {
  const { stdout } = await new Deno.Command("curl", {
    args: [
      "-s",
      "-A",
      "Mozilla/5.0",
      "-H",
      "accept: text/html",
      "-H",
      "accept-encoding: br",
      "-o",
      "/dev/null",
      "-w",
      "%{size_download}",
      `${url}/`,
    ],
  }).output();
  const value = Number(new TextDecoder().decode(stdout));
  return {
    bench: "http",
    row: "page_bytes_compressed",
    value,
    unit: "byte",
    target: 25_000,
    better: "lower",
  };
}

async function urlOf(lines: ReadableStream<string>): Promise<string> {
  let text = "";
  for await (const chunk of lines) {
    text += chunk;
    const url = /Status page: (http:\/\/[^\s]+)\//.exec(text)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`Hora did not start: ${text}`);
}

/** A server that does nothing, measured in the same run: what the machine gives at this moment, for ratios. */
async function bareServer(folder: string): Promise<BenchRow> {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("ok"),
  );
  const load: Load = {
    row: "bare_server_per_second",
    path: "/",
    connections: 16,
    figure: "per_second",
    target: 0,
  };
  const { target: _, ...row } = await measure(`http://127.0.0.1:${server.addr.port}`, load, folder);
  return row;
}

export async function run(options: BenchOptions): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "hora-bench-" });
  await makeDataset(`${folder}/hora.db`, options.scale, Date.now());
  const toml = datasetToml(options.scale, `${folder}/hora.db`)
    .replace("[server]\n", `[server]\nrate_limit_burst = 1000000000\nauth_token = "bench-operator-token"\n`);
  const push = `\n[[monitors]]\nid = "heartbeat"\nname = "Heartbeat"\nkind = "push"\ninterval_secs = 3600\n`;
  await Deno.writeTextFile(`${folder}/hora.toml`, toml + push);
  await Deno.writeTextFile(`${folder}/post.lua`, `wrk.method = "POST"\n`);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("../main.ts", import.meta.url).pathname],
    cwd: folder,
    env: { HORA_CONFIG: `${folder}/hora.toml` },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  try {
    const [first, rest] = child.stderr.tee();
    const drained = rest.pipeTo(new WritableStream()).catch(() => {});
    const url = await urlOf(first.pipeThrough(new TextDecoderStream()));
    const rows: BenchRow[] = [await pageBytes(url), await bareServer(folder)];
    for (const load of loads(monitorIds(options.scale)[0])) rows.push(await measure(url, load, folder));
    rows.push(await idleConnections(url, child.pid));
    report(rows, options);
    child.kill("SIGTERM");
    await child.status;
    await drained;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
