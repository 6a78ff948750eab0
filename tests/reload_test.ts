import assert from "node:assert/strict";
import { Database } from "../store/sqlite/database.ts";
import { checkOf } from "./support/alerting.ts";
import { type Instance, openInstance } from "./support/instance.ts";

const head = `[page]\n[server]\n`;
const push = (id: string, more = "") =>
  `[[monitors]]\nid = "${id}"\nname = "${id}"\nkind = "push"\ninterval_secs = 60\n${more}`;

async function observe({ hora, clock }: Instance, id: string): Promise<void> {
  const monitor = hora.config().monitors.find((one) => one.id === id)!;
  const check = checkOf(id, clock.now(), "up");
  await hora.alerts.observe({ monitor, check, snapshot: null, durable: true });
}

Deno.test("a file that cannot be taken over beside another process's lock changes nothing, and is taken over after it", async () => {
  await using instance = await openInstance(head + push("a") + push("b"));
  const { hora, clock, folder } = instance;
  for (const id of ["a", "b"]) await observe(instance, id);
  const ids = () => [
    hora.config().monitors.map(({ id }) => id).join(),
    ["a", "b", "c"].filter((id) => hora.board.has(id)).join(),
    ["a", "b", "c"].filter((id) => hora.alerts.positionOf(id) !== null).join(),
  ];
  const other = new Database(`${folder}/hora.db`);
  try {
    other.exec("BEGIN IMMEDIATE");
    await Deno.writeTextFile(`${folder}/hora.toml`, head + push("a") + push("c"));
    let result: string | null = null;
    const reloading = hora.reload().then((what) => result = what);
    while (result === null) await clock.advance(100);
    assert.equal(await reloading, "refused");
    assert.deepEqual(ids(), ["a,b", "a,b", "a,b"]);
  } finally {
    other.close();
  }
  await clock.advance(1_000);
  assert.equal(await hora.reload(), "applied");
  assert.deepEqual(ids(), ["a,c", "a,c", "a"]);
});

Deno.test("a heartbeat under the earlier id, while a new one is taken over, does not begin a history of its own", async () => {
  await using instance = await openInstance(head + push("old"));
  const { hora, clock } = instance;
  await observe(instance, "old");
  const { store } = hora;
  const carryOver = store.carryOver.bind(store);
  store.carryOver = async (id, previousIds) => {
    const carried = await carryOver(id, previousIds);
    await clock.advance(1_000);
    if (hora.config().monitors.some((one) => one.id === "old")) await observe(instance, "old");
    return carried;
  };
  await instance.configure(head + push("new", `previous_ids = ["old"]\n`));
  assert.deepEqual([
    (await store.checks.newest("old", 9)).length,
    (await store.checks.newest("new", 9)).length,
  ], [
    0,
    1,
  ]);
});
