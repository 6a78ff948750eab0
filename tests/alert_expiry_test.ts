import assert from "node:assert/strict";
import { DAY, HOUR } from "../domain/clock.ts";
import type { CertificateFacts } from "../domain/outcome.ts";
import { AlertBench } from "./support/alerting.ts";
import { Receiver } from "./support/receiver.ts";

const config = (receiver: Receiver) =>
  `[alerts]\nfail_threshold = 3\n[[channels]]\nname = "hook"\ntype = "webhook"\nurl = "${receiver.url}/hook"\n` +
  `[[monitors]]\nid = "shop"\nname = "Shop"\nkind = "http"\ninterval_secs = 60\ntarget = "https://127.0.0.1:9/"\n` +
  `domain_expiry = "example.com"\n`;

/** A bench on a file, so that restarts find what was kept. */
async function withBench(run: (bench: AlertBench, receiver: Receiver) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "hora-expiry-" });
  try {
    await using receiver = new Receiver();
    await using bench = await AlertBench.open(config(receiver), { path: `${folder}/hora.db` });
    await run(bench, receiver);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Everything that was written has been sent. */
async function sent(bench: AlertBench, receiver: Receiver): Promise<Record<string, unknown>[]> {
  await receiver.until((await bench.store.outbox.list({ limit: 100 })).length);
  return receiver.seen.map((_, index) => receiver.json(index));
}

const lookUp = (bench: AlertBench, expiresAt: number | null, error: string | null = null) =>
  bench.alerts.observeDomain(bench.monitor("shop"), expiresAt, error, bench.clock.now());

const look = (bench: AlertBench, facts: CertificateFacts | null) =>
  bench.alerts.observeCertificate(
    bench.monitor("shop"),
    facts,
    facts === null ? "handshake failed" : null,
    bench.clock.now(),
  );

Deno.test("a domain is warned of in steps, once each, across restarts, and anew after a renewal", () =>
  withBench(async (bench, receiver) => {
    const expiresAt = bench.clock.now() + 20 * DAY;
    for (let day = 0; day < 23; day++) {
      await lookUp(bench, expiresAt);
      await lookUp(bench, expiresAt);
      await bench.restart();
      await lookUp(bench, expiresAt);
      await bench.pass(DAY);
    }
    const told = await sent(bench, receiver);
    assert.deepEqual(told.map((message) => message.event), Array(5).fill("domain_expiring"));
    assert.deepEqual(told.map((message) => message.days_left), [14, 7, 3, 1, 0]);
    assert.equal(told[0].domain, "example.com");
    assert.equal(told[0].expires_at, expiresAt / 1000);
    const log = await bench.store.decisions.list({ monitorId: "shop", limit: 50 });
    assert.deepEqual(log.map((entry) => entry.text.replace("Warned: the domain example.com ", "")), [
      "expires in 14 days",
      "expires in 7 days",
      "expires in 3 days",
      "expires in 1 day",
      "has expired",
    ]);
    await lookUp(bench, bench.clock.now() + 365 * DAY);
    assert.equal((await sent(bench, receiver)).length, 5, "a renewal is no news");
    await bench.pass(360 * DAY);
    await lookUp(bench, bench.clock.now() + 5 * DAY);
    assert.equal((await sent(bench, receiver))[5].days_left, 5);
  }));

Deno.test("a look-up that fails keeps the known expiry, which is warned of all the same", () =>
  withBench(async (bench, receiver) => {
    const expiresAt = bench.clock.now() + 20 * DAY;
    await lookUp(bench, expiresAt);
    for (let day = 0; day < 22; day++) {
      await bench.pass(DAY);
      await lookUp(bench, null, "registry answers HTTP 503");
      if (day % 4 === 0) await bench.restart();
    }
    const [row] = await bench.store.domains.list();
    assert.equal(row.expiresAt, expiresAt);
    assert.equal(row.error, "registry answers HTTP 503");
    const told = await sent(bench, receiver);
    assert.deepEqual(
      told.filter(({ event }) => event === "domain_expiring").map(({ days_left }) => days_left),
      [14, 7, 3, 1, 0],
    );
    const unreadable = told.filter(({ event }) => event === "domain_unreadable");
    assert.deepEqual(unreadable.map(({ message }) => message), ["registry answers HTTP 503"], "told once");
    await lookUp(bench, expiresAt + 365 * DAY);
    assert.equal((await bench.store.domains.list())[0].error, null);
    assert.equal((await sent(bench, receiver)).length, told.length);
  }));

Deno.test("a domain that nobody could ever look up is told of after a week, once", () =>
  withBench(async (bench, receiver) => {
    for (let day = 0; day < 12; day++) {
      await lookUp(bench, null, "no registry for this domain");
      await bench.restart();
      const messages = await bench.store.outbox.list({ limit: 5 });
      assert.equal(messages.length, day < 7 ? 0 : 1);
      await bench.pass(DAY);
    }
    const [message] = await sent(bench, receiver);
    assert.equal(message.event, "domain_unreadable");
    assert.equal(message.domain, "example.com");
  }));

Deno.test("a domain's step that a silence kept back is told by the first look-up after it", () =>
  withBench(async (bench, receiver) => {
    const expiresAt = bench.clock.now() + 10 * DAY;
    await bench.store.silences.insert(["shop"], bench.clock.now() + HOUR, null, bench.clock.now());
    await lookUp(bench, expiresAt);
    assert.equal((await bench.store.outbox.list({ limit: 5 })).length, 0);
    await bench.restart();
    await bench.pass(DAY);
    await lookUp(bench, expiresAt);
    assert.deepEqual((await sent(bench, receiver)).map(({ days_left }) => days_left), [9]);
  }));

Deno.test("a certificate that cannot be read is told of once while the service is up, and anew after it was readable", () =>
  withBench(async (bench, receiver) => {
    const facts = {
      notBeforeAt: 0,
      notAfterAt: bench.clock.now() + 13 * DAY,
      fingerprint: "aa",
      subject: "CN=shop",
      issuer: "CN=ca",
    };
    await bench.check("shop", "up");
    await look(bench, null);
    await look(bench, null);
    assert.equal((await bench.store.outbox.list({ limit: 5 })).length, 0, "two looks may fail by chance");
    await bench.restart();
    await bench.check("shop", "up");
    for (let count = 0; count < 3; count++) {
      await look(bench, null);
      await bench.restart();
      await bench.check("shop", "up");
    }
    assert.deepEqual((await sent(bench, receiver)).map(({ event }) => event), ["cert_unreadable"]);
    assert.equal(receiver.json(0).message, "handshake failed");
    assert.equal((await bench.store.certificates.list())[0].error, "handshake failed");

    await look(bench, { ...facts, notAfterAt: facts.notAfterAt + 5 * DAY });
    assert.equal((await bench.store.certificates.list())[0].error, null);
    assert.equal((await sent(bench, receiver)).length, 1);
    await bench.pass(5 * DAY);
    for (let count = 0; count < 4; count++) await look(bench, null);
    const told = (await sent(bench, receiver)).slice(1);
    assert.deepEqual(told.map(({ event }) => event).sort(), ["cert_expiring", "cert_unreadable"]);
    assert.equal((await bench.store.certificates.list())[0].facts?.fingerprint, "aa", "what was known stays");
  }));

Deno.test("a certificate that cannot be read because the service is down is no news of its own", () =>
  withBench(async (bench, receiver) => {
    for (let count = 0; count < 4; count++) {
      await bench.check("shop", "down");
      await look(bench, null);
    }
    assert.deepEqual((await sent(bench, receiver)).map(({ event }) => event), ["down"]);
  }));
