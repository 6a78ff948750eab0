import type { Clock } from "../domain/clock.ts";
import { DAY } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import type { AlertEvent } from "../domain/event.ts";
import { expiryStep, type Warned, warningDue, withWarning } from "../domain/expiry.ts";
import type { Monitor } from "../domain/monitor.ts";
import { monitorStates } from "../domain/monitor_states.ts";
import type { CertificateFacts } from "../domain/outcome.ts";
import type { Status } from "../domain/status.ts";
import type { Notification, Store } from "../domain/store.ts";
import { Draft } from "./draft.ts";
import { mutedNow } from "./mutes.ts";
import { channelNames } from "./routing.ts";
import { expiry } from "./words.ts";

/** Looks in a row that must fail before people are told that a certificate cannot be read. */
const UNREADABLE_LOOKS = 3;
/** A registry may be away for so long before that is told. */
const SILENT_REGISTRY_MS = 7 * DAY;

/** The pinned key must be seen alone for so long before a strange one that was told of is news again. */
const SETTLED_MS = DAY;
/** So many strange keys are remembered. */
const MAX_KEYS = 32;

interface CertState {
  readonly warned: readonly Warned[];
  readonly failures: number;
  readonly unreadableTold: boolean;
  readonly lastFingerprint: string | null;
  /** The keys that people were told of. */
  readonly toldFingerprints: readonly string[];
  /** Since when only the pinned key is seen; null: another was seen last. */
  readonly pinnedSinceAt: number | null;
}

const freshCert: CertState = {
  warned: [],
  failures: 0,
  unreadableTold: false,
  lastFingerprint: null,
  toldFingerprints: [],
  pinnedSinceAt: null,
};

interface DomainState {
  readonly domain: string;
  readonly warned: readonly Warned[];
  readonly failingSinceAt: number | null;
  readonly unreadableTold: boolean;
}

const CERT = monitorStates.certificate;
const DOMAIN = monitorStates.domain;

export interface ExpiriesDeps {
  readonly store: Store;
  readonly clock: Clock;
  config(): Config;
  statusOf(id: string): Status;
  posted(notifications: readonly Notification[]): void;
}

/** Certificates and domains: warned of in steps, each step once, kept across restarts; muted steps are told later. */
export class Expiries {
  readonly #deps: ExpiriesDeps;
  readonly #certs = new Map<string, CertState>();
  readonly #domains = new Map<string, DomainState>();

  constructor(deps: ExpiriesDeps) {
    this.#deps = deps;
  }

  async load(): Promise<void> {
    const certs = await this.#deps.store.states.load(CERT);
    for (const [key, value] of certs) {
      this.#certs.set(key.slice(CERT.length), certOf(value as KeptCert));
    }
    const domains = await this.#deps.store.states.load(DOMAIN);
    for (const [key, value] of domains) {
      const kept = value as DomainState & { warned: KeptWarned };
      this.#domains.set(key.slice(DOMAIN.length), { ...kept, warned: warnedOf(kept.warned) });
    }
  }

  /** A monitor got a new id: what was told about its certificate and domain moves along. */
  async rename(from: string, to: string, now: number): Promise<void> {
    const draft = new Draft(now);
    draft.commit.durable = true;
    const [cert, domain] = [this.#certs.get(from), this.#domains.get(from)];
    if (cert !== undefined) this.#move(draft, CERT, from, to, cert);
    if (domain !== undefined) this.#move(draft, DOMAIN, from, to, domain);
    if (draft.isEmpty) return;
    await draft.save(this.#deps.store);
    if (cert !== undefined) this.#certs.set(to, cert);
    if (domain !== undefined) this.#domains.set(to, domain);
    this.#certs.delete(from);
    this.#domains.delete(from);
  }

  #move(draft: Draft, prefix: string, from: string, to: string, value: CertState | DomainState): void {
    draft.keep(prefix + from, null);
    draft.keep(prefix + to, value);
  }

  async certificate(
    monitor: Monitor,
    facts: CertificateFacts | null,
    error: string | null,
    now: number,
  ): Promise<void> {
    const { store } = this.#deps;
    const known = facts ??
      (await store.certificates.list()).find((row) => row.monitorId === monitor.id)?.facts ?? null;
    await store.certificates.upsert({ monitorId: monitor.id, facts: known, checkedAt: now, error });
    const before = this.#certs.get(monitor.id) ?? freshCert;
    const draft = new Draft(now);
    const isMuted = await mutedNow(store, this.#deps.config(), monitor.id, now) !== null;
    let after = facts === null
      ? this.#unreadable(draft, monitor, before, error ?? "no reason given", isMuted)
      : { ...this.#pin(draft, monitor, before, facts, isMuted), failures: 0, unreadableTold: false };
    if (known !== null) after = this.#certExpiry(draft, monitor, after, known.notAfterAt, isMuted);
    if (JSON.stringify(after) === JSON.stringify(before)) return;
    draft.keep(CERT + monitor.id, after);
    const { notifications } = await draft.save(store);
    this.#certs.set(monitor.id, after);
    this.#deps.posted(notifications);
  }

  #certExpiry(
    draft: Draft,
    monitor: Monitor,
    state: CertState,
    notAfterAt: number,
    isMuted: boolean,
  ): CertState {
    const step = expiryStep(notAfterAt, draft.now, this.#deps.config().alerts.certExpiryDays);
    if (isMuted || !warningDue(state.warned, notAfterAt, step)) return state;
    this.#tell(draft, monitor, { kind: "cert_expiring", ...subject(draft, monitor), notAfterAt });
    draft.decide(monitor.id, "certificate", `Warned: its certificate ${expiry(notAfterAt, draft.now)}`);
    return { ...state, warned: withWarning(state.warned, notAfterAt, step ?? 0) };
  }

  #unreadable(draft: Draft, monitor: Monitor, state: CertState, reason: string, isMuted: boolean): CertState {
    const failures = Math.min(state.failures + 1, UNREADABLE_LOOKS);
    const counted = { ...state, failures };
    // A monitor that is not up has told its own story; only a certificate that hides behind a healthy service is news.
    const isNews = failures >= UNREADABLE_LOOKS && !state.unreadableTold &&
      this.#deps.statusOf(monitor.id) === "up";
    if (!isNews || isMuted) return counted;
    this.#tell(draft, monitor, { kind: "cert_unreadable", ...subject(draft, monitor), reason });
    draft.decide(monitor.id, "certificate", `Told that its certificate cannot be read: ${reason}`);
    return { ...counted, unreadableTold: true };
  }

  /** A key other than the pinned one alerts once per new key. A mute only delays that: the key is not accepted meanwhile. */
  #pin(
    draft: Draft,
    monitor: Monitor,
    state: CertState,
    facts: CertificateFacts,
    isMuted: boolean,
  ): CertState {
    const seen = { ...state, lastFingerprint: facts.fingerprint };
    const pin = "tls" in monitor ? monitor.tls.certPin : null;
    if (pin === null) return { ...seen, toldFingerprints: [], pinnedSinceAt: null };
    if (facts.fingerprint === pin.toLowerCase()) {
      const pinnedSinceAt = state.pinnedSinceAt ?? draft.now;
      const isSettled = draft.now - pinnedSinceAt >= SETTLED_MS;
      return { ...seen, pinnedSinceAt, toldFingerprints: isSettled ? [] : state.toldFingerprints };
    }
    if (state.toldFingerprints.includes(facts.fingerprint)) return { ...seen, pinnedSinceAt: null };
    if (isMuted) return state;
    const old = state.lastFingerprint === facts.fingerprint ? pin : state.lastFingerprint ?? pin;
    this.#tell(draft, monitor, {
      kind: "cert_changed",
      ...subject(draft, monitor),
      oldFingerprint: old,
      newFingerprint: facts.fingerprint,
    });
    draft.decide(monitor.id, "certificate", "Told that its certificate has another key than the pinned one");
    const toldFingerprints = [...state.toldFingerprints, facts.fingerprint].slice(-MAX_KEYS);
    return { ...seen, toldFingerprints, pinnedSinceAt: null };
  }

  async domain(
    monitor: Monitor,
    expiresAt: number | null,
    error: string | null,
    now: number,
    checkedAt: number = now,
  ): Promise<void> {
    const domain = monitor.domainExpiry;
    if (domain === null) return;
    const { store } = this.#deps;
    const row = (await store.domains.list()).find((candidate) => candidate.domain === domain);
    const known = expiresAt ?? row?.expiresAt ?? null;
    await store.domains.upsert({ domain, expiresAt: known, checkedAt, error });
    const kept = this.#domains.get(monitor.id);
    const before: DomainState = kept?.domain === domain
      ? kept
      : { domain, warned: [], failingSinceAt: null, unreadableTold: false };
    const draft = new Draft(now);
    const isMuted = await mutedNow(store, this.#deps.config(), monitor.id, now) !== null;
    let after: DomainState = expiresAt === null
      ? this.#silentRegistry(draft, monitor, before, error ?? "no reason given", isMuted)
      : { ...before, failingSinceAt: null, unreadableTold: false };
    const step = known === null ? null : expiryStep(known, now, this.#deps.config().alerts.domainExpiryDays);
    if (known !== null && !isMuted && warningDue(after.warned, known, step)) {
      this.#tell(draft, monitor, {
        kind: "domain_expiring",
        ...subject(draft, monitor),
        domain,
        expiresAt: known,
      });
      draft.decide(monitor.id, "domain", `Warned: the domain ${domain} ${expiry(known, now)}`);
      after = { ...after, warned: withWarning(after.warned, known, step ?? 0) };
    }
    if (kept !== undefined && JSON.stringify(after) === JSON.stringify(kept)) return;
    draft.keep(DOMAIN + monitor.id, after);
    const { notifications } = await draft.save(store);
    this.#domains.set(monitor.id, after);
    this.#deps.posted(notifications);
  }

  #silentRegistry(
    draft: Draft,
    monitor: Monitor,
    state: DomainState,
    reason: string,
    isMuted: boolean,
  ): DomainState {
    const failingSinceAt = state.failingSinceAt ?? draft.now;
    const failing = { ...state, failingSinceAt };
    if (isMuted || state.unreadableTold || draft.now - failingSinceAt < SILENT_REGISTRY_MS) return failing;
    this.#tell(draft, monitor, {
      kind: "domain_unreadable",
      ...subject(draft, monitor),
      domain: state.domain,
      reason,
    });
    draft.decide(monitor.id, "domain", `Told that the domain cannot be looked up: ${reason}`);
    return { ...failing, unreadableTold: true };
  }

  #tell(draft: Draft, monitor: Monitor, event: AlertEvent): void {
    draft.tell(event, channelNames(this.#deps.config(), monitor.notify), null);
  }
}

/** As earlier versions kept it: the newest only. */
type KeptWarned = Warned | readonly Warned[] | null | undefined;
type KeptCert = Partial<Omit<CertState, "warned">> & {
  readonly warned?: KeptWarned;
  readonly toldFingerprint?: string | null;
};

function warnedOf(kept: KeptWarned): readonly Warned[] {
  if (kept === null || kept === undefined) return [];
  return "step" in kept ? [kept] : kept;
}

function certOf({ toldFingerprint, warned, ...kept }: KeptCert): CertState {
  const toldFingerprints = typeof toldFingerprint === "string" ? [toldFingerprint] : [];
  return { ...freshCert, toldFingerprints, ...kept, warned: warnedOf(warned) };
}

function subject(draft: Draft, monitor: Monitor) {
  return { at: draft.now, monitorId: monitor.id, monitor: monitor.name };
}
