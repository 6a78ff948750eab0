import type { ShownIncident } from "../domain/incident_view.ts";
import type { Decision, LatencyPoint, Notification } from "../domain/store.ts";
import { type Frame, Layout, monitorPath, Time, timeText, WithTime } from "./layout.tsx";
import { Decisions } from "./decisions.tsx";
import { ChartEnds, ChartScale } from "./chart_frame.tsx";
import { LineChart, seriesShape } from "./charts.tsx";
import { sentence } from "./past_item.tsx";
import { Mark, type Shape } from "./svg_parts.tsx";
import { cleanLine, textOf } from "./text.ts";
import { latency } from "./figures.ts";
import { list, longDuration, words } from "./words.ts";

export interface IncidentProps {
  readonly frame: Frame;
  readonly incident: ShownIncident;
  readonly series: {
    readonly points: readonly LatencyPoint[];
    readonly fromAt: number;
    readonly untilAt: number;
    readonly bucketMs: number;
  };
  /** True: the monitor is still configured and has a page. */
  readonly hasPage: boolean;
  /** Null: this viewer may not know. */
  readonly decisions: readonly Decision[] | null;
  readonly notifications: readonly Notification[] | null;
}

interface Step {
  readonly at: number;
  readonly shape: Shape;
  readonly title: string;
  readonly text: string | null;
}

/** How an incident that is over ended. */
function endOf({ unwatched }: ShownIncident): Pick<Step, "shape" | "title"> {
  return unwatched ? { shape: "unknown", title: words.unwatched } : { shape: "up", title: words.recovered };
}

/** What happened, in order: the first failed check, what confirmed it, how the reason changed, when it answered again. */
function stepsOf(incident: ShownIncident, now: number): Step[] {
  const steps: Step[] = [
    {
      at: incident.startedAt,
      shape: "degraded",
      title: words.firstFailure,
      text: incident.reasons[0]?.reason ?? incident.reason,
    },
    {
      at: incident.confirmedAt,
      shape: "down",
      title: words.confirmed,
      text: [incident.vantage === null ? "" : sentence(incident.vantage), impact(incident)]
        .filter((part) => part !== "").join(" ") || null,
    },
  ];
  for (const { at, reason } of incident.reasons.slice(1)) {
    steps.push({ at, shape: "down", title: words.reasonBecame(reason), text: null });
  }
  if (incident.endedAt === null) steps.push({ at: now, shape: "down", title: words.stillGoing, text: null });
  else steps.push({ at: incident.endedAt, ...endOf(incident), text: null });
  return steps.sort((a, b) => a.at - b.at);
}

function impact(incident: ShownIncident): string {
  const parts: string[] = [];
  if (incident.cause !== null) parts.push(words.causedBy(incident.cause));
  if (incident.impacted.length > 0) parts.push(words.impacts(incident.impacted));
  return parts.join(" ");
}

export function IncidentPage(props: IncidentProps) {
  const { frame, incident } = props;
  const isOpen = incident.endedAt === null;
  const duration = (incident.endedAt ?? frame.now) - incident.startedAt;
  return (
    <Layout frame={frame} title={`${words.incident(incident.monitorName)} · ${frame.title}`}>
      <p class="crumb">
        <a href={frame.url("/")}>{words.backToStatus}</a> ·{" "}
        <a href={frame.url("/history")}>{words.history}</a>
        {props.hasPage
          ? (
            <>
              {" · "}
              <a href={frame.url(monitorPath(incident.monitorId))}>
                <bdi>{incident.monitorName}</bdi>
              </a>
            </>
          )
          : null}
      </p>
      <div class="head">
        <h1>
          {isOpen
            ? words.isDownFor(incident.monitorName, duration)
            : words.wasDownFor(incident.monitorName, duration)}
        </h1>
        <p class="sub">
          <Standing incident={incident} />
          <Span frame={frame} incident={incident} />
          {incident.planned ? <span>{words.planned}</span> : null}
        </p>
      </div>
      {incident.note === null ? null : (
        <div role="note" class="note work">
          <Mark shape="maintenance" />
          <b>{words.note}</b>
          <p>{incident.note}</p>
        </div>
      )}
      <h2>{words.whatHappened}</h2>
      <ol class="steps">
        {stepsOf(incident, frame.now).map((step) => (
          <li>
            <Mark shape={step.shape} />
            <Time at={step.at} frame={frame} />
            <p>{step.title}</p>
            {step.text === null ? null : <p class="why">{step.text}</p>}
          </li>
        ))}
      </ol>
      <Around {...props} />
      {incident.snapshot === null ? null : (
        <>
          <h2>{words.answered}</h2>
          <pre tabindex={0}>{incident.snapshot}</pre>
        </>
      )}
      {props.notifications === null ? null : <Told {...props} />}
      {props.decisions === null ? null : <Decisions frame={frame} decisions={props.decisions} />}
    </Layout>
  );
}

/** How the incident stands, as a shape. */
export function shapeOfIncident(incident: ShownIncident): Shape {
  return incident.endedAt === null ? "down" : endOf(incident).shape;
}

function Standing({ incident }: { incident: ShownIncident }) {
  const shape = shapeOfIncident(incident);
  return (
    <span class={`state ${shape}`}>
      <Mark shape={shape} /> {standing(incident)}
    </span>
  );
}

function standing({ endedAt, unwatched }: ShownIncident): string {
  if (endedAt === null) return words.ongoing;
  return unwatched ? words.unwatched : words.resolved;
}

function Span({ frame, incident }: { frame: Frame; incident: ShownIncident }) {
  return (
    <span>
      {incident.endedAt === null
        ? <WithTime at={incident.startedAt} frame={frame} wording={words.begun} />
        : (
          <>
            <Time at={incident.startedAt} frame={frame} />
            {" – "}
            <Time at={incident.endedAt} frame={frame} />
          </>
        )}
    </span>
  );
}

function Around({ frame, incident, series }: IncidentProps) {
  if (series.points.length === 0) return null;
  const { fromAt, untilAt } = series;
  const means = series.points.map((point) => point.meanMs);
  const shape = seriesShape(series.points, fromAt, untilAt, series.bucketMs);
  const mark = {
    fromAt: Math.max(fromAt, incident.startedAt),
    untilAt: Math.min(untilAt, incident.endedAt ?? frame.now),
    state: incident.planned ? "planned" as const : "down" as const,
  };
  return (
    <>
      <h2>{words.around}</h2>
      <div class="plot">
        <ChartScale topMs={shape?.topMs ?? null} legend={words.meanAndSlowest} />
        <LineChart
          shape={shape}
          marks={[mark]}
          fromAt={fromAt}
          untilAt={untilAt}
          label={words.aroundLabel(incident.monitorName)}
          desc={words.chartDesc(
            latency(Math.min(...means)),
            latency(Math.max(...means)),
            words.chartDown(mark.untilAt - mark.fromAt),
          )}
          big
        />
        <ChartEnds frame={frame} fromAt={fromAt} untilAt={untilAt} />
      </div>
    </>
  );
}

function Told({ frame, notifications }: IncidentProps) {
  const told = notifications ?? [];
  return (
    <>
      <h2>{words.notesAndNotices}</h2>
      {told.length === 0 ? <p class="quiet">{words.nobodyTold}</p> : (
        <ul class="past">
          {told.map((one) => (
            <li>
              <Time at={one.createdAt} frame={frame} />
              <div>
                <b>{one.channel}</b> · {words.told[one.status]}
                {one.lastError === null ? null : <p>{one.lastError}</p>}
              </div>
              <span class="len">{words.attempts(one.attempts)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** The incident as plain text. */
export function incidentText(
  incident: ShownIncident,
  now: number,
  frame: Pick<Frame, "now" | "zone">,
): string {
  const title = words.incident(incident.monitorName);
  const lines = [title, "=".repeat([...cleanLine(title)].length), ""];
  lines.push(
    incident.endedAt === null
      ? words.ongoing
      : `${standing(incident)}, ${longDuration(incident.endedAt - incident.startedAt)}`,
  );
  if (incident.note !== null) lines.push(`${words.note}: ${incident.note}`);
  lines.push("");
  for (const step of stepsOf(incident, now)) {
    lines.push(
      `  ${timeText(step.at, frame).padEnd(18)}  ${step.title}${step.text === null ? "" : `: ${step.text}`}`,
    );
  }
  if (incident.impacted.length > 0) lines.push("", words.impacts([list(incident.impacted, 20)]));
  if (incident.snapshot !== null) {
    lines.push("", `${words.answered}:`, ...incident.snapshot.split("\n").map((line) => `    ${line}`));
  }
  return textOf(lines);
}
