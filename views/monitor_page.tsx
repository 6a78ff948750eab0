import type { ShownIncident } from "../domain/incident_view.ts";
import type { Aggregate, Decision } from "../domain/store.ts";
import type { Days } from "../domain/days.ts";
import type { MonitorView } from "../domain/summary.ts";
import { badgeWidth, statusBadge, uptimeBadge } from "./badge.ts";
import { ChartEnds, ChartScale } from "./chart_frame.tsx";
import { DayChart, dayShape } from "./day_chart.tsx";
import { Decisions } from "./decisions.tsx";
import { HeatMap } from "./heatmap_picture.tsx";
import { type Frame, groupPath, Layout, monitorPath, WithTime } from "./layout.tsx";
import { Figures } from "./monitor_figures.tsx";
import { daysLabel } from "./monitor_row.ts";
import { PastItem, sentence } from "./past_item.tsx";
import { PhaseBar } from "./phase_bar.tsx";
import { State } from "./state_line.tsx";
import { DayBar } from "./svg_parts.tsx";
import { DAY_MS, shortDay } from "./times.ts";
import { reasonOf } from "./trouble.ts";
import { percent } from "./figures.ts";
import { shortDuration, words } from "./words.ts";

export interface MonitorProps {
  readonly frame: Frame;
  readonly monitor: MonitorView;
  readonly hours: readonly Aggregate[];
  readonly incidents: readonly ShownIncident[];
  readonly total: number;
  /** Why somebody was told or not; null: this viewer may not know. */
  readonly decisions: readonly Decision[] | null;
  /** Where badges are reached from outside; empty: unknown, then paths alone are shown. */
  readonly origin: string;
}

/** One monitor: what it is now, its last day, its days one by one, its hours, its incidents. */
export function MonitorPage(props: MonitorProps) {
  const { frame, monitor } = props;
  return (
    <Layout frame={frame} title={`${monitor.name} · ${frame.title}`}>
      <p class="crumb">
        <a href={frame.url("/")}>{words.backToStatus}</a>
        {monitor.group === null ? null : (
          <>
            {" · "}
            <a href={frame.url(groupPath(monitor.group))}>
              <bdi>{monitor.group}</bdi>
            </a>
          </>
        )}
      </p>
      <div class="head">
        <h1>{monitor.name}</h1>
        <State monitor={monitor} frame={frame} />
        <Reason {...props} />
      </div>
      <h2>{words.lastDay}</h2>
      <div class="plot">
        <ChartScale topMs={dayShape(monitor, frame.now)?.topMs ?? null} />
        <DayChart monitor={monitor} now={frame.now} big />
        <ChartEnds frame={frame} fromAt={frame.now - DAY_MS} untilAt={frame.now} />
      </div>
      <PhaseBar phases={monitor.lastPhases} />
      <h2>{words.figures}</h2>
      <Figures {...props} />
      <h2>{words.dayByDay(monitor.days.length)}</h2>
      <div class="plot">
        <DayBar letters={monitor.days.letters} label={daysLabel(monitor)} />
        <div class="ends">
          <span>{words.daysAgo(monitor.days.length)}</span>
          <span>{words.today}</span>
        </div>
        <details>
          <summary>{words.dayTable}</summary>
          <div class="scroll" tabindex={0} role="region" aria-label={words.dayTable}>
            <DayTable days={monitor.days} />
          </div>
        </details>
      </div>
      {monitor.kind === "push" ? null : (
        <>
          <h2>{words.heatmap}</h2>
          <HeatMap name={monitor.name} hours={props.hours} now={frame.now} />
        </>
      )}
      <h2>{words.incidents}</h2>
      {props.incidents.length === 0 ? <p class="quiet">{words.noIncidents}</p> : (
        <>
          <ul class="past">
            {props.incidents.map((incident) => <PastItem frame={frame} incident={incident} />)}
          </ul>
          <p class="more">
            <a href={frame.url(`/history?monitor=${monitor.id}`)}>{words.allIncidents} ({props.total})</a>
          </p>
        </>
      )}
      {props.decisions === null ? null : <Decisions frame={frame} decisions={props.decisions} />}
      {monitor.public ? <Badges monitor={monitor} origin={props.origin} /> : null}
    </Layout>
  );
}

function Reason({ monitor, frame }: MonitorProps) {
  const parts: string[] = [];
  if (monitor.maintenance !== null) parts.push(words.maintenanceTitle(monitor.maintenance));
  if (monitor.cause !== null) parts.push(words.causedBy(monitor.cause));
  if (monitor.impacted.length > 0) parts.push(words.impacts(monitor.impacted));
  const reason = reasonOf(monitor);
  const isSilent = monitor.silencedUntilAt !== null;
  if (reason === null && parts.length === 0 && monitor.incidentId === null && !isSilent) return null;
  return (
    <p class="why">
      {reason === null ? null : <b>{sentence(reason)}</b>} {parts.join(" ")}{" "}
      {monitor.silencedUntilAt === null ? null : (
        <>
          <WithTime at={monitor.silencedUntilAt} frame={frame} wording={words.silencedUntil} />.{" "}
        </>
      )}
      {monitor.incidentId === null
        ? null
        : <a href={frame.url(`/incident/${monitor.incidentId}`)}>{words.whatHappened}</a>}
    </p>
  );
}

function DayTable({ days }: { days: Days }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{words.dayColumn}</th>
          <th scope="col">{words.stateColumn}</th>
          <th scope="col" class="r">{words.uptimeColumn}</th>
          <th scope="col" class="r">{words.downColumn}</th>
        </tr>
      </thead>
      <tbody>
        {[...days].reverse().filter((day) => day.state !== "empty").map((day) => (
          <tr>
            <th scope="row">{shortDay(Date.parse(day.date))}</th>
            <td>{words.day[day.state]}</td>
            <td class="r">{percent(day.uptime)}</td>
            <td class="r">{day.downMs === 0 ? words.nothing : shortDuration(day.downMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Badges({ monitor, origin }: { monitor: MonitorView; origin: string }) {
  const page = `${origin}${monitorPath(monitor.id)}`;
  return (
    <>
      <h2>{words.badges}</h2>
      <p class="quiet">{words.badgesNote}</p>
      {(["status", "uptime"] as const).map((kind) => {
        const path = `/api/badge/${monitor.id}/${kind}`;
        const badge = kind === "status" ? statusBadge(monitor.status) : uptimeBadge(monitor.uptime24h);
        const name = kind === "status" ? words.badgeStatus : words.badgeUptime;
        return (
          <div class="badge">
            <img src={path} alt={`${name}: ${monitor.name}`} width={badgeWidth(badge, "flat")} height="20" />
            <code tabindex={0}>[![{name}]({origin}{path})]({page})</code>
          </div>
        );
      })}
    </>
  );
}
