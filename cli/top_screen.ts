/** What `hora top` shows, as pure text: state in, lines out. Fields are those of `GET /api/summary`. */

export interface TopMonitor {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly group?: string | null;
  readonly last_error?: string;
  readonly uptime_24h_permille?: number | null;
  readonly latency_p50_ms?: number | null;
  readonly latency_p95_ms?: number | null;
  readonly latency_p99_ms?: number | null;
}

export interface TopSummary {
  readonly title: string;
  readonly overall_label: string;
  readonly overall?: string;
  readonly incidents?: readonly { readonly title: string; readonly severity: string }[];
  readonly monitors: readonly TopMonitor[];
}

export interface TopState {
  readonly url: string;
  readonly summary: TopSummary | null;
  readonly updatedAt: number | null;
  readonly selected: string | null;
  readonly latencies: readonly number[];
  /** Why the newest refresh failed; null: it did not. */
  readonly trouble: string | null;
  /** What the newest action led to. */
  readonly notice: string | null;
  /** What is being typed, with its label; null: no input is open. */
  readonly input: { readonly label: string; readonly text: string } | null;
}

const colours: Readonly<Record<string, string>> = { up: "32", degraded: "33", down: "31", unknown: "90" };
const dots: Readonly<Record<string, string>> = { up: "●", degraded: "◐", down: "○", unknown: "·" };
const steps = "▁▂▃▄▅▆▇█";

const paint = (text: string, code: string): string => `\x1b[${code}m${text}\x1b[0m`;
/** Remote text must not steer the terminal. */
// deno-lint-ignore no-control-regex
const clean = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, " ");

function cell(text: string, width: number, alignRight = false): string {
  const characters = [...clean(text)];
  const cut = characters.length > width ? [...characters.slice(0, Math.max(0, width - 1)), "…"] : characters;
  const space = " ".repeat(Math.max(0, width - cut.length));
  return alignRight ? space + cut.join("") : cut.join("") + space;
}

/** The whole screen: exactly `rows` lines at most `columns` wide. */
export function drawTop(state: TopState, columns: number, rows: number): string[] {
  const head = header(state, columns);
  const tail = [
    ...sparkline(state, columns),
    ...troubles(state, columns),
    footer(state, columns),
  ];
  const room = Math.max(1, rows - head.length - tail.length);
  const body = table(state, columns, room);
  while (body.length < room) body.push("");
  return [...head, ...body, ...tail].slice(0, rows);
}

function header({ summary, updatedAt, url, trouble }: TopState, columns: number): string[] {
  const updated = updatedAt === null
    ? ""
    : `  updated ${new Date(updatedAt).toISOString().slice(11, 19)} UTC`;
  const title = clean(summary?.title ?? "hora top");
  const label = summary === null ? "" : `  ${clean(summary.overall_label)}`;
  const rest = cell(`${updated}  ${url}`, Math.max(0, columns - title.length - label.length));
  const overall = paint(label, colours[summary?.overall ?? ""] ?? "37");
  const line = paint(title, "1") + overall + rest;
  return trouble === null ? [line, ""] : [line, paint(cell(trouble, columns), "31")];
}

function table({ summary, selected }: TopState, columns: number, room: number): string[] {
  const widths = [Math.max(12, Math.min(28, columns - 60)), 12, 7, 7, 7, 7];
  const last = Math.max(8, columns - 2 - widths.reduce((a, b) => a + b + 1, 0));
  const row = (cells: readonly string[]): string =>
    [...widths, last].map((width, index) => cell(cells[index], width, index >= 2 && index <= 5)).join(" ");
  const titles = `  ${row(["MONITOR", "GROUP", "UP 24H", "P50", "P95", "P99", "LAST ERROR"])}`;
  const monitors = summary?.monitors ?? [];
  const at = Math.max(0, monitors.findIndex(({ id }) => id === selected));
  const first = Math.max(0, Math.min(at - Math.floor((room - 1) / 2), monitors.length - (room - 1)));
  const lines = monitors.slice(first, first + room - 1).map((monitor) => {
    const text = row([
      monitor.name,
      monitor.group ?? "-",
      percent(monitor.uptime_24h_permille),
      number(monitor.latency_p50_ms),
      number(monitor.latency_p95_ms),
      number(monitor.latency_p99_ms),
      monitor.last_error ?? "-",
    ]);
    const colour = colours[monitor.status] ?? "37";
    return paint(`${dots[monitor.status] ?? "?"} ${text}`, monitor.id === selected ? `7;${colour}` : colour);
  });
  return [paint(titles.slice(0, columns), "1"), ...lines];
}

const number = (value: number | null | undefined): string =>
  value === null || value === undefined ? "-" : String(value);
const percent = (permille: number | null | undefined): string =>
  permille === null || permille === undefined ? "-" : `${(permille / 10).toFixed(1)}%`;

function sparkline({ summary, selected, latencies }: TopState, columns: number): string[] {
  const monitor = summary?.monitors.find(({ id }) => id === selected);
  if (monitor === undefined) return ["", ""];
  const shown = latencies.slice(-columns);
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const line = shown.map((value) => steps[high === low ? 0 : Math.round(((value - low) / (high - low)) * 7)]);
  return [
    cell(`latency 24h - ${monitor.name} (p95 ${number(monitor.latency_p95_ms)} ms)`, columns),
    line.join(""),
  ];
}

function troubles({ summary }: TopState, columns: number): string[] {
  if (summary === null) return [];
  const banners = (summary.incidents ?? []).slice(0, 2).map(({ title, severity }) =>
    paint(cell(`[${severity}] ${title}`, columns), "36")
  );
  const wrong = summary.monitors.filter(({ status }) => status === "down" || status === "degraded").slice(
    0,
    3,
  );
  const lines = wrong.map(({ name, status, last_error }) =>
    paint(cell(`${name}: ${last_error ?? status}`, columns), colours[status])
  );
  return [...banners, ...(lines.length > 0 ? lines : [paint("all monitors up", "32")])];
}

function footer({ input, notice }: TopState, columns: number): string {
  if (input !== null) return cell(`${input.label}: ${input.text}█`, columns);
  const keys = "q quit  j/k move  r refresh  a announce  s silence  C clear banners";
  return paint(cell(notice === null ? keys : `${keys}  | ${notice}`, columns), "90");
}
