import type { Metric } from "../domain/outcome.ts";
import { clean } from "./verdict.ts";

const MAX_METRICS = 50;
const MAX_LABEL = 60;

/** `'label'=value[unit]`, then limits, a blank, or the comma that some put between. */
const one =
  /(?:'((?:[^']|''){1,200})'|([^\s'=,|;][^\s'=]*))=([-+]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:e[+-]?[0-9]+)?)([a-z%µ°Ω/]*)(?=[;,\s]|$)/giu;

/**
 * Performance data of a plugin: what stands behind the first `|` of the first line, and behind the `|` of the longer text below it.
 * `'label'=value[unit];warn;crit;min;max`, blanks between. What cannot be read is left out, and of two under one name the second.
 */
export function parsePerfdata(stdout: string): Metric[] {
  const lines = stdout.split(/\r?\n/);
  const first = lines[0].indexOf("|");
  let text = first < 0 ? "" : lines[0].slice(first + 1);
  const rest = lines.slice(1).join(" ");
  if (rest.includes("|")) text += ` ${rest.slice(rest.indexOf("|") + 1)}`;
  const metrics = new Map<string, Metric>();
  for (const [, quoted, plain, number, unit] of text.replaceAll("|", " ").matchAll(one)) {
    const value = Number(number.replace(",", "."));
    const label = clean(quoted?.replaceAll("''", "'") ?? plain, MAX_LABEL);
    if (!Number.isFinite(value) || label === "" || metrics.has(label)) continue;
    if (metrics.size === MAX_METRICS) break;
    metrics.set(label, { label, value, unit: unit.slice(0, 10) });
  }
  return [...metrics.values()];
}
