import { cpuUsage } from "node:process";
import { datasetToml, makeDataset, monitorIds } from "./dataset.ts";
import { cpuMs, residentBytes } from "./proc.ts";
import { type BenchOptions, type BenchRow, report } from "./report.ts";
import { echoOf, type Load, type Run, wrk } from "./wrk.ts";
import { startArgs, startEnv } from "./start_args.ts";

/**
 * The HTTP surface from the outside: one real process of Hora on the data set, `wrk` on the same machine; first while nothing is probed, then
 * while every monitor is probed every 10 s: TCP on a port that this process answers, but for a few on a closed one. Each figure is the median of five runs. `HORA_BENCH_DB` names a file that
 * was made before (`bench/dataset.ts FILE SCALE`); a copy of it is used.
 */

const RUNS = 5;
const WARM_UP_MS = 15_000;
const IDLE_CONNECTIONS = 1_000;
const PUSH_MONITORS = 200;
/** One monitor in so many is down. */
const ONE_DOWN_IN = 100;

const page = { "accept": "text/html", "user-agent": "Mozilla/5.0", "accept-encoding": "br" };
const compressed = { "accept-encoding": "br" };
const PUSH_ONE = `wrk.method = "POST"\n`;
const PUSH_MANY = `local n = 0
request = function()
  n = n + 1
  return wrk.format("POST", "/api/push/heartbeat-" .. n % ${PUSH_MONITORS})
end
`;

const perSecond = (row: string, path: string, target: number, more: Partial<Load> = {}): Load => ({
  row: `${row}_per_second`,
  path,
  target,
  connections: 16,
  figure: "per_second",
  ...more,
});

const onePage = (target: number): Load => ({
  row: "page_p99_one_client",
  path: "/",
  connections: 1,
  figure: "p99_ms",
  target,
  headers: page,
});
const pages = perSecond("page", "/", 15_000, { headers: page });
const summaries = perSecond("summary", "/api/summary", 20_000, { headers: compressed });
const badges = (id: string) => perSecond("badge", `/api/badge/${id}/status`, 40_000);
const push = perSecond("push", "/api/push/heartbeat-0", 3_000, { connections: 32, script: PUSH_ONE });

/** While nothing else happens; `true`: beside a server that gives the same answer again. */
const stillLoads = (id: string): [Load, boolean][] => [
  [onePage(0.5), true],
  [pages, true],
  [summaries, true],
  [badges(id), true],
  [perSecond("metrics", "/metrics", 2_000, { headers: compressed }), false],
  [perSecond("latency_24h", `/api/monitors/${id}/latency?hours=24`, 2_000, { headers: compressed }), false],
  [push, false],
  [perSecond("push_to_many_ids", "/", 3_000, { connections: 32, script: PUSH_MANY }), false],
];

const probingLoads = (id: string): Load[] => [onePage(5), pages, summaries, badges(id), push];

async function peak(pid: number, suffix = ""): Promise<BenchRow> {
  return {
    bench: "http",
    row: `highest_memory${suffix}`,
    value: await residentBytes(pid, "VmHWM") / 1e6,
    unit: "MB",
    target: 200,
    better: "lower",
  };
}

function rowOf(load: Load, values: readonly number[], suffix = ""): BenchRow {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    bench: "http",
    row: load.row + suffix,
    value: sorted[Math.floor(RUNS / 2)],
    unit: load.figure === "per_second" ? "requests/s" : "ms",
    target: load.target,
    better: load.figure === "per_second" ? "higher" : "lower",
    spread: [sorted[0], sorted[RUNS - 1]],
  };
}

function cpuRow(load: Load, runs: readonly Run[], suffix = ""): BenchRow {
  const { target: _, better: _better, ...row } = rowOf(load, runs.map(({ cpuUs }) => cpuUs), suffix);
  return { ...row, row: `${load.row.replace("_per_second", "")}_cpu${suffix}`, unit: "µs/request" };
}

async function measure(url: string, pid: number, load: Load, suffix = ""): Promise<BenchRow[]> {
  const runs: Run[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await wrk(url, load, () => cpuMs(pid)));
  return [rowOf(load, runs.map(({ value }) => value), suffix), cpuRow(load, runs, suffix)];
}

/** The same beside a server that only gives that answer again, run by run; the share is of the CPU time that each takes for a request. */
async function measureBeside(url: string, pid: number, load: Load): Promise<BenchRow[]> {
  await using echo = await echoOf(url, load);
  const ours: Run[] = [];
  const bare: Run[] = [];
  const ownCpuMs = () => {
    const { user, system } = cpuUsage();
    return (user + system) / 1_000;
  };
  for (let run = 0; run < RUNS; run++) {
    ours.push(await wrk(url, load, () => cpuMs(pid)));
    bare.push(await wrk(echo.url, load, ownCpuMs));
  }
  const { target: _, ...bareRow } = rowOf(load, bare.map(({ value }) => value), "_of_a_bare_server");
  const share = rowOf(load, ours.map(({ cpuUs }, run) => bare[run].cpuUs / cpuUs));
  return [
    rowOf(load, ours.map(({ value }) => value)),
    bareRow,
    cpuRow(load, ours),
    cpuRow(load, bare, "_of_a_bare_server"),
    {
      ...share,
      row: `${load.row.replace("_per_second", "")}_share_of_a_bare_server`,
      unit: "×",
      target: 0.8,
    },
  ];
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

/** A process of Hora on a config in `folder`, while `work` goes on. */
async function withHora(
  folder: string,
  toml: string,
  work: (url: string, pid: number) => Promise<void>,
): Promise<void> {
  await Deno.writeTextFile(`${folder}/hora.toml`, toml);
  const child = new Deno.Command(Deno.execPath(), {
    args: startArgs(),
    cwd: folder,
    env: { ...startEnv(), HORA_CONFIG: `${folder}/hora.toml` },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const [first, rest] = child.stderr.tee();
  const drained = rest.pipeTo(new WritableStream()).catch(() => {});
  try {
    await work(await urlOf(first.pipeThrough(new TextDecoderStream())), child.pid);
  } finally {
    child.kill("SIGTERM");
    await child.status;
    await drained;
  }
}

/** Takes connections on a free port and ends them; closed by `using`. */
function openTarget(): { readonly address: string } & Disposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  (async () => {
    for await (const connection of listener) connection.close();
  })();
  return {
    address: `127.0.0.1:${listener.addr.port}`,
    [Symbol.dispose]: () => listener.close(),
  };
}

function tomlOf({ scale }: BenchOptions, folder: string, address: string): string {
  const heartbeats = Array.from(
    { length: PUSH_MONITORS },
    (_, i) =>
      `\n[[monitors]]\nid = "heartbeat-${i}"\nname = "Heartbeat ${i}"\nkind = "push"\ninterval_secs = 3600\n` +
      `public = false\n`,
  );
  let count = 0;
  return datasetToml(scale, `${folder}/hora.db`)
    .replaceAll('"127.0.0.1:1"', (closed) => ++count % ONE_DOWN_IN === 0 ? closed : `"${address}"`)
    .replace("[server]\n", `[server]\nrate_limit_burst = 1000000000\nauth_token = "bench-operator-token"\n`) +
    heartbeats.join("");
}

/** What waits for the disk later is not to wait for this copy too. */
async function copyToDisk(from: string, to: string): Promise<void> {
  await Deno.copyFile(from, to);
  using file = await Deno.open(to, { write: true });
  await file.syncData();
}

/** Asks for the page for a while: every monitor is checked once soon after a start, and the code is to be warm. */
async function warmUp(url: string): Promise<void> {
  for (const untilAt = performance.now() + WARM_UP_MS; performance.now() < untilAt;) {
    await (await fetch(url, { headers: page })).text();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function run(options: BenchOptions): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "hora-bench-" });
  try {
    const kept = Deno.env.get("HORA_BENCH_DB");
    if (kept === undefined) await makeDataset(`${folder}/hora.db`, options.scale, Date.now());
    else await copyToDisk(kept, `${folder}/hora.db`);
    using target = openTarget();
    const toml = tomlOf(options, folder, target.address);
    const id = monitorIds(options.scale)[0];
    const rows: BenchRow[] = [];
    await withHora(
      folder,
      toml.replaceAll("interval_secs = 10\n", "interval_secs = 86400\n"),
      async (url, pid) => {
        await warmUp(url);
        rows.push(await pageBytes(url));
        for (const [load, isBeside] of stillLoads(id)) {
          rows.push(...await (isBeside ? measureBeside(url, pid, load) : measure(url, pid, load)));
        }
        rows.push(await idleConnections(url, pid), await peak(pid));
      },
    );
    await withHora(folder, toml, async (url, pid) => {
      await warmUp(url);
      for (const load of probingLoads(id)) rows.push(...await measure(url, pid, load, "_while_probing"));
      rows.push(await peak(pid, "_while_probing"));
    });
    report(rows, options);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
