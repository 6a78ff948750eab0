import type { Monitor } from "../domain/monitor.ts";
import type { Outcome } from "../domain/outcome.ts";
import { Authority } from "../tests/support/authority.ts";
import { Nginx } from "../tests/support/nginx.ts";
import { findProgram, freePort, listening } from "../tests/support/programs.ts";
import { check, monitorFrom } from "../tests/support/probing.ts";
import { RawServer, untilEnded } from "../tests/support/raw_server.ts";
import { measureFleet } from "./engine.ts";
import { cpuMs } from "./proc.ts";
import { type BenchOptions, type BenchRow, report } from "./report.ts";

/**
 * CPU per check on fresh connections to nginx on loopback, beside Debian's prometheus-blackbox-exporter on the same targets; and whether a
 * thousand targets that never answer delay the others (median of five runs); then a whole process with ten thousand monitors at 30 s.
 */

const RUNS = 5;
const CHECKS = 400;
const AT_ONCE = 8;
const SILENT = 1_000;
const FLEET = 10_000;
const FLEET_INTERVAL_SECS = 30;

const targetsMs = { https: 1.5, http: 0.4, tcp: 0.15 };

async function many(count: number, once: () => Promise<void>): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await once();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Median and extremes of CPU milliseconds per check; `usedMs` reads the total used so far. */
async function measure(
  usedMs: () => number | Promise<number>,
  once: () => Promise<void>,
): Promise<[number, [number, number]]> {
  await many(CHECKS / 2, once);
  const values: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const before = await usedMs();
    await many(CHECKS, once);
    values.push(((await usedMs()) - before) / CHECKS);
  }
  values.sort((a, b) => a - b);
  return [values[Math.floor(RUNS / 2)], [values[0], values[RUNS - 1]]];
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function assertUp(outcome: Outcome): void {
  if (outcome.status !== "up") throw new Error(outcome.reason ?? "not up");
}

async function blackbox(ca: string, folder: string) {
  const program = findProgram("prometheus-blackbox-exporter");
  if (program === null) return null;
  await Deno.writeTextFile(
    `${folder}/blackbox.yml`,
    `modules:
  http: { prober: http, http: { preferred_ip_protocol: ip4, tls_config: { ca_file: "${ca}" } } }
  tcp: { prober: tcp }
`,
  );
  const port = freePort();
  const child = new Deno.Command(program, {
    args: [
      `--config.file=${folder}/blackbox.yml`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await listening(port);
  const once = (module: string, target: string) => async () => {
    const url = `http://127.0.0.1:${port}/probe?module=${module}&target=${encodeURIComponent(target)}`;
    const text = await (await fetch(url)).text();
    if (!/^probe_success 1$/m.test(text)) throw new Error(`blackbox_exporter failed on ${target}`);
  };
  return { pid: child.pid, once, end: async () => (child.kill("SIGTERM"), await child.status) };
}

/** How long 200 checks take beside a thousand that hang, as a multiple of what they take alone. */
async function besideSilence(monitor: Monitor): Promise<number> {
  const time = async () => {
    const startedAt = performance.now();
    await many(200, async () => assertUp(await check(monitor)));
    return performance.now() - startedAt;
  };
  await time();
  const alone = Math.min(await time(), await time(), await time());
  await using silent = new RawServer(untilEnded);
  const target = monitorFrom("http", `target = "http://127.0.0.1:${silent.port}/"\ntimeout_secs = 20`);
  const stop = new AbortController();
  const hanging = Array.from({ length: SILENT }, () => check(target, { signal: stop.signal }));
  while (silent.connections < SILENT) await new Promise((resolve) => setTimeout(resolve, 20));
  const beside = Math.min(await time(), await time(), await time());
  stop.abort();
  await Promise.all(hanging);
  return beside / alone;
}

export async function run(options: BenchOptions): Promise<void> {
  await using authority = await Authority.make();
  const { cert, key } = await authority.issue("bench");
  const block = `server { listen 127.0.0.1:PORT0; listen 127.0.0.1:PORT1 ssl; keepalive_timeout 0;
    ssl_certificate ${cert}; ssl_certificate_key ${key}; return 200 "good"; }`;
  await using nginx = await Nginx.start(block, 2);
  const [plain, secure] = nginx.ports;
  const ca = `ca_file = "${authority.ca}"`;
  const cases = {
    https: {
      target: `https://localhost:${secure}/`,
      monitor: monitorFrom("http", `target = "https://localhost:${secure}/"\n${ca}`),
    },
    http: {
      target: `http://localhost:${plain}/`,
      monitor: monitorFrom("http", `target = "http://localhost:${plain}/"`),
    },
    tcp: { target: `127.0.0.1:${plain}`, monitor: monitorFrom("tcp", `target = "127.0.0.1:${plain}"`) },
  } as const;
  const rows: BenchRow[] = [];
  const other = await blackbox(authority.ca, authority.folder);
  for (const name of ["https", "http", "tcp"] as const) {
    const { target, monitor } = cases[name];
    const [value, spread] = await measure(ownCpuMs, async () => assertUp(await check(monitor)));
    const better = "lower";
    rows.push({
      bench: "probes",
      row: `cpu_per_${name}_check`,
      value,
      spread,
      unit: "ms",
      target: targetsMs[name],
      better,
    });
    if (other === null) continue;
    const [theirs, range] = await measure(
      () => cpuMs(other.pid),
      other.once(name === "tcp" ? "tcp" : "http", target),
    );
    rows.push({
      bench: "probes",
      row: `cpu_per_${name}_check_of_blackbox_exporter`,
      value: theirs,
      spread: range,
      unit: "ms",
    });
    const ratio = value / theirs;
    rows.push({
      bench: "probes",
      row: `${name}_share_of_blackbox_exporter`,
      value: ratio,
      unit: "×",
      target: 0.7,
      better,
    });
  }
  await other?.end();
  const slowdown = await besideSilence(cases.http.monitor);
  rows.push({
    bench: "probes",
    row: "slowdown_beside_1000_silent_targets",
    value: slowdown,
    unit: "×",
    better: "lower",
  });
  const wanted: Readonly<Record<string, number>> = {
    lateness_p99_of_worst_minute: 100,
    resident_at_end: 400,
  };
  for (const row of await measureFleet(FLEET, FLEET_INTERVAL_SECS, 2)) {
    const name = `${row.row}_with_${FLEET}_monitors`;
    rows.push({ ...row, bench: "probes", row: name, target: wanted[row.row] ?? row.target });
  }
  report(rows, options);
}
