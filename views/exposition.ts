export type MetricType = "gauge" | "counter" | "summary" | "stateset";
export type Labels = readonly (readonly [string, string])[];

export interface Sample {
  /** Added to the family's name, such as `_sum`. */
  readonly suffix?: string;
  readonly labels?: Labels;
  /** A text stands there as it is, where a number of decimals is promised. */
  readonly value: number | string;
}

/** One metric family. A counter's `name` ends in `_total`. */
export interface Family {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly samples: Iterable<Sample>;
}

export type Dialect = "prometheus" | "openmetrics";

export const expositionTypes: Readonly<Record<Dialect, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

const escapeLabel = (text: string): string =>
  /[\\"\n]/.test(text) ? text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n") : text;

/** Lines in a piece of the text: some tens of kilobytes. */
const LINES_A_PIECE = 500;

/**
 * Writes families in the Prometheus text format, or in OpenMetrics with its closing line. The text comes in pieces, each made when it is
 * asked for, because that of a large fleet has megabytes.
 */
export function* exposition(families: readonly Family[], dialect: Dialect): Generator<string> {
  let lines: string[] = [];
  for (const line of linesOf(families, dialect)) {
    lines.push(line);
    if (lines.length < LINES_A_PIECE) continue;
    yield lines.join("\n") + "\n";
    lines = [];
  }
  if (lines.length > 0) yield lines.join("\n") + "\n";
}

function* linesOf(families: readonly Family[], dialect: Dialect): Generator<string> {
  for (const { name, type, help, samples } of families) {
    const family = dialect === "openmetrics" ? name.replace(/_total$/, "") : name;
    const kind = dialect === "prometheus" && type === "stateset" ? "gauge" : type;
    yield `# HELP ${family} ${help}`;
    yield `# TYPE ${family} ${kind}`;
    for (const { suffix = "", labels = [], value } of samples) {
      let inside = "";
      for (const [key, text] of labels) inside += `${inside === "" ? "" : ","}${key}="${escapeLabel(text)}"`;
      yield `${name}${suffix}${inside === "" ? "" : `{${inside}}`} ${value}`;
    }
  }
  if (dialect === "openmetrics") yield "# EOF";
}
