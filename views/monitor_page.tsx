import type { Decision } from "../domain/store.ts";
import type { ShownIncident } from "../domain/incident_view.ts";
import type { Phases } from "../domain/outcome.ts";
import type { Aggregate } from "../domain/store.ts";
import type { DayView, MonitorView } from "../domain/summary.ts";
import { cellTitle, cellX, cellY, dayLabels, heatCells, hourLabels } from "./heatmap.ts";
import { type Frame, groupPath, Layout, monitorPath, Time, timeText } from "./layout.tsx";
import { DayChart, dayShape, daysLabel, PastItem, sentence, State } from "./status_page.tsx";
import { DayBar, Mark } from "./svg_parts.tsx";
import { reasonOf } from "./trouble.ts";
import { DAY_MS, dayName, shortDay } from "./times.ts";
import { budgetMinutes, latency, percent, shortDuration, target, words } from "./words.ts";

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
        <ChartScale monitor={monitor} now={frame.now} />
        <DayChart monitor={monitor} now={frame.now} big />
        <div class="ends">
          <span>{timeText(frame.now - DAY_MS, frame)}</span>
          <span>{timeText(frame.now, frame)}</span>
        </div>
      </div>
      <PhaseBar phases={monitor.lastPhases} />
      <h2>{words.figures}</h2>
      <Figures {...props} />
      <h2>{words.dayByDay(monitor.days.length)}</h2>
      <div class="plot">
        <DayBar states={monitor.days.map((day) => day.state)} label={daysLabel(monitor)} />
        <div class="ends">
          <span>{words.daysAgo(monitor.days.length)}</span>
          <span>{words.today}</span>
        </div>
        <details>
          <summary>{words.dayTable}</summary>
          <DayTable days={monitor.days} />
        </details>
      </div>
      {monitor.kind === "push" ? null : <HeatMap {...props} />}
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

/** What the chart's upper edge and its two greys mean. */
function ChartScale({ monitor, now }: { monitor: MonitorView; now: number }) {
  const shape = dayShape(monitor, now);
  return (
    <div class="ends">
      <span>{shape === null ? words.chartNothing : words.upTo(latency(shape.topMs))}</span>
      {shape === null ? null : <span>{words.lineAndBand}</span>}
    </div>
  );
}

function Reason({ monitor, frame }: MonitorProps) {
  const parts: string[] = [];
  if (monitor.maintenance !== null) parts.push(words.maintenanceTitle(monitor.maintenance));
  if (monitor.cause !== null) parts.push(words.causedBy(monitor.cause));
  if (monitor.impacted.length > 0) parts.push(words.impacts(monitor.impacted));
  if (monitor.silencedUntilAt !== null) {
    parts.push(`${words.silencedUntil(timeText(monitor.silencedUntilAt, frame))}.`);
  }
  const reason = reasonOf(monitor);
  if (reason === null && parts.length === 0 && monitor.incidentId === null) return null;
  return (
    <p class="why">
      {reason === null ? null : <b>{sentence(reason)}</b>} {parts.join(" ")} {monitor.incidentId === null
        ? null
        : <a href={frame.url(`/incident/${monitor.incidentId}`)}>{words.whatHappened}</a>}
    </p>
  );
}

interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
}

function figuresOf(monitor: MonitorView, frame: Frame): Figure[] {
  const { p50, p95, p99 } = monitor.latency;
  const figures: Figure[] = [
    { name: words.uptime24h, value: percent(monitor.uptime24h) },
    { name: words.uptimeDays(monitor.days.length), value: percent(monitor.uptimeBar) },
  ];
  if (p50 !== null || monitor.kind !== "push") {
    figures.push({ name: words.lastAnswer, value: latency(monitor.lastLatencyMs) });
    figures.push({
      name: words.percentiles,
      value: `${latency(p50)}, ${latency(p95)}, ${latency(p99)}`,
      note: monitor.sloLatencyMs === null ? undefined : words.objective(latency(monitor.sloLatencyMs)),
    });
  }
  figures.push({
    name: words.lastCheck,
    value: monitor.lastCheckedAt === null ? words.nothing : timeText(monitor.lastCheckedAt, frame),
    note: `${words.kind[monitor.kind]}, ${words.checkedEvery(monitor.intervalSecs)}`,
  });
  if (monitor.budget !== null) {
    const { budget } = monitor;
    figures.push({
      name: words.errorBudget,
      value: budget.state === "breached"
        ? words.budgetNone
        : words.budgetOf(budgetMinutes(budget.leftMinutes), budgetMinutes(budget.totalMinutes)),
      note: `${target(budget.targetPercent)}, ${shortDuration(budget.windowDays * DAY_MS)}`,
    });
  }
  if (monitor.certificate !== null) {
    const { notAfterAt, issuer } = monitor.certificate;
    figures.push({
      name: words.certificate,
      value: words.certificateLine(
        dayName(notAfterAt, frame.now),
        Math.floor((notAfterAt - frame.now) / DAY_MS),
      ),
      note: `${words.issuer} ${issuer}`,
    });
  }
  if (monitor.domain !== null) {
    const { name, expiresAt } = monitor.domain;
    figures.push({
      name: words.domain,
      value: words.certificateLine(
        dayName(expiresAt, frame.now),
        Math.floor((expiresAt - frame.now) / DAY_MS),
      ),
      note: name,
    });
  }
  if (monitor.target !== null && monitor.target !== "") {
    figures.push({ name: words.targetColumn, value: monitor.target });
  }
  if (monitor.lastMessage !== null) figures.push({ name: words.lastMessage, value: monitor.lastMessage });
  return figures;
}

function Figures({ monitor, frame }: MonitorProps) {
  return (
    <dl class="facts">
      {figuresOf(monitor, frame).map((figure) => (
        <div>
          <dt>{figure.name}</dt>
          <dd>
            {figure.value}
            {figure.note === undefined ? null : <small>{figure.note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const phaseOrder = ["resolveMs", "connectMs", "tlsMs", "firstByteMs", "transferMs"] as const;

/** Where the last check spent its time: a bar, and the same in words. */
function PhaseBar({ phases }: { phases: Phases | null }) {
  const known = phaseOrder.filter((name) => phases?.[name] !== undefined).map((name) => ({
    name,
    ms: phases![name]!,
  }));
  const total = known.reduce((sum, { ms }) => sum + ms, 0);
  if (known.length === 0 || total <= 0) return null;
  let x = 0;
  const parts = known.map(({ name, ms }, index) => {
    const part = { x, width: (ms / total) * 720, class: `ph ph${index}`, name, ms };
    x += part.width;
    return part;
  });
  return (
    <>
      <h2>{words.phases}</h2>
      <svg
        class="phases"
        viewBox="0 0 720 20"
        preserveAspectRatio="none"
        role="img"
        aria-label={parts.map(({ name, ms }) => `${words.phase[name]} ${latency(ms)}`).join(", ")}
      >
        {parts.map((part) => (
          <rect
            class={part.class}
            x={part.x.toFixed(1)}
            y="0"
            width={Math.max(1, part.width - 2).toFixed(1)}
            height="20"
          />
        ))}
      </svg>
      <ul class="legend">
        {parts.map((part) => (
          <li>
            <i class={part.class}></i> {words.phase[part.name]} {latency(part.ms)}
          </li>
        ))}
      </ul>
    </>
  );
}

function DayTable({ days }: { days: readonly DayView[] }) {
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
            <td class="r">
              {day.coverage.downMs === 0 ? words.nothing : shortDuration(day.coverage.downMs)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function HeatMap({ frame, hours, monitor }: MonitorProps) {
  const cells = heatCells(hours, frame.now);
  return (
    <>
      <h2>{words.heatmap}</h2>
      {cells.length === 0 ? <p class="quiet">{words.heatmapNone}</p> : (
        <>
          <svg class="heat" viewBox="0 0 484 236" role="img" aria-label={`${words.heatmap}: ${monitor.name}`}>
            {hourLabels.map(({ text, y }) => <text x="4" y={y}>{text}</text>)}
            {dayLabels(frame.now).map(({ text, x }) => <text x={x} y="12">{text}</text>)}
            {cells.map((cell) => (
              <rect
                class={`h${cell.level}`}
                x={cellX(cell.day)}
                y={cellY(cell.hour)}
                width="14.5"
                height="7.5"
                rx="1.5"
              >
                <title>{cellTitle(cell)}</title>
              </rect>
            ))}
          </svg>
          <ul class="legend">
            {words.heatmapScale.map((text, level) => (
              <li>
                <svg viewBox="0 0 10 10" aria-hidden="true">
                  <rect class={`h${level}`} width="10" height="10" rx="2" />
                </svg>
                {text}
              </li>
            ))}
          </ul>
          <p class="more">{words.heatmapNote}</p>
        </>
      )}
    </>
  );
}

/** The chain of decisions, for operators. */
export function Decisions({ frame, decisions }: { frame: Frame; decisions: readonly Decision[] }) {
  return (
    <>
      <h2>{words.whyTold}</h2>
      {decisions.length === 0 ? <p class="quiet">{words.nothingDecided}</p> : (
        <ol class="steps">
          {decisions.map((one) => (
            <li>
              <Mark shape="unknown" />
              <Time at={one.at} frame={frame} />
              <p>{one.text}</p>
            </li>
          ))}
        </ol>
      )}
    </>
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
        const name = kind === "status" ? words.badgeStatus : words.badgeUptime;
        return (
          <div class="badge">
            <img src={path} alt={`${name}: ${monitor.name}`} height="20" />
            <code>[![{name}]({origin}{path})]({page})</code>
          </div>
        );
      })}
    </>
  );
}
