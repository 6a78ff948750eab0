import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Summary } from "../domain/summary.ts";
import { pageApp } from "../tests/support/page_app.ts";
import { NOW, states } from "../tests/support/summaries.ts";
import type { Frame } from "../views/layout.tsx";
import { RowCache } from "../views/monitor_row.ts";
import { drawGroups, StatusPage } from "../views/status_page.tsx";
import { statusText } from "../views/text.ts";
import { type BenchOptions, type BenchRow, report } from "./report.ts";

/** The status page of 700 monitors: what a change costs to draw and to answer, and what goes over the wire. */

const RUNS = 51;
const WARM_UP = 40;

const frame: Frame = {
  title: "Harbour",
  description: null,
  links: [],
  logo: null,
  styleUrl: "/assets/style-000000000000.css",
  theme: null,
  now: NOW,
  zone: null,
  isOperator: false,
  days: 90,
  domainWarnDays: 30,
  iconUrl: "/favicon.svg?state=up",
  feedUrl: "/history.atom",
  carried: [],
  url: (path) => path,
};

function draw(summary: Summary, rows: RowCache): string {
  return String(
    <StatusPage
      frame={frame}
      summary={summary}
      group={null}
      recent={[]}
      quietSinceAt={null}
      channelTrouble={[]}
      groups={[...drawGroups({ frame, summary, group: null, rows })].join("")}
    />,
  );
}

/** The same summary after one more check of one monitor. */
function changed(summary: Summary, which: number): Summary {
  const monitors = [...summary.monitors];
  monitors[which % monitors.length] = { ...monitors[which % monitors.length], lastLatencyMs: which };
  return { ...summary, monitors };
}

async function timed(row: string, run: (n: number) => unknown, target?: number): Promise<BenchRow> {
  for (let n = 0; n < WARM_UP; n++) await run(n);
  const times: number[] = [];
  for (let n = 0; n < RUNS; n++) {
    const startedAt = performance.now();
    await run(WARM_UP + n);
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  const value = times[Math.floor(RUNS / 2)];
  return {
    bench: "pages",
    row,
    value,
    unit: "ms",
    target,
    better: "lower",
    spread: [times[0], times[RUNS - 1]],
  };
}

export async function run(options: BenchOptions): Promise<void> {
  const summary = states.seven_hundred();
  const drawn = new RowCache();
  const html = draw(summary, drawn);
  const size = (row: string, value: number, target: number): BenchRow => ({
    bench: "pages",
    row,
    value,
    unit: "byte",
    target,
    better: "lower",
  });
  const brotli = brotliCompressSync(html, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
  const rows = [
    await timed("draw_all_700", () => draw(summary, new RowCache()), 10),
    await timed("draw_after_one_check", (n) => draw(changed(summary, n), drawn), 10),
    await timed("draw_as_text", () => statusText(summary, "Harbour"), 10),
    await answering(summary),
    size("bytes_raw", new TextEncoder().encode(html).length, 150_000),
    size("bytes_gzip", gzipSync(html, { level: 5 }).length, 25_000),
    size("bytes_brotli", brotli.length, 25_000),
  ];
  report(rows, options);
}

/** A whole answer, compressed, after one more check: routing, incidents, drawing, validator, compression. */
async function answering(first: Summary): Promise<BenchRow> {
  let summary = first;
  await using app = await pageApp((viewer) => viewer.kind === "operator" ? first : summary);
  const board = app.deps.board as { version: number };
  return await timed("answer_after_one_check", async (n) => {
    summary = changed(summary, n);
    board.version += 1;
    const response = await app.get("/", { "accept-encoding": "br" });
    await response.arrayBuffer();
  });
}
