import { letterOf, stateOfLetter } from "../domain/days.ts";
import type { MonitorView } from "../domain/summary.ts";
import { escapeXml } from "./escape.ts";
import { type Frame, monitorPath, PLACE, timeText } from "./layout.tsx";
import { dayBarSvg, isWell, markSvg } from "./svg_parts.tsx";
import { DAY_MS, isoDay, isoSecond, shortDay, shortDayWithYear } from "./times.ts";
import { phraseOf, shapeOf } from "./trouble.ts";
import { budgetMinutes, latencies, latency, percent, target } from "./figures.ts";
import { words } from "./words.ts";

/** For so many kinds of readers rows are kept: themes, those with a pass, and the short lists of group pages. */
const MOST_READERS = 8;

/** Keeps the drawn row of each monitor as long as the board hands out the same view of it. */
export class RowCache {
  readonly #readers = new Map<string, WeakMap<MonitorView, string>>();

  /** Rows as those see them who are given this frame. */
  of(frame: Frame, isCompact: boolean): (monitor: MonitorView) => string {
    const day = Math.floor(frame.now / DAY_MS);
    const reader = `${isCompact} ${frame.isOperator} ${frame.zone ?? ""} ${day} ${frame.url("")}`;
    const drawn = this.#readers.get(reader) ?? new WeakMap<MonitorView, string>();
    this.#readers.delete(reader);
    this.#readers.set(reader, drawn);
    if (this.#readers.size > MOST_READERS) this.#readers.delete(this.#readers.keys().next().value!);
    return (monitor) => {
      let row = drawn.get(monitor);
      if (row === undefined) {
        row = rowHtml(monitor, frame, frame.url(monitorPath(monitor.id)), isCompact);
        drawn.set(monitor, row);
      }
      return row;
    };
  }
}

/**
 * One monitor as an item of its group's list. A string and no elements: a page may hold many hundreds, and they are most of what a page
 * costs. On such pages (`isCompact`) a monitor that is up takes one line; the group's line says that all of it is up.
 */
export function rowHtml(monitor: MonitorView, frame: Frame, href: string, isCompact: boolean): string {
  const isBrief = isCompact && shapeOf(monitor) === "up";
  const { letters } = monitor.days;
  const isQuiet = isCompact && isWell(letters);
  const { p50, p95, p99 } = monitor.latency;
  return (isCompact && !isBrief ? '<li class="x">' : "<li>") +
    (isBrief ? "" : markSvg(shapeOf(monitor))) +
    `<a href="${escapeXml(href)}">${escapeXml(monitor.name)}</a>` +
    (isBrief ? "" : stateHtml(monitor, frame)) +
    dayBarSvg(letters, isQuiet ? null : daysLabel(monitor)) +
    `<b>${percent(monitor.uptimeBar)}</b><i>${latencies([p50, p95, p99])}</i>` +
    extrasHtml(extrasOf(monitor, frame)) + "</li>";
}

/** The word of the state and since when. */
function stateHtml(monitor: MonitorView, frame: Frame): string {
  const shape = shapeOf(monitor);
  const { sinceAt } = monitor;
  const phrase = phraseOf(monitor);
  const tag = shape === "up" ? "small" : `small class="${shape}"`;
  if (sinceAt === null || shape === "maintenance") return `<${tag}>${escapeXml(phrase)}</small>`;
  const time = `<time datetime="${isoSecond(sinceAt)}">${escapeXml(dayOrTime(sinceAt, frame))}</time>`;
  return `<${tag}>${escapeXml(words.since(phrase, PLACE)).replace(PLACE, () => time)}</small>`;
}

/** `14:05 UTC` on the day of now, the day alone before it. */
function dayOrTime(at: number, frame: Frame): string {
  if (isoDay(at) === isoDay(frame.now)) return timeText(at, frame);
  return shortDayWithYear(at, frame.now);
}

function extrasHtml(extras: readonly Extra[]): string {
  if (extras.length === 0) return "";
  const spans = extras.map(({ class: name, text }) =>
    `<span${name === undefined ? "" : ` class="${name}"`}>${escapeXml(text)}</span>`
  );
  return `<p>${spans.join("")}</p>`;
}

const NAMED_DAYS = 5;

/** The days of a bar that were not well, in words: the newest by name. */
export function daysLabel({ days }: Pick<MonitorView, "days">): string {
  const { letters, startAt } = days;
  const named: string[] = [];
  let more = 0;
  for (let index = letters.length - 1; index >= 0; index--) {
    const letter = letters[index];
    if (letter !== letterOf.down && letter !== letterOf.degraded) continue;
    if (named.length === NAMED_DAYS) more += 1;
    else named.push(`${shortDay(startAt + index * DAY_MS)} ${words.day[stateOfLetter(letter)]}`);
  }
  return words.badDays(named, more, days.length);
}

/** A remark below a row. */
export interface Extra {
  readonly text: string;
  readonly class?: string;
}

/** What a row says only when there is a reason to: topology, short certificates and domains, budgets, silences. */
export function extrasOf(
  monitor: MonitorView,
  frame: Pick<Frame, "now" | "zone" | "domainWarnDays">,
): Extra[] {
  const extras: Extra[] = [];
  if (monitor.maintenance !== null) {
    if (monitor.maintenance !== "") extras.push({ text: monitor.maintenance });
    if (monitor.status === "down") extras.push({ text: words.unanswered });
  }
  if (monitor.cause !== null) extras.push({ text: words.causedBy(monitor.cause), class: "bad" });
  const { sloLatencyMs, latency: { p95 } } = monitor;
  if (sloLatencyMs !== null && p95 !== null && p95 > sloLatencyMs) {
    extras.push({ text: words.objectiveMissed(latency(sloLatencyMs)), class: "warn" });
  }
  if (monitor.budget !== null) extras.push(budgetExtra(monitor.budget));
  if (monitor.certificate !== null) {
    const days = Math.floor((monitor.certificate.notAfterAt - frame.now) / DAY_MS);
    if (days <= monitor.certificateWarnDays) {
      extras.push({ text: words.certificateDays(days), class: days < 0 ? "bad" : "warn" });
    }
  }
  if (monitor.domain !== null) {
    const days = Math.floor((monitor.domain.expiresAt - frame.now) / DAY_MS);
    if (days <= frame.domainWarnDays) {
      extras.push({ text: words.domainDays(monitor.domain.name, days), class: days < 0 ? "bad" : "warn" });
    }
  }
  if (monitor.silencedUntilAt !== null) {
    extras.push({ text: words.silencedUntil(timeText(monitor.silencedUntilAt, frame)) });
  }
  if (!monitor.public) extras.push({ text: words.private });
  return extras;
}

function budgetExtra(budget: NonNullable<MonitorView["budget"]>): Extra {
  const goal = `${target(budget.targetPercent)},\u00a0${budget.windowDays}\u00a0d`;
  if (budget.state === "breached") return { text: words.budgetSpent(goal), class: "bad" };
  return {
    text: words.budgetLeft(budgetMinutes(budget.leftMinutes), goal),
    class: budget.state === "low" ? "warn" : undefined,
  };
}
