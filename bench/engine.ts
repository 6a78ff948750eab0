import { cpuMs, residentBytes } from "./proc.ts";
import { type BenchOptions, type BenchRow, report } from "./report.ts";
import { startArgs, startEnv } from "./start_args.ts";

/**
 * The scheduler under its whole load: one real process of Hora with 300 monitors at a 5 s interval on a loopback server, for a minute
 * (`--scale 1d`) or ten (`7d`, `90d`). Lateness, skipped checks and memory are read from the process itself.
 */

const MONITORS = 300;
const INTERVAL_SECS = 5;
const MINUTE = 60_000;

const kinds: readonly ((port: number) => string)[] = [
  (port) => `kind = "http"\ntarget = "http://127.0.0.1:${port}/ok"`,
  (port) => `kind = "tcp"\ntarget = "127.0.0.1:${port}"`,
];

function configFor(port: number, count: number, intervalSecs: number): string {
  const monitors = Array.from(
    { length: count },
    (_, index) =>
      `[[monitors]]\nid = "m${index}"\nname = "Monitor ${index}"\n${
        kinds[index % kinds.length](port)
      }\ninterval_secs = ${intervalSecs}\n`,
  );
  return `[page]\n[server]\nbind = "127.0.0.1:0"\ndatabase_path = "hora.db"\n${monitors.join("")}`;
}

/** The value of a metric, with the labels written exactly so; NaN: absent. */
function metric(text: string, name: string): number {
  return Number(text.split("\n").find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? NaN);
}

async function urlOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const url = /Status page: (http:\/\/[^\s]+)\//.exec(text)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`Hora did not start: ${text}`);
}

export async function run(options: BenchOptions): Promise<void> {
  const rows = await measureFleet(MONITORS, INTERVAL_SECS, options.scale === "1d" ? 1 : 10);
  report(rows.map((row) => ({ bench: "engine", ...row })), options);
}

/** Runs a real process with so many monitors for some minutes, and reads its own figures. */
export async function measureFleet(
  monitors: number,
  intervalSecs: number,
  minutes: number,
): Promise<Omit<BenchRow, "bench">[]> {
  const folder = await Deno.makeTempDir({ prefix: "hora-bench-" });
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("ok"),
  );
  await Deno.writeTextFile(`${folder}/hora.toml`, configFor(server.addr.port, monitors, intervalSecs));
  const child = new Deno.Command(Deno.execPath(), {
    args: startArgs(),
    cwd: folder,
    env: { ...startEnv(), HORA_CONFIG: `${folder}/hora.toml` },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  try {
    const [logs, rest] = child.stderr.tee();
    void rest.pipeTo(new WritableStream()).catch(() => {});
    const url = await urlOf(logs as ReadableStream<Uint8Array>);
    const resident: number[] = [];
    let worstMs = 0;
    let p99Ms = 0;
    let skipped = 0;
    const cpuBefore = await cpuMs(child.pid);
    for (let minute = 1; minute <= minutes; minute++) {
      await new Promise((resolve) => setTimeout(resolve, MINUTE));
      const text = await (await fetch(`${url}/metrics`)).text();
      worstMs = Math.max(worstMs, metric(text, 'hora_scheduler_lateness_seconds{stat="max"}') * 1_000);
      p99Ms = Math.max(p99Ms, metric(text, 'hora_scheduler_lateness_seconds{stat="p99"}') * 1_000);
      skipped = metric(text, "hora_probes_skipped_total");
      resident.push(await residentBytes(child.pid, "VmRSS"));
    }
    const probes = (minutes * 60 / intervalSecs) * monitors;
    return [
      { row: "lateness_worst", value: worstMs, unit: "ms", target: 1_000, better: "lower" },
      { row: "lateness_p99_of_worst_minute", value: p99Ms, unit: "ms", better: "lower" },
      { row: "checks_skipped", value: skipped, unit: "check", target: 0, better: "lower" },
      {
        row: "cpu_per_check",
        value: ((await cpuMs(child.pid)) - cpuBefore) / probes,
        unit: "ms",
        better: "lower",
      },
      { row: "resident_after_first_minute", value: resident[0] / 2 ** 20, unit: "MiB", better: "lower" },
      { row: "resident_at_end", value: resident.at(-1)! / 2 ** 20, unit: "MiB", better: "lower" },
    ];
  } finally {
    child.kill("SIGTERM");
    await child.status;
    await Deno.remove(folder, { recursive: true });
  }
}
