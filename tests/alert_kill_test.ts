import assert from "node:assert/strict";
import { eventually, type HoraProcess, runHora } from "./support/process.ts";
import { Receiver } from "./support/receiver.ts";

/** A folder with a config for one monitor on a target of ours and one webhook. */
async function withHora(
  run: (world: { folder: string; target: Receiver; hook: Receiver }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "hora-kill-" });
  try {
    await using target = new Receiver();
    await using hook = new Receiver();
    await Deno.writeTextFile(
      `${folder}/hora.toml`,
      `[page]\n[server]\n[alerts]\nfail_threshold = 2\n[[channels]]\nname = "hook"\ntype = "webhook"\nurl = "${hook.url}"\n` +
        `[[monitors]]\nid = "shop"\nname = "Shop"\nkind = "http"\ninterval_secs = 1\nprobe_retries = 0\ntarget = "${target.url}/"\n`,
    );
    await run({ folder, target, hook });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const eventsOf = (hook: Receiver) => hook.seen.map((seen) => JSON.parse(seen.body).event);

async function kill(hora: HoraProcess): Promise<void> {
  hora.signal("SIGKILL");
  await hora.ended;
}

Deno.test("killed between cause and delivery, the next process tells it, once", () =>
  withHora(async ({ folder, target, hook }) => {
    target.answer = () => new Response("no", { status: 500 });
    let letGo: () => void = () => {};
    hook.answer = () => new Promise((resolve) => letGo = () => resolve(new Response("late")));
    {
      await using hora = runHora(folder);
      await hook.until(1);
      await kill(hora);
    }
    letGo();
    hook.answer = () => new Response("ok");
    hook.seen.length = 0;
    await using hora = runHora(folder);
    await hook.until(1);
    const probed = target.seen.length;
    await eventually(() => Promise.resolve(target.seen.length), (count) => count > probed + 3);
    assert.deepEqual(eventsOf(hook), ["down"]);
    await kill(hora);
  }));

Deno.test("killed after delivery, nothing is repeated, and the end is told though it came in between", () =>
  withHora(async ({ folder, target, hook }) => {
    target.answer = () => new Response("no", { status: 500 });
    {
      await using hora = runHora(folder);
      await hook.until(1);
      const probed = target.seen.length;
      await eventually(() => Promise.resolve(target.seen.length), (count) => count > probed + 2);
      await kill(hora);
    }
    target.answer = () => new Response("fine");
    await using hora = runHora(folder);
    await hook.until(2);
    assert.deepEqual(eventsOf(hook), ["down", "recovered"]);
    await kill(hora);
  }));

Deno.test("killed while the channel is down, everything arrives in order when it is back", () =>
  withHora(async ({ folder, target, hook }) => {
    target.answer = () => new Response("no", { status: 500 });
    hook.answer = () => new Response("down too", { status: 503 });
    {
      await using hora = runHora(folder);
      await hook.until(1);
      target.answer = () => new Response("fine");
      const url = await hora.url;
      await eventually(
        async () => await (await fetch(`${url}/api/summary`)).text(),
        (text) => /"status":"up"/.test(text),
      );
      await kill(hora);
    }
    hook.answer = () => new Response("ok");
    hook.seen.length = 0;
    await using hora = runHora(folder);
    await hook.until(2);
    assert.deepEqual(eventsOf(hook), ["down", "recovered"]);
    await kill(hora);
  }));
