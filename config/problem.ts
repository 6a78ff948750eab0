/** One mistake (or warning) in a configuration, where it stands and what would be right. */
export interface Problem {
  /** Path of the file as it was given, or the name of an environment variable. */
  readonly file: string;
  /** From 1; 0 when the problem has no place in the file. */
  readonly line: number;
  /** From 1; 0 when the problem has no place in the file. */
  readonly column: number;
  /** Such as `monitors[2].interval_secs`; empty for the file as a whole. */
  readonly path: string;
  /** What is allowed and what was found. Never holds a secret. */
  readonly message: string;
}

/** A mistake or a warning that has not been given its place yet. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly at: "key" | "value";
}

/** `hora.toml:12:17: monitors[2].interval_secs: must be at least 1, got 0`. */
export function formatProblem(problem: Problem): string {
  const place = problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : problem.file;
  return [place, problem.path, problem.message].filter((part) => part !== "").join(": ");
}

/** Order in which a reader meets them in the file. */
export function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column || a.path.localeCompare(b.path);
}

/** `monitors[2].headers."X-Key"`. */
export function formatPath(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += (text === "" ? "" : ".") + (/^[A-Za-z0-9_-]+$/.test(step) ? step : JSON.stringify(step));
  }
  return text;
}

export type Path = readonly (string | number)[];

/** The nearest of the known words, for "did you mean"; null when none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.min(Math.floor(word.length / 3), 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance && distance < Math.min(word.length, candidate.length)) {
      [best, bestDistance] = [candidate, distance];
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, rows[i - 2][j - 2] + 1);
      }
      rows[i][j] = best;
    }
  }
  return rows[a.length][b.length];
}
