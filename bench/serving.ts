import { Board } from "../domain/board.ts";
import { DAY, systemClock } from "../domain/clock.ts";
import { operator } from "../domain/viewer.ts";
import { loadConfig } from "../config/load.ts";
import { loadBoard } from "../scheduler/load_board.ts";
import { openStore } from "../store/open.ts";
import { datasetToml, type Scale, scales } from "./dataset.ts";
import { cpuMs, residentBytes } from "./proc.ts";
import type { BenchRow } from "./report.ts";
import { startArgs, startEnv } from "./start_args.ts";

const STARTS = 5;
/** How long the last of the started processes serves pages before its memory is read. */
const SERVES_MS = 20_000;

type Add = (row: string, value: number, unit: string, more?: Partial<BenchRow>) => void;

interface Start {
  readonly firstPageMs: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

/**
 * A real process on a copy of the data set: from its start to the first page that shows every monitor with its bar, and its highest memory
 * after serving pages, badges and latencies for a while, probing all the time.
 */
export async function measureServing(source: string, scale: Scale, folder: string, add: Add): Promise<void> {
  const path = `${folder}/serving.db`;
  await Deno.copyFile(source, path);
  const starts: Start[] = [];
  // Monitors that are up, as most are: while all of them fail, every page is drawn anew each second.
  using target = answering();
  const toml = tomlOf(path, scale, `127.0.0.1:${target.addr.port}`);
  for (let i = 0; i < STARTS; i++) {
    starts.push(await startOnce(toml, scale, folder, i === STARTS - 1 ? SERVES_MS : 0));
  }
  const middle = (pick: (start: Start) => number) => {
    const values = starts.map(pick).sort((a, b) => a - b);
    return { value: values[STARTS >> 1], spread: [values[0], values[STARTS - 1]] as const };
  };
  const first = middle(({ firstPageMs }) => firstPageMs);
  add("start of the process to the first correct page", first.value, "ms", {
    spread: first.spread,
    target: 500,
    better: "lower",
  });
  const cpu = middle(({ cpuMs }) => cpuMs);
  add("CPU until then, all threads", cpu.value, "ms", { spread: cpu.spread });
  add("highest memory of the served process, start included", starts[STARTS - 1].peakBytes / 1e6, "MB", {
    target: 200,
    better: "lower",
  });
  await fromMemory(path, scale, folder, add);
  await Deno.remove(path);
}

async function startOnce(text: string, scale: Scale, folder: string, servesMs: number): Promise<Start> {
  const port = freePort();
  const toml = `${folder}/serving.toml`;
  await Deno.writeTextFile(toml, text.replace("127.0.0.1:0", `127.0.0.1:${port}`));
  const startedAt = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: startArgs(),
    env: { ...startEnv(), HORA_CONFIG: toml },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    const url = `http://127.0.0.1:${port}`;
    await firstPage(url, scale);
    const firstPageMs = performance.now() - startedAt;
    const spent = await cpuMs(child.pid);
    await use(url, servesMs);
    return { firstPageMs, cpuMs: spent, peakBytes: await residentBytes(child.pid, "VmHWM") };
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
}

const tomlOf = (path: string, scale: Scale, target?: string): string =>
  datasetToml(scale, path, target).replace("[server]\n", `[server]\nauth_token = "bench-operator-token"\n`);

/** Takes every connection and ends it. */
function answering(): Deno.TcpListener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  void (async () => {
    for await (const connection of listener) connection.close();
  })();
  return listener;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

async function firstPage(url: string, scale: Scale): Promise<void> {
  const headers = { accept: "text/html", "user-agent": "Mozilla/5.0" };
  for (;;) {
    const answer = await fetch(url, { headers }).catch(() => null);
    const page = await answer?.text();
    // The last monitor is public; the bar has ninety days however few are filled.
    if (answer?.status === 200 && page!.includes(`Service ${scales[scale].monitors - 1}`)) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function use(url: string, forMs: number): Promise<void> {
  const headers = { authorization: "Bearer bench-operator-token" };
  const untilAt = performance.now() + forMs;
  for (let i = 0; performance.now() < untilAt; i++) {
    const id = `service-${String(i % 7).padStart(3, "0")}`;
    for (const path of ["/", "/api/summary", `/api/monitors/${id}/latency?hours=24`, `/monitor/${id}`]) {
      await (await fetch(url + path, { headers: i % 2 === 0 ? {} : headers })).text();
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What the pages read for all monitors at once: no query, whatever the history. */
async function fromMemory(path: string, scale: Scale, folder: string, add: Add): Promise<void> {
  const toml = `${folder}/serving.toml`;
  await Deno.writeTextFile(
    toml,
    tomlOf(path, scale).replaceAll("interval_secs = 10\n", "interval_secs = 10\nslo_uptime = 99.9\n"),
  );
  const loaded = await loadConfig(toml, {});
  if (!loaded.ok) throw new Error(loaded.problems[0].message);
  const board = new Board(loaded.config, systemClock);
  {
    await using store = await openStore(path, { clock: systemClock });
    await loadBoard(store, { load: () => Promise.resolve(new Map()) }, board, systemClock.now());
  }
  const times: number[] = [];
  for (let i = 0; i < 9; i++) {
    // Every view is made anew.
    board.reconfigure(loaded.config);
    const startedAt = performance.now();
    const { monitors } = board.summary(operator);
    times.push(performance.now() - startedAt);
    const known = monitors.filter(({ days, budget }) => budget !== null && days.length * DAY > 0).length;
    if (known !== scales[scale].monitors) throw new Error(`${known} monitors have a budget`);
  }
  times.sort((a, b) => a - b);
  add("24-hour percentiles, bars and budgets of all monitors, from memory", times[times.length >> 1], "ms", {
    spread: [times[0], times[times.length - 1]],
  });
}
