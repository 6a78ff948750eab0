/**
 * Writes to the database named on the command line as fast as it can, until it is killed, and prints a line for everything that was
 * acknowledged: `check ID AT`, `incident ID`, `closed ID`, `silence ID`. Seals and prunes along the way.
 */
import { systemClock } from "../../domain/clock.ts";
import { openStore } from "../../store/open.ts";
import { someCheck } from "./checks.ts";

const [path, round] = [Deno.args[0], Number(Deno.args[1])];
const store = await openStore(path, { clock: systemClock, exclusive: true });
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
const now = Date.parse("2026-06-01T00:00:00Z") + round * 3_600_000;
let at = now;

async function push(monitorId: string): Promise<void> {
  const check = someCheck({ monitorId, at: ++at, status: at % 7 === 0 ? "down" : "up", standsMs: 60_000 });
  const { onDisk } = await store.commit({ checks: [check], durable: true });
  if (onDisk) say(`check ${monitorId} ${check.at}`);
}

function burst(): void {
  for (let i = 0; i < 300; i++) {
    void store.commit({ checks: [someCheck({ monitorId: "burst", at: ++at })], durable: false });
  }
}

async function outage(): Promise<void> {
  const { incidentId } = await store.commit({
    openIncident: {
      monitorId: "web",
      startedAt: at,
      confirmedAt: at,
      reason: "HTTP 500",
      category: "http_status",
      code: 500,
      cause: null,
      impacted: [],
      snapshot: null,
      planned: false,
    },
    states: [{ key: "machine:web", value: { at } }],
    durable: true,
  });
  say(`incident ${incidentId}`);
  await store.commit({ closeIncident: { id: incidentId!, endedAt: ++at }, durable: true });
  say(`closed ${incidentId}`);
}

say("ready");
for (;;) {
  burst();
  await Promise.all([push("web"), push("api"), push("job")]);
  await outage();
  const [silence] = await store.silences.insert(["*"], Number.MAX_SAFE_INTEGER, null, at);
  say(`silence ${silence.id}`);
  await store.upkeep({
    now: at + 7_200_000,
    retentionDays: new Map(["web", "api", "job", "burst"].map((id) => [id, 3_650])),
    hourlyDays: 3_650,
    dailyDays: 3_650,
    incidentsDays: 3_650,
    orphansDays: 30,
  }, new AbortController().signal);
}
