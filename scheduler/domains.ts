import { getLogger } from "@logtape/logtape";
import type { Alerts } from "../alerts/alerts.ts";
import { type Clock, DAY, HOUR } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { DomainRecord, Store } from "../domain/store.ts";
import { version } from "../domain/version.ts";
import {
  commonRdapServers,
  fetchBootstrap,
  IANA_BOOTSTRAP_URL,
  lookUpDomain,
  type RdapServers,
} from "../probes/rdap.ts";

export interface DomainPassDeps {
  readonly store: Pick<Store, "domains" | "meta">;
  readonly alerts: Pick<Alerts, "observeDomain">;
  readonly clock: Clock;
  config(): Config;
  /** Where the list of registries' servers is; absent: at IANA. */
  readonly bootstrapUrl?: string;
}

const META_KEY = "rdap_bootstrap";
const BOOTSTRAP_MS = 7 * DAY;
/** A list that could not be fetched is asked for again after this time. */
const BOOTSTRAP_RETRY_MS = DAY;
const userAgent = `hora/${version}`;

interface Kept {
  readonly fetchedAt: number;
  readonly triedAt: number;
  readonly servers: RdapServers;
}

function readKept(text: string | null): Kept | null {
  try {
    const kept = JSON.parse(text ?? "null");
    return typeof kept?.fetchedAt === "number" && typeof kept.servers === "object" ? kept : null;
  } catch {
    return null;
  }
}

/** The registries' servers: kept for a week, then fetched again; when that fails the old list, or the common zones, serve on. */
async function serversInForce(deps: DomainPassDeps, signal: AbortSignal): Promise<RdapServers> {
  const now = deps.clock.now();
  const kept = readKept(await deps.store.meta.get(META_KEY));
  const isFresh = kept !== null && now - kept.fetchedAt < BOOTSTRAP_MS;
  const triedLately = kept !== null && now - kept.triedAt < BOOTSTRAP_RETRY_MS;
  if (kept !== null && (isFresh || triedLately)) return { ...commonRdapServers, ...kept.servers };
  const keep = (value: Kept) => deps.store.meta.set(META_KEY, JSON.stringify(value));
  try {
    const servers = await fetchBootstrap(deps.bootstrapUrl ?? IANA_BOOTSTRAP_URL, userAgent, signal);
    await keep({ fetchedAt: now, triedAt: now, servers });
    return { ...commonRdapServers, ...servers };
  } catch (error) {
    getLogger(["hora", "scheduler"]).warn`Cannot fetch the list of domain registries: ${messageOf(error)}`;
    await keep({ fetchedAt: kept?.fetchedAt ?? 0, triedAt: now, servers: kept?.servers ?? {} });
    return { ...commonRdapServers, ...kept?.servers };
  }
}

function isDue(checkedAt: number, now: number): boolean {
  if (checkedAt > now + HOUR) return true;
  return Math.floor(now / DAY) !== Math.floor(checkedAt / DAY) && now - checkedAt >= 12 * HOUR;
}

/**
 * Asks the registries for every watched domain that was not asked about today: one lookup a domain, however many monitors share it. What is
 * known of the others is shown to alerting again, so that a monitor added later, or one whose warning was muted, need not wait for the
 * next lookup. Call it hourly, at start and when monitors were added. Returns how many domains were looked up.
 */
export async function runDomainPass(deps: DomainPassDeps, signal: AbortSignal): Promise<number> {
  const byDomain = Map.groupBy(
    deps.config().monitors.filter(({ domainExpiry }) => domainExpiry !== null),
    ({ domainExpiry }) => domainExpiry!.toLowerCase(),
  );
  if (byDomain.size === 0) return 0;
  const known = new Map((await deps.store.domains.list()).map((record) => [record.domain, record]));
  const due: [string, Monitor[]][] = [];
  for (const [domain, monitors] of byDomain) {
    const record = known.get(domain);
    if (record === undefined || isDue(record.checkedAt, deps.clock.now())) due.push([domain, monitors]);
    else await remind(deps, monitors, record);
  }
  if (due.length === 0) return 0;
  const servers = await serversInForce(deps, signal);
  for (const [domain, monitors] of due) {
    if (signal.aborted) break;
    const found = await lookUpDomain(domain, servers, userAgent, signal);
    if (signal.aborted) break;
    const [expiresAt, error] = found.ok ? [found.expiresAt, null] : [null, found.error];
    for (const monitor of monitors) {
      await deps.alerts.observeDomain(monitor, expiresAt, error, deps.clock.now());
    }
  }
  return due.length;
}

/** Shows what the last lookup found. */
async function remind(
  deps: DomainPassDeps,
  monitors: readonly Monitor[],
  record: DomainRecord,
): Promise<void> {
  const { error, checkedAt } = record;
  const expiresAt = error === null ? record.expiresAt : null;
  for (const monitor of monitors) {
    await deps.alerts.observeDomain(monitor, expiresAt, error, deps.clock.now(), checkedAt);
  }
}
