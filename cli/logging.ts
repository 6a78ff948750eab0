import {
  configure,
  type Filter,
  getAnsiColorFormatter,
  getJsonLinesFormatter,
  getTextFormatter,
  type LogLevel,
  type LogRecord,
} from "@logtape/logtape";
import { err } from "./command.ts";

type Env = Readonly<Record<string, string | undefined>>;

const levels: Readonly<Record<string, LogLevel | null>> = {
  trace: "trace",
  debug: "debug",
  info: "info",
  warn: "warning",
  warning: "warning",
  error: "error",
  off: null,
};
const order: readonly LogLevel[] = ["trace", "debug", "info", "warning", "error", "fatal"];

/** Which records are logged: a level for all, and levels for parts of Hora. */
export interface LogFilter {
  readonly all: LogLevel | null;
  readonly parts: ReadonlyMap<string, LogLevel | null>;
}

/** Reads `info`, `debug,store=warn` or `hora.store=warn`. Null: not understood. */
function parseLogFilter(text: string): LogFilter | null {
  let all: LogLevel | null = "info";
  const parts = new Map<string, LogLevel | null>();
  for (const item of text.split(",").map((part) => part.trim().toLowerCase()).filter((part) => part !== "")) {
    const [, part, name] = /^(?:([a-z0-9_.:]+)=)?([a-z]+)$/.exec(item) ?? [];
    if (name === undefined || !Object.hasOwn(levels, name)) return null;
    const category = part?.replace(/::/g, ".").replace(/^hora(\.|$)/, "");
    if (category === undefined || category === "") all = levels[name];
    else parts.set(category, levels[name]);
  }
  return { all, parts };
}

/** Is a record of this category and level let through? */
export function passes(filter: LogFilter, category: readonly string[], level: LogLevel): boolean {
  const part = category.slice(1).join(".");
  const wanted = filter.parts.has(part) ? filter.parts.get(part)! : filter.all;
  return wanted !== null && order.indexOf(level) >= order.indexOf(wanted);
}

/**
 * Sends the logs of the whole process to standard error: readable lines, in colour on a terminal, or one JSON object a line with
 * `HORA_LOG_FORMAT=json`. `HORA_LOG` chooses what is logged; a filter that is not understood is said and read as `info`.
 */
export async function startLogging(env: Env): Promise<void> {
  const asked = env.HORA_LOG ?? "info";
  const parsed = parseLogFilter(asked);
  if (parsed === null) err(`HORA_LOG is not a log filter: ${JSON.stringify(asked)}; using info`);
  const filter = parsed ?? { all: "info" as const, parts: new Map() };
  const format = formatter(env);
  const bytes = new TextEncoder();
  const only: Filter = (record: LogRecord) => passes(filter, record.category, record.level);
  await configure({
    reset: true,
    sinks: { stderr: (record) => void Deno.stderr.writeSync(bytes.encode(format(record))) },
    filters: { only },
    loggers: [
      { category: "hora", lowestLevel: "trace", sinks: ["stderr"], filters: ["only"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
    ],
  });
}

function formatter(env: Env): (record: LogRecord) => string {
  if (env.HORA_LOG_FORMAT === "json") return getJsonLinesFormatter();
  const options = {
    timestamp: "rfc3339",
    level: "ABBR",
    category: (category: readonly string[]) => category.slice(1).join(".") || "hora",
    value: (value: unknown, inspect: (value: unknown) => string) =>
      typeof value === "string" ? value : inspect(value),
  } as const;
  return Deno.stderr.isTerminal() && env.NO_COLOR === undefined
    ? getAnsiColorFormatter(options)
    : getTextFormatter(options);
}
