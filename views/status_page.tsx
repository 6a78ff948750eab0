import { raw } from "hono/html";
import type { ShownIncident } from "../domain/incident_view.ts";
import type { BannerView, GroupView, MaintenanceView, MonitorView, Summary } from "../domain/summary.ts";
import { type Frame, groupPath, Layout, monitorPath, Time, timeText } from "./layout.tsx";
import {
  type ChartShape,
  chartShape,
  DayBar,
  HourRing,
  LineChart,
  Mark,
  marksOf,
  type Shape,
} from "./svg_parts.tsx";
import { answerOf, isSlow, needingAttention, reasonOf, shapeOf, shapeOfAll, tallyOf } from "./trouble.ts";
import { DAY_MS, dayAndTime, isoSecond, monthName, monthOf, shortDay } from "./times.ts";
import { budgetMinutes, isolate, latency, percent, shortDuration, target, words } from "./words.ts";

export interface StatusProps {
  readonly frame: Frame;
  readonly summary: Summary;
  /** Set on a group's own page. */
  readonly group: string | null;
  readonly recent: readonly ShownIncident[];
  /** When the last incident ended; null: none on record, or one lasts. */
  readonly quietSinceAt: number | null;
  readonly channelTrouble: readonly {
    readonly channel: string;
    readonly failures: number;
    readonly lastError: string;
  }[];
  /** Rows drawn before: unchanged monitors are not drawn again. */
  readonly rows: RowCache;
}

const MOST_CASES = 8;
const COMPACT_FROM = 150;
const MANY_GROUPS = 12;
export const STRETCH_MS = 900_000;

/** The first sentence, then what was announced, what needs attention, the groups, what happened lately. */
export function StatusPage(props: StatusProps) {
  const { frame, summary, group } = props;
  const title = group === null ? frame.title : `${frame.title} · ${group}`;
  const answer = answerOf(summary, props.quietSinceAt);
  const trouble = needingAttention(summary.monitors);
  return (
    <Layout frame={frame} title={title} current="status" footer={<ReportLink frame={frame} group={group} />}>
      {group === null ? null : (
        <p class="crumb">
          <a href={frame.url("/")}>{words.backToStatus}</a> · <bdi>{group}</bdi>
        </p>
      )}
      <section class="hero">
        <HourRing hours={summary.hours} now={answer.shape} label={ringLabel(summary)} />
        <div>
          <h1>{answer.headline}</h1>
          {answer.detail.length === 0 ? null : <p>{answer.detail.join(" ")}</p>}
          {summary.monitors.length === 0 ? <p>{words.noMonitorsHelp}</p> : null}
        </div>
      </section>
      {frame.description === null || group !== null ? null : <p class="lead">{frame.description}</p>}
      <Notes frame={frame} banners={summary.banners} maintenances={summary.maintenances} />
      {props.channelTrouble.map((one) => (
        <div role="note" class="note warning">
          <Mark shape="degraded" />
          <b>{words.operatorNotes}</b>
          <p>{words.channelTrouble(one.channel, one.failures, one.lastError)}</p>
        </div>
      ))}
      {trouble.length === 0 ? null : <Trouble frame={frame} trouble={trouble} />}
      {summary.monitors.length === 0 ? null : <Groups {...props} />}
      {summary.peers === null || summary.peers.length === 0 || group !== null ? null : (
        <>
          <h2>{words.peers}</h2>
          <ul class="peers">
            {summary.peers.map((peer) => (
              <li>
                <Mark shape={peer.status} label={words.state[peer.status]} />
                <bdi>{peer.name}</bdi>
                <small>
                  {peer.lastSeenAt === null
                    ? words.neverSeen
                    : words.lastSeen(timeText(peer.lastSeenAt, frame))}
                  {peer.pings ? `, ${words.heartbeating}` : ""}
                </small>
              </li>
            ))}
          </ul>
        </>
      )}
      {props.recent.length === 0 ? null : <Recent {...props} />}
    </Layout>
  );
}

function ringLabel(summary: Summary): string {
  const bad = summary.hours
    .map((hour, index) => ({ hoursAgo: summary.hours.length - 1 - index, state: hour.state }))
    .filter(({ state }) => state !== "up" && state !== "empty");
  return words.ringLabel(bad.reverse());
}

function ReportLink({ frame, group }: { frame: Frame; group: string | null }) {
  const month = monthOf(frame.now);
  const query = group === null ? "" : `?group=${encodeURIComponent(group)}`;
  return (
    <li>
      <a href={frame.url(`/report/${month}${query}`)}>{words.report(monthName(frame.now))}</a>
    </li>
  );
}

const bannerShapes: Record<BannerView["severity"], Shape> = {
  info: "maintenance",
  warning: "degraded",
  critical: "down",
  resolved: "up",
};

function Notes(
  { frame, banners, maintenances }: {
    frame: Frame;
    banners: readonly BannerView[];
    maintenances: readonly MaintenanceView[];
  },
) {
  return (
    <>
      {banners.map((banner) => (
        <div role="note" class={`note ${banner.severity === "info" ? "work" : banner.severity}`}>
          <Mark shape={bannerShapes[banner.severity]} label={words.severity[banner.severity]} />
          <b>{banner.title}</b>
          {banner.at === null ? null : <Time at={banner.at} frame={frame} />}
          {banner.body === "" ? null : <p>{banner.body}</p>}
        </div>
      ))}
      {maintenances.map((work) => (
        <div role="note" class="note work">
          <Mark shape="maintenance" />
          <b>{words.maintenanceTitle(work.reason)}</b>
          <time datetime={isoSecond(work.endAt)}>{words.until(timeText(work.endAt, frame))}</time>
          <p>{work.names === null ? words.everything : work.names.map(isolate).join(", ")}</p>
        </div>
      ))}
    </>
  );
}

function Trouble({ frame, trouble }: { frame: Frame; trouble: readonly MonitorView[] }) {
  const rest = trouble.length - MOST_CASES;
  return (
    <>
      <h2>{words.needsAttention}</h2>
      <div class="trouble">
        {trouble.slice(0, MOST_CASES).map((monitor) => <Case frame={frame} monitor={monitor} />)}
      </div>
      {rest > 0 ? <p class="more">{words.moreTrouble(rest)}</p> : null}
    </>
  );
}

function Case({ frame, monitor }: { frame: Frame; monitor: MonitorView }) {
  const reason = reasonOf(monitor);
  return (
    <article class={monitor.status === "degraded" ? "case slow" : "case"}>
      <h3>
        <a href={frame.url(monitorPath(monitor.id))}>{monitor.name}</a>
      </h3>
      <DayChart monitor={monitor} now={frame.now} />
      <State monitor={monitor} frame={frame} />
      <p class="why">
        {reason === null ? null : <b>{sentence(reason)}</b>} {whyOf(monitor, frame)}
      </p>
    </article>
  );
}

/** A reason as a sentence of its own. */
export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

function whyOf(monitor: MonitorView, frame: Frame): string {
  const parts: string[] = [];
  if (monitor.cause !== null) parts.push(words.causedBy(monitor.cause));
  if (monitor.impacted.length > 0) parts.push(words.impacts(monitor.impacted));
  if (isSlow(monitor) && monitor.latency.p95 !== null) {
    const goal = monitor.sloLatencyMs === null ? null : latency(monitor.sloLatencyMs);
    parts.push(words.p95Now(latency(monitor.latency.p95), goal));
  }
  if (monitor.silencedUntilAt !== null) {
    parts.push(`${words.silencedUntil(timeText(monitor.silencedUntilAt, frame))}.`);
  }
  return parts.join(" ");
}

/** The line and band of a monitor's last 24 hours; null: nothing was measured. */
export function dayShape(monitor: MonitorView, now: number): ChartShape | null {
  const points = monitor.line.map((p) => ({ at: p.at + STRETCH_MS / 2, mid: p.p50, high: p.p95 }));
  return chartShape(points, now - DAY_MS, now, STRETCH_MS * 2.5);
}

/** A monitor's last 24 hours. */
export function DayChart({ monitor, now, big }: { monitor: MonitorView; now: number; big?: boolean }) {
  const fromAt = now - DAY_MS;
  const marks = marksOf(monitor.line, STRETCH_MS);
  return (
    <LineChart
      shape={dayShape(monitor, now)}
      marks={marks}
      fromAt={fromAt}
      untilAt={now}
      label={words.chartLabel(monitor.name)}
      desc={chartDesc(monitor)}
      big={big}
    />
  );
}

function chartDesc(monitor: MonitorView): string {
  const medians = monitor.line.map((p) => p.p50).filter((ms): ms is number => ms !== null);
  const downMs = monitor.line.filter((p) => p.state === "down").length * STRETCH_MS;
  const bad = downMs === 0 ? "" : words.chartDown(downMs);
  if (medians.length === 0) return bad === "" ? words.chartNothing : bad;
  return words.chartDesc(latency(Math.min(...medians)), latency(Math.max(...medians)), bad);
}

/** Shape, word and since when. */
export function State({ monitor, frame }: { monitor: MonitorView; frame: Frame }) {
  const shape = shapeOf(monitor);
  const { sinceAt } = monitor;
  const phrase = words.statePhrase[shape];
  const text = sinceAt === null || shape === "maintenance"
    ? phrase
    : `${words.since(phrase, timeText(sinceAt, frame))}, ${shortDuration(frame.now - sinceAt)}`;
  return (
    <p>
      <span class={`state ${shape}`}>
        <Mark shape={shape} /> {text}
      </span>
    </p>
  );
}

function Groups(props: StatusProps) {
  const { frame, summary } = props;
  const byId = new Map(summary.monitors.map((monitor) => [monitor.id, monitor]));
  const alone = summary.groups.length === 1;
  const hasNames = summary.groups.some((group) => group.name !== "");
  return (
    <>
      <h2>{words.services}</h2>
      <div class={summary.groups.length > MANY_GROUPS ? "dense" : undefined}>
        {summary.groups.map((group) => {
          const monitors = group.ids.map((id) => byId.get(id)).filter((monitor) => monitor !== undefined);
          return (
            <Group
              frame={frame}
              group={group}
              monitors={monitors}
              isAlone={alone}
              heading={group.name === "" ? (hasNames ? words.others : null) : group.name}
              isOwnPage={props.group !== null}
              isCompact={summary.monitors.length > COMPACT_FROM}
              rows={props.rows}
            />
          );
        })}
      </div>
      <ul class="legend" aria-label={words.legend}>
        {(["up", "degraded", "down", "maintenance", "unknown"] as const).map((shape) => (
          <li>
            <Mark shape={shape} /> {words.state[shape]}
          </li>
        ))}
      </ul>
    </>
  );
}

interface GroupProps {
  readonly frame: Frame;
  readonly group: GroupView;
  readonly monitors: readonly MonitorView[];
  readonly isAlone: boolean;
  readonly isOwnPage: boolean;
  readonly isCompact: boolean;
  readonly heading: string | null;
  readonly rows: RowCache;
}

function Group({ frame, group, monitors, isAlone, isOwnPage, isCompact, heading, rows }: GroupProps) {
  const tally = tallyOf(monitors);
  const isWell = tally.down + tally.degraded + tally.maintenance === 0;
  const body = (
    <>
      <div class="scale" aria-hidden="true">
        <div>
          <span>{words.daysAgo(frame.days)}</span>
          <span>{words.today}</span>
        </div>
        <span>{words.uptime}</span>
        <span>{words.p95}</span>
      </div>
      <ul class={isCompact ? "rows brief" : "rows"}>
        {raw(monitors.map((monitor) => rows.row(monitor, frame, isCompact)).join(""))}
      </ul>
      {group.name === "" || isOwnPage ? null : (
        <p class="own">
          <a href={frame.url(groupPath(group.name))}>{words.groupPage(group.name)}</a>
        </p>
      )}
    </>
  );
  if (heading === null || isOwnPage) return <section class="group plain">{body}</section>;
  return (
    <details class="group" open={!isWell || isAlone}>
      <summary>
        <Mark shape={shapeOfAll(tally)} label={words.state[shapeOfAll(tally)]} />
        <h3>
          <span class="gname">{heading}</span>
          <small>
            {isWell && tally.unknown === 0 ? words.groupCount(monitors.length) : words.groupTrouble(tally)}
          </small>
        </h3>
        <span class="pct">{words.overDays(percent(group.uptime), frame.days)}</span>
        <svg class="fold" aria-hidden="true">
          <use href="#f" />
        </svg>
      </summary>
      {body}
    </details>
  );
}

/** Keeps the drawn row of each monitor as long as the board hands out the same view of it. */
export class RowCache {
  readonly #drawn = new WeakMap<MonitorView, Map<string, string>>();

  row(monitor: MonitorView, frame: Frame, isCompact: boolean): string {
    const href = frame.url(monitorPath(monitor.id));
    const key = `${isCompact} ${frame.isOperator} ${frame.zone ?? ""} ${
      Math.floor(frame.now / DAY_MS)
    } ${href}`;
    const known = this.#drawn.get(monitor) ?? new Map<string, string>();
    const kept = known.get(key);
    if (kept !== undefined) return kept;
    const drawn = String(<Row monitor={monitor} frame={frame} href={href} isCompact={isCompact} />)
      .replace(/><\/(?:use|path)>/g, "/>");
    if (known.size > 3) known.clear();
    known.set(key, drawn);
    this.#drawn.set(monitor, known);
    return drawn;
  }
}

interface RowProps {
  readonly monitor: MonitorView;
  readonly frame: Frame;
  readonly href: string;
  /** On pages with very many monitors the group's line alone says that all of it is up. */
  readonly isCompact: boolean;
}

function Row({ monitor, frame, href, isCompact }: RowProps) {
  const shape = shapeOf(monitor);
  const extras = extrasOf(monitor, frame);
  const isBrief = isCompact && shape === "up";
  return (
    <li class={isCompact && !isBrief ? "x" : undefined}>
      {isBrief ? null : <Mark shape={shape} label={words.state[shape]} />}
      <a href={href}>{monitor.name}</a>
      <DayBar
        states={monitor.days.map((day) => day.state)}
        label={isCompact && monitor.days.every((day) => day.state === "up") ? null : daysLabel(monitor)}
      />
      <b>{percent(monitor.uptimeBar)}</b>
      <i>{latency(monitor.latency.p95)}</i>
      {extras.length === 0 ? null : (
        <p>
          {extras.map((extra) => <span class={extra.class}>{extra.text}</span>)}
        </p>
      )}
    </li>
  );
}

/** The days of a bar that were not well, in words. */
export function daysLabel(monitor: Pick<MonitorView, "days">): string {
  const bad = monitor.days
    .filter((day) => day.state === "down" || day.state === "degraded")
    .reverse()
    .map((day) => `${shortDay(Date.parse(day.date))} ${words.day[day.state]}`);
  return words.badDays(bad, monitor.days.length);
}

interface Extra {
  readonly text: string;
  readonly class?: string;
}

/** What a row says only when there is a reason to: topology, short certificates and domains, budgets, silences. */
export function extrasOf(monitor: MonitorView, frame: Pick<Frame, "now" | "zone">): Extra[] {
  const extras: Extra[] = [];
  if (monitor.maintenance !== null) {
    extras.push({ text: words.maintenanceTitle(monitor.maintenance) });
    if (monitor.status === "down") extras.push({ text: words.unanswered });
  }
  if (monitor.cause !== null) extras.push({ text: words.causedBy(monitor.cause), class: "bad" });
  if (monitor.budget !== null) extras.push(budgetExtra(monitor.budget));
  if (monitor.certificate !== null) {
    const days = Math.floor((monitor.certificate.notAfterAt - frame.now) / DAY_MS);
    if (days <= monitor.certificateWarnDays) {
      extras.push({ text: words.certificateDays(days), class: days < 0 ? "bad" : "warn" });
    }
  }
  if (monitor.domain !== null) {
    const days = Math.floor((monitor.domain.expiresAt - frame.now) / DAY_MS);
    if (days <= 30) {
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
  const goal = `${target(budget.targetPercent)}, ${budget.windowDays} d`;
  if (budget.state === "breached") return { text: words.budgetSpent(goal), class: "bad" };
  return {
    text: words.budgetLeft(budgetMinutes(budget.leftMinutes), goal),
    class: budget.state === "low" ? "warn" : undefined,
  };
}

function Recent({ frame, recent, group }: StatusProps) {
  const all = group === null ? "/history" : `/history?group=${encodeURIComponent(group)}`;
  return (
    <>
      <h2>{words.recent}</h2>
      <ul class="past">
        {recent.map((incident) => <PastItem frame={frame} incident={incident} />)}
      </ul>
      <p class="more">
        <a href={frame.url(all)}>{words.allIncidents}</a>
      </p>
    </>
  );
}

/** One incident as a line of a list. */
export function PastItem({ frame, incident }: { frame: Frame; incident: ShownIncident }) {
  const isOpen = incident.endedAt === null;
  const about = aboutIncident(incident);
  return (
    <li>
      <time datetime={isoSecond(incident.startedAt)}>
        {dayAndTime(incident.startedAt, frame.now)} {words.utc}
      </time>
      <div>
        <a href={frame.url(`/incident/${incident.id}`)}>
          <b>{isOpen ? words.isDown(incident.monitorName) : words.wasDown(incident.monitorName)}</b>
        </a>
        {about === "" ? null : <p>{about}</p>}
      </div>
      <span class={isOpen ? "len open" : "len"}>
        {isOpen ? words.ongoing : shortDuration(incident.endedAt - incident.startedAt)}
        {incident.planned ? `, ${words.state.maintenance}` : ""}
      </span>
    </li>
  );
}

/** Reason, cause, impact and note, as sentences. */
export function aboutIncident(incident: ShownIncident): string {
  const parts: string[] = [];
  if (incident.reason !== null) parts.push(sentence(incident.reason));
  if (incident.cause !== null) parts.push(words.causedBy(incident.cause));
  if (incident.impacted.length > 0) parts.push(words.impacts(incident.impacted));
  if (incident.note !== null) parts.push(sentence(incident.note));
  return parts.join(" ");
}
