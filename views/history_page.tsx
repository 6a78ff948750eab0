import type { ShownIncident } from "../domain/incident_view.ts";
import { HeatMap } from "./heatmap_picture.tsx";
import { type Frame, Layout } from "./layout.tsx";
import type { Aggregate } from "../domain/store.ts";
import { Timeline, type TimelineRow } from "./charts.tsx";
import { PastItem } from "./past_item.tsx";
import { DAY_MS, isoDay, monthName, monthOf, shortDay } from "./times.ts";
import { isolate, words } from "./words.ts";

export interface HistoryProps {
  readonly frame: Frame;
  /** Newest first. */
  readonly incidents: readonly ShownIncident[];
  readonly total: number;
  /** Those of the timeline's days, whatever the page shown. */
  readonly lately: readonly ShownIncident[];
  readonly groups: readonly string[];
  /** Those the viewer may choose from. */
  readonly monitors: readonly { readonly id: string; readonly name: string; readonly group: string | null }[];
  readonly group: string | null;
  readonly monitor: { readonly id: string; readonly name: string } | null;
  /** Hours of the monitor chosen; null: none is, or it has no response times. */
  readonly hours: readonly Aggregate[] | null;
  /** Cursor of the next older page; null: this is the last. */
  readonly olderThan: string | null;
  readonly isFirst: boolean;
}

const TIMELINE_DAYS = 90;
const TIMELINE_ROWS = 12;

/** What went wrong and when: the last days as a picture, then month by month, newest first. */
export function HistoryPage(props: HistoryProps) {
  const { frame, incidents } = props;
  const filter = scopeQuery(props);
  const about = props.monitor?.name ?? props.group;
  const months = Map.groupBy(incidents, (incident) => monthOf(incident.startedAt));
  const link = (extra: string) => frame.url(`/history${join(filter, extra)}`);
  return (
    <Layout frame={frame} title={`${frame.title} · ${words.historyTitle}`} current="history">
      <div class="head">
        <h1>{about === null ? words.historyTitle : words.of(about)}</h1>
        <p class="sub">{words.total(props.total)}</p>
      </div>
      <Filters {...props} />
      {props.monitors.length < 2 ? null : <MonitorPicker {...props} />}
      {props.isFirst ? <TimelineBox {...props} /> : null}
      {incidents.length === 0
        ? <p class="quiet">{props.isFirst ? words.noIncidents : words.monthEmpty}</p>
        : null}
      {[...months].map(([, those]) => (
        <section>
          <h2>{monthName(those[0].startedAt)}</h2>
          <ul class="past">
            {those.map((incident) => <PastItem frame={frame} incident={incident} withSnapshot />)}
          </ul>
        </section>
      ))}
      {props.hours === null || props.monitor === null ? null : (
        <>
          <h2>{words.heatmap}</h2>
          <HeatMap name={props.monitor.name} hours={props.hours} now={frame.now} />
        </>
      )}
      {props.isFirst && props.olderThan === null ? null : (
        <p class="pager">
          <span>{props.isFirst ? null : <a href={link("")}>{words.newest}</a>}</span>
          <span>
            {props.olderThan === null ? null : <a href={link(`before=${props.olderThan}`)}>{words.older}</a>}
          </span>
        </p>
      )}
    </Layout>
  );
}

/** The filters as a query, such as `group=Shop&monitor=cart`. */
export function scopeQuery({ group, monitor }: Pick<HistoryProps, "group" | "monitor">): string {
  const parts: string[] = [];
  if (group !== null) parts.push(`group=${encodeURIComponent(group)}`);
  if (monitor !== null) parts.push(`monitor=${encodeURIComponent(monitor.id)}`);
  return parts.join("&");
}

const join = (...parts: string[]) => {
  const query = parts.filter((part) => part !== "").join("&");
  return query === "" ? "" : `?${query}`;
};

function Filters({ frame, groups, group, monitor }: HistoryProps) {
  if (groups.length === 0 && monitor === null) return null;
  return (
    <nav aria-label={words.filterBy}>
      <ul class="filters">
        <li>
          <a
            href={frame.url("/history")}
            aria-current={group === null && monitor === null ? "true" : undefined}
          >
            {words.allServices}
          </a>
        </li>
        {groups.map((name) => (
          <li>
            <a
              href={frame.url(`/history?group=${encodeURIComponent(name)}`)}
              aria-current={name === group && monitor === null ? "true" : undefined}
            >
              {name}
            </a>
          </li>
        ))}
        {monitor === null ? null : (
          <li>
            <a href={frame.url(`/history?monitor=${monitor.id}`)} aria-current="true">{monitor.name}</a>
          </li>
        )}
      </ul>
    </nav>
  );
}

/** A form, so that any one service can be chosen without a script. */
function MonitorPicker({ frame, monitors, monitor }: HistoryProps) {
  const byGroup = Map.groupBy(monitors, (one) => one.group ?? "");
  const options = (those: HistoryProps["monitors"]) =>
    those.map(({ id, name }) => <option value={id} selected={id === monitor?.id}>{name}</option>);
  return (
    <form class="pick" action="/history">
      {frame.carried.map(([name, value]) => <input type="hidden" name={name} value={value} />)}
      <label for="monitor">{words.monitorPicker}</label>
      <select id="monitor" name="monitor">
        <option value="">{words.allServices}</option>
        {[...byGroup].map(([group, those]) =>
          group === "" ? options(those) : <optgroup label={group}>{options(those)}</optgroup>
        )}
      </select>
      <button type="submit">{words.pick}</button>
    </form>
  );
}

function TimelineBox({ frame, lately }: HistoryProps) {
  const fromAt = frame.now - TIMELINE_DAYS * DAY_MS;
  const byMonitor = Map.groupBy(lately, (incident) => incident.monitorId);
  const rows: TimelineRow[] = [...byMonitor].slice(0, TIMELINE_ROWS).map(([, incidents]) => ({
    name: incidents[0].monitorName,
    stretches: incidents.map((one) => ({
      fromAt: one.startedAt,
      untilAt: one.endedAt ?? frame.now,
      state: one.planned ? "planned" : "down",
    })),
  }));
  if (rows.length === 0) return null;
  return (
    <>
      <h2>{words.timeline(TIMELINE_DAYS)}</h2>
      <div class="timebox">
        <ol aria-hidden="true">
          {rows.map((row) => <li>{row.name}</li>)}
        </ol>
        <Timeline rows={rows} fromAt={fromAt} untilAt={frame.now} label={timelineLabel(rows)} />
        <div class="ends">
          <time datetime={isoDay(fromAt)}>{shortDay(fromAt)}</time>
          <span>{words.today}</span>
        </div>
      </div>
    </>
  );
}

function timelineLabel(rows: readonly TimelineRow[]): string {
  const total = rows.reduce((sum, row) => sum + row.stretches.length, 0);
  const each = rows.map((row) => `${isolate(row.name)} ${row.stretches.length}`).join(", ");
  return `${words.timelineLabel(total, TIMELINE_DAYS)}: ${each}`;
}
