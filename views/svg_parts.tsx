import { raw } from "hono/html";
import { letterOf } from "../domain/days.ts";
import type { DayState, HourView } from "../domain/summary.ts";
import type { Status } from "../domain/status.ts";
import { escapeXml } from "./escape.ts";

/**
 * The pictures' building blocks. Shapes and colours come from classes, so one drawing serves both themes; each state has a shape, a
 * height and a colour of its own. Nothing here needs a script or a style attribute.
 */

export type Shape = Status | "maintenance";

/** One decimal, as short as can be. */
export const round = (n: number) => String(Math.round(n * 10) / 10);
const shapeIds: Record<Shape, string> = { up: "u", degraded: "s", down: "d", unknown: "n", maintenance: "w" };

/** What every page defines once and refers to: the five shapes, the bar of a monitor that was well all along, the fold's arrow. */
export function Sprite({ days }: { days: number }) {
  return (
    <svg class="sprite" width="0" height="0" aria-hidden="true" focusable="false">
      <symbol id="u" viewBox="0 0 16 16">
        <circle class="f-up" cx="8" cy="8" r="7" />
      </symbol>
      <symbol id="s" viewBox="0 0 16 16">
        <path class="f-slow" d="M8 .8 15.6 14.6H.4z" />
      </symbol>
      <symbol id="d" viewBox="0 0 16 16">
        <path class="f-down" d="M4.2 0h7.6L16 4.2v7.6L11.8 16H4.2L0 11.8V4.2z" />
        <path class="cross" d="m5 5 6 6m0-6-6 6" />
      </symbol>
      <symbol id="w" viewBox="0 0 16 16">
        <path class="f-work" d="m8 0 8 8-8 8-8-8z" />
      </symbol>
      <symbol id="n" viewBox="0 0 16 16">
        <circle class="ring" cx="8" cy="8" r="6.4" />
      </symbol>
      <symbol id="a" viewBox={`0 0 ${days * 4} 28`} preserveAspectRatio="none">
        <path class="u" d={`M0 14h${days * 4 - 1}`} />
      </symbol>
      <symbol id="h" viewBox="0 0 16 16">
        <circle class="tiny" cx="8" cy="8" r="6.2" />
      </symbol>
      <symbol id="f" viewBox="0 0 12 12">
        <path class="arrow" d="m4 1.5 4.5 4.5L4 10.5" />
      </symbol>
    </svg>
  );
}

/** A state's shape; `label` when no word stands beside it. */
export function markSvg(shape: Shape, label?: string): string {
  const named = label === undefined ? ' aria-hidden="true"' : ` role="img" aria-label="${escapeXml(label)}"`;
  return `<svg class="i"${named}><use href="#${shapeIds[shape]}"/></svg>`;
}

/** The same among elements. */
export function Mark({ shape, label }: { shape: Shape; label?: string }) {
  return raw(markSvg(shape, label));
}

const ringRadii: Record<DayState, readonly [number, number]> = {
  up: [43, 52],
  degraded: [43, 56],
  down: [43, 60],
  planned: [43, 54],
  empty: [46, 49],
};
/** Class names that fill with the colour of a state. */
export const fills: Record<DayState, string> = {
  up: "f-up",
  degraded: "f-slow",
  down: "f-down",
  planned: "f-work",
  empty: "f-none",
};
const drawOrder: readonly DayState[] = ["empty", "up", "planned", "degraded", "down"];

/** One segment of the hour ring as path data; `slot` 0 is the oldest hour and begins at twelve o'clock. */
function ringSegment(slot: number, inner: number, outer: number, gap = 2): string {
  const at = (radius: number, degrees: number) => {
    const angle = (degrees * Math.PI) / 180;
    return `${round(64 + radius * Math.sin(angle))} ${round(64 - radius * Math.cos(angle))}`;
  };
  const from = slot * 15 + gap;
  const to = slot * 15 + 15 - gap;
  return `M${at(inner, from)}L${at(outer, from)}A${outer} ${outer} 0 0 1 ${at(outer, to)}` +
    `L${at(inner, to)}A${inner} ${inner} 0 0 0 ${at(inner, from)}z`;
}

/** The ring's paths, one per state. */
function ringPaths(hours: readonly HourView[]): { state: DayState; d: string }[] {
  const shown = hours.slice(-24);
  const offset = 24 - shown.length;
  return drawOrder.map((state) => {
    const [inner, outer] = ringRadii[state];
    const slots = [...Array(24).keys()].filter((slot) => (shown[slot - offset]?.state ?? "empty") === state);
    return { state, d: slots.map((slot) => ringSegment(slot, inner, outer)).join("") };
  }).filter(({ d }) => d !== "");
}

const signs: Record<Shape, { class: string; d: string }> = {
  up: { class: "sign p-up", d: "m49 65 10 10 20-22" },
  degraded: { class: "sign p-slow", d: "M64 47v21m0 13v.5" },
  down: { class: "sign p-down", d: "m52 52 24 24m0-24L52 76" },
  unknown: { class: "sign p-none", d: "M50 64h.5m13.5 0h.5m13 0h.5" },
  maintenance: { class: "sign p-work", d: "M64 48 80 64 64 80 48 64z" },
};

/** Our mark: the last 24 hours of everything shown, newest ending at twelve o'clock, the state now in the middle. */
export function HourRing({ hours, now, label }: { hours: readonly HourView[]; now: Shape; label: string }) {
  return (
    <svg class="hours" viewBox="0 0 128 128" role="img" aria-label={label}>
      {ringPaths(hours).map(({ state, d }) => <path class={fills[state]} d={d} />)}
      <path class={signs[now].class} d={signs[now].d} />
    </svg>
  );
}

const iconColours: Record<Shape, string> = {
  up: "#2f8f5b",
  degraded: "#b97c0a",
  down: "#c8372d",
  unknown: "#8a867e",
  maintenance: "#4a6fb5",
};

/** The mark as a favicon: twelve segments and the sign, in the state's colour; stands alone, without a style sheet. */
export function faviconSvg(now: Shape): string {
  const colour = iconColours[now];
  const at = (radius: number, degrees: number) => {
    const angle = (degrees * Math.PI) / 180;
    return `${round(64 + radius * Math.sin(angle))} ${round(64 - radius * Math.cos(angle))}`;
  };
  const ring = [...Array(12).keys()].map((slot) => {
    const outer = now === "down" && slot === 11 ? 64 : 58;
    const [from, to] = [slot * 30 + 4, slot * 30 + 26];
    return `M${at(44, from)}L${at(outer, from)}A${outer} ${outer} 0 0 1 ${at(outer, to)}L${
      at(44, to)
    }A44 44 0 0 0 ${at(44, from)}z`;
  }).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128"><path fill="${colour}" d="${ring}"/>` +
    `<path fill="none" stroke="${colour}" stroke-width="11" stroke-linecap="round" stroke-linejoin="round" d="${
      signs[now].d
    }"/></svg>\n`;
}

const barClasses: Record<DayState, string> = { up: "u", degraded: "s", down: "d", planned: "w", empty: "n" };

/** A daily bar, its days in letters, as one path per state: runs of equal days are one dashed stroke. */
export function barPaths(letters: string): { class: string; d: string }[] {
  const data = new Map<string, string>();
  for (let from = 0; from < letters.length;) {
    const letter = letters[from];
    let to = from + 1;
    while (to < letters.length && letters[to] === letter) to += 1;
    data.set(letter, `${data.get(letter) ?? ""}M${from * 4} 14h${(to - from) * 4 - 1}`);
    from = to;
  }
  return drawOrder.filter((state) => data.has(letterOf[state])).map((state) => ({
    class: barClasses[state],
    d: data.get(letterOf[state])!,
  }));
}

/** Were all days of a bar well? */
export function isWell(letters: string): boolean {
  for (let i = 0; i < letters.length; i++) if (letters[i] !== letterOf.up) return false;
  return letters !== "";
}

/**
 * Days as bars: up is low, degraded higher, down full, no data a stub. `label` names the days that were not well. A string and no
 * element, because a page may hold many hundreds of them.
 */
export function dayBarSvg(letters: string, label: string | null): string {
  const named = label === null ? "" : ` role="img" aria-label="${escapeXml(label)}"`;
  if (isWell(letters)) {
    return `<svg class="b"${named}><use href="#a"/></svg>`;
  }
  const paths = barPaths(letters).map((path) => `<path class="${path.class}" d="${path.d}"/>`).join("");
  return `<svg class="b" viewBox="0 0 ${
    letters.length * 4
  } 28" preserveAspectRatio="none"${named}>${paths}</svg>`;
}

/** The same among elements. */
export function DayBar({ letters, label }: { letters: string; label: string }) {
  return raw(dayBarSvg(letters, label));
}
