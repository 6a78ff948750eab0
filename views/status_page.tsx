import { raw } from "hono/html";
import type { ShownIncident } from "../domain/incident_view.ts";
import type { BannerView, GroupView, MaintenanceView, MonitorView, Summary } from "../domain/summary.ts";
import { DayChart } from "./day_chart.tsx";
import { type Frame, groupPath, Layout, monitorPath, Time, timeText, WithTime } from "./layout.tsx";
import type { RowCache } from "./monitor_row.ts";
import { PastItem, sentence } from "./past_item.tsx";
import { State } from "./state_line.tsx";
import { HourRing, Mark, type Shape } from "./svg_parts.tsx";
import { answerOf, needingAttention, reasonOf, shapeOfAll, slownessOf, tallyOf } from "./trouble.ts";
import { monthName, monthOf } from "./times.ts";
import { latency, percent } from "./figures.ts";
import { isolate, words } from "./words.ts";

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
  /** What `drawGroups` gave for this summary, joined. */
  readonly groups: string;
}

interface GroupsProps extends Pick<StatusProps, "frame" | "summary" | "group"> {
  /** Rows drawn before: unchanged monitors are not drawn again. */
  readonly rows: RowCache;
}

const MOST_CASES = 8;
const COMPACT_ABOVE = 150;
const MANY_GROUPS = 12;

/** Are there so many monitors on a page that one that is up takes one line? */
export const isCompactFor = (monitors: number): boolean => monitors > COMPACT_ABOVE;

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
      {summary.monitors.length === 0 ? null : <Groups summary={summary} groups={props.groups} />}
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
                    : <WithTime at={peer.lastSeenAt} frame={frame} wording={words.lastSeen} />}
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
          {banner.at === null ? null : (
            <span class="when">
              <Time at={banner.at} frame={frame} />
            </span>
          )}
          {banner.body === "" ? null : <p>{banner.body}</p>}
        </div>
      ))}
      {maintenances.map((work) => (
        <div role="note" class="note work">
          <Mark shape="maintenance" />
          <b>{words.maintenanceTitle(work.reason)}</b>
          <span class="when">
            <WithTime at={work.endAt} frame={frame} wording={words.until} />
          </span>
          <p>{work.monitors?.map(({ name }) => isolate(name)).join(", ") ?? words.everything}</p>
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

function whyOf(monitor: MonitorView, frame: Frame): string {
  const parts: string[] = [];
  if (monitor.cause !== null) parts.push(words.causedBy(monitor.cause));
  if (monitor.impacted.length > 0) parts.push(words.impacts(monitor.impacted));
  const slowness = slownessOf(monitor);
  if (slowness !== null) {
    const [last, usual] = [latency(slowness.lastMs), latency(slowness.usualMs)];
    parts.push(reasonOf(monitor) === null ? words.slowNow(last, usual) : words.usualIs(usual));
  }
  if (monitor.silencedUntilAt !== null) {
    parts.push(`${words.silencedUntil(timeText(monitor.silencedUntilAt, frame))}.`);
  }
  return parts.join(" ");
}

/** The groups one after another, drawn as they are taken: most of a page, so that whoever takes them may pause between. */
export function* drawGroups({ frame, summary, group: ownPage, rows }: GroupsProps): Generator<string> {
  const byId = new Map(summary.monitors.map((monitor) => [monitor.id, monitor]));
  const alone = summary.groups.length === 1;
  const isCompact = isCompactFor(summary.monitors.length);
  const row = rows.of(frame, isCompact);
  const hasNames = summary.groups.some((group) => group.name !== "");
  for (const group of summary.groups) {
    const monitors = group.ids.map((id) => byId.get(id)).filter((monitor) => monitor !== undefined);
    yield String(
      <Group
        frame={frame}
        group={group}
        monitors={monitors}
        isAlone={alone}
        heading={group.name === "" ? (hasNames ? words.others : null) : group.name}
        isOwnPage={ownPage !== null}
        isCompact={isCompact}
        row={row}
      />,
    );
  }
}

function Groups({ summary, groups }: Pick<StatusProps, "summary" | "groups">) {
  return (
    <>
      <h2>{words.services}</h2>
      <div class={summary.groups.length > MANY_GROUPS ? "dense" : undefined}>{raw(groups)}</div>
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
  readonly row: (monitor: MonitorView) => string;
}

function Group({ frame, group, monitors, isAlone, isOwnPage, isCompact, heading, row }: GroupProps) {
  const tally = tallyOf(monitors);
  const isWell = tally.down + tally.degraded + tally.maintenance === 0;
  const body = (
    <>
      <div class={isCompact ? "scale brief" : "scale"}>
        <div>
          <span>{words.daysAgo(frame.days)}</span>
          <span>{words.today}</span>
        </div>
        <b>{words.uptime}</b>
        <i>{words.percentilesDay}</i>
      </div>
      <ul class={isCompact ? "rows brief" : "rows"}>
        {raw(monitors.map(row).join(""))}
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
          <span class="gname">{heading}</span>{" "}
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
