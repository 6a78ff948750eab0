import type { Check } from "../../domain/check.ts";
import { DAY, HOUR, MINUTE } from "../../domain/clock.ts";
import type { FailureCategory } from "../../domain/outcome.ts";
import { freshCondition } from "../../domain/confirm.ts";
import { MACHINE_PREFIX } from "../../alerts/machine.ts";
import { seeded } from "../../domain/seeded.ts";
import type { KeptState, Store } from "../../domain/store.ts";
import type { Service } from "./services.ts";

/** Checks in the history stand this far apart. */
const STEP = 5 * MINUTE;

/** A time in which a service was not well. */
interface Spell {
  readonly fromAt: number;
  /** Null: it lasts. */
  readonly untilAt: number | null;
  readonly status: "down" | "degraded";
  readonly reason: string;
  readonly category: FailureCategory;
  readonly code: number | null;
  readonly planned: boolean;
  readonly note: string | null;
}

export interface HistoryPlan {
  readonly services: readonly Service[];
  readonly days: number;
  readonly now: number;
  readonly hasTrouble: boolean;
}

/** Writes a believable past of `days` days through the store's own ways. Returns how many checks it wrote. */
export async function writeHistory(store: Store, plan: HistoryPlan, signal: AbortSignal): Promise<number> {
  const until = plan.now - (plan.now % STEP);
  const from = until - plan.days * DAY;
  const random = seeded(20_260_110);
  const pasts = plan.services.map((service) => ({ service, spells: spellsOf(service, plan, from, random) }));
  let written = 0;
  for (let dayAt = from; dayAt < until; dayAt += DAY) {
    signal.throwIfAborted();
    for (const { service, spells } of pasts) {
      const checks: Check[] = [];
      for (let at = dayAt; at < Math.min(dayAt + DAY, until); at += STEP) {
        checks.push(checkAt(service, spells, at, random));
      }
      written += checks.length;
      await store.commit({ checks, durable: false });
    }
    // Waits for the disk, so that the past does not pile up in memory.
    await store.commit({ durable: true });
  }
  for (const { service, spells } of pasts) {
    await writeIncidents(store, service, spells);
    await store.commit({ states: [standingOf(service, spells, from)], durable: true });
  }
  return written;
}

/** Since when a service is as it is, as alerting would have kept it. An outage that lasts is known from its incident. */
function standingOf(service: Service, spells: readonly Spell[], from: number): KeptState {
  const lasting = spells.find((spell) => spell.untilAt === null);
  const ended = spells.map((spell) => spell.untilAt ?? 0);
  const sinceAt = lasting?.fromAt ?? Math.max(from, ...ended);
  const status = lasting?.status ?? "up";
  const condition = { ...freshCondition, status: status === "down" ? "up" : status, sinceAt };
  return { key: MACHINE_PREFIX + service.id, value: { condition } };
}

/** One more check, all well, at this very instant. */
export function newestCheck(service: Service, now: number): Check {
  return { ...checkAt(service, [], now, () => 0), at: now };
}

function checkAt(service: Service, spells: readonly Spell[], at: number, random: () => number): Check {
  const spell = spells.find((one) => one.fromAt <= at && (one.untilAt === null || at < one.untilAt));
  const status = spell?.status ?? "up";
  const jitter = at + Math.floor(random() * 20_000);
  return {
    monitorId: service.id,
    at: jitter,
    status,
    latencyMs: latencyAt(service, status, at, random),
    code: service.kind === "http" && status !== "down" ? 200 : spell?.code ?? null,
    reason: spell?.reason ?? null,
    category: spell?.category ?? null,
    message: null,
    planned: spell?.planned ?? false,
    standsMs: 3 * STEP,
    phases: null,
    metrics: [],
  };
}

/** Busier by day and on weekdays, with a long tail. */
function latencyAt(service: Service, status: Check["status"], at: number, random: () => number) {
  if (service.kind === "push" || status === "down") return null;
  const date = new Date(at);
  const hour = date.getUTCHours() + date.getUTCMinutes() / 60;
  const rhythm = 1 + 0.35 * Math.max(0, Math.sin(((hour - 7) / 14) * Math.PI));
  const weekday = date.getUTCDay() % 6 === 0 ? 0.9 : 1;
  const noise = Math.exp((random() + random() + random() - 1.5) * 0.35);
  const spike = random() < 0.004 ? 2 + random() * 4 : 1;
  const slow = status === "degraded" ? 4.2 : 1;
  return Math.max(1, Math.round(service.baseMs * rhythm * weekday * noise * spike * slow));
}

function spellsOf(
  service: Service,
  { now, hasTrouble, days }: HistoryPlan,
  from: number,
  random: () => number,
): Spell[] {
  const spells: Spell[] = [];
  const align = (at: number) => at - (at % STEP);
  const count = Math.round(service.outages * (days / 90) * (0.6 + random() * 0.8));
  for (let i = 0; i < count; i++) {
    const fromAt = align(from + random() * (now - 2 * DAY - from));
    const lengthMs = (2 + Math.floor(random() ** 3 * 22)) * STEP;
    spells.push(outage(service, fromAt, align(fromAt + lengthMs), random));
  }
  if (service.id === "db-replica") {
    const fromAt = align(now - 20 * DAY);
    spells.push({ ...outage(service, fromAt, fromAt + 2 * HOUR, random), planned: true });
  }
  if (service.id === "payments") {
    const fromAt = align(now - 12 * DAY - 5 * HOUR);
    const note = "A certificate of the card network had expired on their side";
    spells.push({ ...outage(service, fromAt, fromAt + 3 * HOUR, random), note });
  }
  if (service.behaviour === "slow" || service.id === "search") {
    for (const daysAgo of [4, 9, 33]) {
      const fromAt = align(now - daysAgo * DAY);
      spells.push(slowness(fromAt, fromAt + HOUR));
    }
  }
  if (hasTrouble && service.behaviour === "down") {
    spells.push({ ...outage(service, align(now - 42 * MINUTE), 0, random), untilAt: null });
  }
  if (hasTrouble && service.behaviour === "slow") spells.push(slowness(align(now - HOUR), null));
  return withoutOverlaps(spells.filter((spell) => spell.fromAt >= from));
}

function withoutOverlaps(spells: Spell[]): Spell[] {
  const kept: Spell[] = [];
  for (const spell of spells.sort((a, b) => a.fromAt - b.fromAt)) {
    const last = kept.at(-1);
    if (last === undefined || (last.untilAt !== null && last.untilAt + STEP < spell.fromAt)) kept.push(spell);
  }
  return kept;
}

function slowness(fromAt: number, untilAt: number | null): Spell {
  return {
    fromAt,
    untilAt,
    status: "degraded",
    reason: "slow answer",
    category: "slow",
    code: 200,
    planned: false,
    note: null,
  };
}

const failures: Readonly<Record<Service["kind"], readonly [string, FailureCategory, number | null][]>> = {
  http: [
    ["HTTP 503: no backend available", "http_status", 503],
    ["HTTP 502: bad gateway", "http_status", 502],
    ["Timed out after 10 s", "timeout", null],
  ],
  tcp: [["Connection refused", "connection_refused", null], [
    "Timed out after 10 s",
    "connect_timeout",
    null,
  ]],
  tls: [["TLS handshake failed", "tls_failed", null]],
  icmp: [["No reply", "ping_failed", null]],
  dns: [["DNS lookup timed out", "dns_timeout", null]],
  push: [["missing heartbeat", "missing_heartbeat", null]],
  exec: [["DISK CRITICAL - free space: / 4%", "plugin_failed", 2]],
};

function outage(service: Service, fromAt: number, untilAt: number, random: () => number): Spell {
  const choices = failures[service.kind];
  const [reason, category, code] = choices[Math.floor(random() * choices.length)];
  return { fromAt, untilAt, status: "down", reason, category, code, planned: false, note: null };
}

async function writeIncidents(store: Store, service: Service, spells: readonly Spell[]): Promise<void> {
  for (const spell of spells) {
    if (spell.status !== "down") continue;
    const { incidentId } = await store.commit({
      openIncident: {
        monitorId: service.id,
        startedAt: spell.fromAt,
        confirmedAt: spell.fromAt + 2 * MINUTE,
        reason: spell.reason,
        category: spell.category,
        code: spell.code,
        cause: null,
        impacted: [],
        snapshot: spell.code === 503 ? "HTTP/1.1 503 Service Unavailable\n\nno backend available" : null,
        planned: spell.planned,
      },
      durable: false,
    });
    if (incidentId === null || spell.untilAt === null) continue;
    await store.commit({ closeIncident: { id: incidentId, endedAt: spell.untilAt }, durable: false });
    if (spell.note !== null) await store.incidents.annotate(incidentId, spell.note, spell.untilAt + HOUR);
  }
}
