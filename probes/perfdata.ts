import type { Metric } from "../domain/outcome.ts";

const MAX_METRICS = 50;
const MAX_LABEL = 60;

/**
 * Performance data of a plugin: what stands behind the first `|` of the first line, and behind the `|` of the longer text below it.
 * `'label'=value[unit];warn;crit;min;max`, blanks between. What cannot be read is left out.
 */
export function parsePerfdata(stdout: string): Metric[] {
  const lines = stdout.split(/\r?\n/);
  const first = lines[0].indexOf("|");
  let text = first < 0 ? "" : lines[0].slice(first + 1);
  const rest = lines.slice(1).join(" ");
  if (rest.includes("|")) text += ` ${rest.slice(rest.indexOf("|") + 1)}`;
  const metrics: Metric[] = [];
  const one = /(?:'((?:[^']|'')+)'|([^\s'=]+))=(-?[0-9]+(?:[.,][0-9]+)?(?:e[+-]?[0-9]+)?)([a-z%µ]*)/giu;
  for (const [, quoted, plain, number, unit] of text.matchAll(one)) {
    const value = Number(number.replace(",", "."));
    const label = (quoted?.replaceAll("''", "'") ?? plain).replace(/[\u0000-\u001f\u007f-\u009f]/g, "");
    if (!Number.isFinite(value) || label === "" || metrics.length === MAX_METRICS) continue;
    metrics.push({ label: label.slice(0, MAX_LABEL), value, unit: unit.slice(0, 10) });
  }
  return metrics;
}
