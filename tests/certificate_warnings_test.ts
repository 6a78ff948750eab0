import assert from "node:assert/strict";
import { DAY } from "../domain/clock.ts";
import { runCertificatePass } from "../scheduler/certificates.ts";
import { AlertBench } from "./support/alerting.ts";
import { Authority } from "./support/authority.ts";
import { Nginx, nginxProgram } from "./support/nginx.ts";
import { findProgram } from "./support/programs.ts";
import { Receiver } from "./support/receiver.ts";

Deno.test({
  name: "a certificate read from a real handshake each day is warned of in steps, once each, across restarts",
  ignore: nginxProgram === null || findProgram("openssl") === null,
  async fn() {
    await using authority = await Authority.make();
    const { cert, key } = await authority.issue("shop", { until: "400601120000Z" });
    const endsAt = Date.parse("2040-06-01T12:00:00Z");
    const block =
      `server { listen 127.0.0.1:PORT0 ssl; ssl_certificate ${cert}; ssl_certificate_key ${key}; return 200 x; }`;
    await using nginx = await Nginx.start(block, 1);
    await using receiver = new Receiver();
    const monitors = [
      `id = "shop"\nkind = "http"\ntarget = "https://localhost:${nginx.ports[0]}/"`,
      `id = "port"\nkind = "tls"\ntarget = "localhost:${nginx.ports[0]}"`,
    ].map((lines) => `[[monitors]]\n${lines}\nname = "N"\ninterval_secs = 60\ntimeout_secs = 30\n`).join("");
    await using bench = await AlertBench.open(
      `[alerts]\n[[channels]]\nname = "hook"\ntype = "webhook"\nurl = "${receiver.url}/hook"\n${monitors}`,
      { path: `${authority.folder}/hora.db`, startAt: endsAt - 20 * DAY },
    );
    const { signal } = new AbortController();
    const look = () =>
      runCertificatePass(
        { store: bench.store, alerts: bench.alerts, clock: bench.clock, config: () => bench.config },
        signal,
      );
    for (let day = 0; day < 23; day++) {
      assert.equal(await look(), 2);
      await bench.restart();
      assert.equal(await look(), 0, "what was just seen is known after a restart");
      await bench.pass(DAY);
    }
    await receiver.until((await bench.store.outbox.list({ limit: 100 })).length);
    const told = receiver.seen.map((_, index) => receiver.json(index));
    for (const id of ["shop", "port"]) {
      const own = told.filter((message) => message.id === id);
      assert.deepEqual(own.map(({ event }) => event), Array(5).fill("cert_expiring"), id);
      assert.deepEqual(own.map(({ days_left }) => days_left), [14, 7, 3, 1, 0], id);
    }
    assert.equal(told.length, 10);
  },
});
