/** What every benchmark gets from the command line. */
export interface BenchOptions {
  /** Which copy of the data set: 1d takes under a minute, 90d is the yardstick. */
  readonly scale: "1d" | "7d" | "90d";
  /** One JSON object a line instead of a table. */
  readonly json: boolean;
}

/** One measured figure. */
export interface BenchRow {
  readonly bench: string;
  readonly row: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: number;
  readonly better?: "lower" | "higher";
  /** Smallest and largest of the runs, where there were several. */
  readonly spread?: readonly [number, number];
}

/** Prints figures as the options ask. */
export function report(rows: readonly BenchRow[], options: BenchOptions): void {
  const lines = options.json ? rows.map((row) => JSON.stringify(row)) : table(rows);
  Deno.stdout.writeSync(new TextEncoder().encode(lines.join("\n") + "\n"));
}

function table(rows: readonly BenchRow[]): string[] {
  const cells = rows.map((row) => [
    `${row.bench}: ${row.row}`,
    `${shown(row.value)} ${row.unit}`,
    row.spread === undefined ? "" : `${shown(row.spread[0])} … ${shown(row.spread[1])}`,
    row.target === undefined ? "" : shown(row.target),
  ]);
  const all = [["what", "measured", "spread", "target"], ["---", "---", "---", "---"], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((line) => line[column].length)));
  return all.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`);
}

/** Three significant digits, whole numbers whole. */
export function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}
