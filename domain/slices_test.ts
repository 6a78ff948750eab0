import assert from "node:assert/strict";
import { systemClock } from "./clock.ts";
import { Slices } from "./slices.ts";

Deno.test("Slices: whoever asks over a socket is answered while long work goes on", async () => {
  let answered = 0;
  let asked = 0;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
    answered += 1;
    return new Response("here");
  });
  // A process of its own asks, as whoever works here does nothing else meanwhile.
  const asking = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `for (;;) await (await fetch("http://127.0.0.1:${server.addr.port}/")).text().catch(() => Deno.exit());`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  while (answered === 0) await systemClock.sleep(10);
  const slices = new Slices();
  for (const before = answered; asked < 300 && answered < before + 20; asked++) {
    for (const since = systemClock.monotonic(); systemClock.monotonic() - since < 3.5;);
    await slices.pause();
  }
  asking.kill("SIGKILL");
  await asking.status;
  assert.ok(asked < 300, "twenty answers within three hundred slices");
});
