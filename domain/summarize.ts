import { type Sums, SumsBuilder, uptimeOf, worseState } from "./bars.ts";
import { HOUR } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Monitor } from "./monitor.ts";
import { publicTrouble } from "./public_text.ts";
import { type Status, worstStatus } from "./status.ts";
import type { Announcement, Silence } from "./store.ts";
import type {
  BannerView,
  DayState,
  GroupView,
  HourView,
  MaintenanceView,
  MonitorView,
  PeerView,
  Summary,
} from "./summary.ts";
import type { Topology } from "./topology.ts";
import { mayName, maySee, maySeeDetail, type Viewer } from "./viewer.ts";
import type { Shown } from "./view_of.ts";

export interface SummaryInput {
  readonly viewer: Viewer;
  readonly now: number;
  readonly version: number;
  readonly config: Config;
  readonly topology: Topology;
  readonly trouble: string | null;
  readonly announcements: readonly Announcement[];
  readonly silences: readonly Silence[];
  readonly peers: readonly PeerView[];
  /** What `completed` made last of each view. */
  readonly completed: WeakMap<MonitorView, MonitorView>;
  statusOf(id: string): Status;
  show(monitor: Monitor, detail: boolean): Shown;
}

/** Selects what the viewer may see and puts it together. Nothing that is left out here can leak further up. */
export function makeSummary(input: SummaryInput): Summary {
  const { viewer, config, now } = input;
  const visible = visibleTo(input);
  const names = namesOf(input);
  const shown = visible.map((monitor) => input.show(monitor, maySeeDetail(viewer, monitor)));
  const monitors = shown.map(({ view }) => completed(input, view, names));
  const bars = new Map(shown.map(({ view, bar }) => [view.id, bar]));
  return {
    viewer,
    title: config.page.title,
    generatedAt: now,
    version: input.version,
    overall: worstStatus(monitors.map((view) => view.status)),
    stale: input.trouble === null || viewer.kind === "operator" ? input.trouble : publicTrouble,
    banners: bannersOf(input),
    maintenances: maintenancesOf(input, names),
    monitors,
    groups: groupsOf(config, monitors, bars),
    peers: viewer.kind === "operator" || config.page.showPeers ? input.peers : null,
    hours: hoursOf(shown, now),
  };
}

/** The monitors that the viewer may know of, in the order of the file. */
export function visibleTo({ config, viewer }: Pick<SummaryInput, "config" | "viewer">): Monitor[] {
  return config.monitors.filter((monitor) => maySee(viewer, monitor));
}

/** Names by id, of those that may be named. */
export function namesOf({ config, viewer }: Pick<SummaryInput, "config" | "viewer">): Map<string, string> {
  return new Map(
    config.monitors.filter((monitor) => mayName(viewer, monitor)).map(({ id, name }) => [id, name]),
  );
}

/**
 * Adds what depends on the viewer. The very same view where that is nothing, and the same as last time where it is the same, because what is
 * drawn of a view is kept by its identity.
 */
export function completed(
  input: SummaryInput,
  view: MonitorView,
  names: ReadonlyMap<string, string>,
): MonitorView {
  const added = addedTo(input, view, names);
  if (added === null) return view;
  const known = input.completed.get(view);
  if (
    known !== undefined && known.silencedUntilAt === added.silencedUntilAt && known.cause === added.cause &&
    known.impacted.length === added.impacted.length &&
    known.impacted.every((name, i) => name === added.impacted[i])
  ) return known;
  const made = { ...view, ...added };
  input.completed.set(view, made);
  return made;
}

type Added = Pick<MonitorView, "silencedUntilAt" | "cause" | "impacted">;

function addedTo(input: SummaryInput, view: MonitorView, names: ReadonlyMap<string, string>): Added | null {
  const silencedUntilAt = input.viewer.kind === "operator" ? silencedUntil(input, view.id) : null;
  if (view.status !== "down") {
    return silencedUntilAt === null ? null : { silencedUntilAt, cause: null, impacted: [] };
  }
  const cause = input.topology.upstreams(view.id).find(({ id }) =>
    names.has(id) && input.statusOf(id) === "down"
  );
  const impacted = cause === undefined
    ? input.topology.dependents(view.id).filter(({ id }) => names.has(id)).map(({ name }) => name)
    : [];
  if (cause === undefined && impacted.length === 0 && silencedUntilAt === null) return null;
  return { silencedUntilAt, cause: cause?.name ?? null, impacted };
}

/** Until when a monitor's alerts are muted; null: they are not. */
export function silencedUntil(
  { silences, now }: { readonly silences: readonly Silence[]; readonly now: number },
  id: string,
): number | null {
  const untils = silences.filter(({ target, untilAt }) => untilAt > now && (target === "*" || target === id));
  return untils.length === 0 ? null : Math.max(...untils.map(({ untilAt }) => untilAt));
}

function bannersOf({ announcements, config, now }: SummaryInput): BannerView[] {
  return [
    ...announcements.filter(({ untilAt }) => untilAt === null || untilAt > now).map((pinned) => ({
      id: pinned.id,
      title: pinned.title,
      body: pinned.body,
      severity: pinned.severity,
      at: pinned.createdAt,
      untilAt: pinned.untilAt,
    })),
    ...config.banners.map((banner) => ({ id: null, ...banner, untilAt: null })),
  ];
}

/** A window is shown with the names that may be named; one that covers nothing of that is not shown at all. */
function maintenancesOf(
  { config, now, viewer }: SummaryInput,
  names: ReadonlyMap<string, string>,
): MaintenanceView[] {
  const configured = new Set(config.monitors.map(({ id }) => id));
  return config.maintenance.filter(({ startAt, endAt }) => startAt <= now && now <= endAt).flatMap(
    (window): MaintenanceView[] => {
      const view = { reason: window.title, startAt: window.startAt, endAt: window.endAt };
      if (window.monitors.length === 0) return [{ ...view, monitors: null }];
      const shown = window.monitors.flatMap((id) => {
        const name = names.get(id);
        if (name !== undefined) return [{ id, name }];
        return viewer.kind === "operator" && !configured.has(id) ? [{ id, name: id }] : [];
      });
      return shown.length === 0 ? [] : [{ ...view, monitors: shown }];
    },
  );
}

/** In the order in which the file first names them, whoever may see that monitor; those without a group last. */
function groupsOf(
  config: Config,
  monitors: readonly MonitorView[],
  bars: ReadonlyMap<string, Sums>,
): GroupView[] {
  const order = [...new Set(config.monitors.map(({ group }) => group ?? "")), ""].filter((name) =>
    name !== ""
  );
  const members = Map.groupBy(monitors, ({ group }) => group ?? "");
  return [...order, ""].flatMap((name) => {
    const views = members.get(name) ?? [];
    if (views.length === 0) return [];
    return [{
      name,
      ids: views.map(({ id }) => id),
      status: worstStatus(views.map(({ status }) => status)),
      uptime: uptimeOf(together(views.map(({ id }) => bars.get(id)!))),
    }];
  });
}

function together(parts: Iterable<Sums>): Sums {
  const sums = new SumsBuilder();
  for (const part of parts) sums.add(part);
  return sums;
}

function hoursOf(all: readonly Shown[], now: number): HourView[] {
  const lastAt = Math.floor(now / HOUR) * HOUR;
  const worst = new Array<DayState>(24).fill("empty");
  for (const { hours } of all) {
    for (let i = 0; i < 24; i++) if (hours[i] !== worst[i]) worst[i] = worseState(worst[i], hours[i]);
  }
  return worst.map((state, index) => ({ startAt: lastAt - (23 - index) * HOUR, state }));
}
