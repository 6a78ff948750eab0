import { duration, instant } from "../alerts/words.ts";
import type { Config } from "../domain/config.ts";
import { secondsBetween } from "../domain/duration.ts";
import type { Incident } from "../domain/incident.ts";
import { type Command, err, out } from "./command.ts";
import { nameOf, withStore } from "./with_store.ts";

const DEFAULT_LIMIT = 20;

/** Lists incidents, newest first. */
export const incidents: Command = {
  name: "incidents",
  args: "[LIMIT]",
  about: "list incidents, newest first",
  run: (args) => {
    const text = args[0] ?? String(DEFAULT_LIMIT);
    if (!/^[+-]?[0-9]{1,9}$/.test(text)) {
      err("usage: hora incidents [LIMIT]");
      return Promise.resolve(1);
    }
    return withStore(async ({ config, store }) => {
      const rows = await store.incidents.list({ limit: Math.max(1, Number(text)) });
      if (rows.length === 0) out("No incidents recorded.");
      for (const row of rows) show(config, row);
      return 0;
    });
  },
};

function show(config: Config, incident: Incident): void {
  const { id, monitorId, startedAt, endedAt, unwatched } = incident;
  const lasted = endedAt === null ? "" : duration(secondsBetween(startedAt, endedAt) * 1_000);
  const end = endedAt === null
    ? "ongoing"
    : `${instant(endedAt)} (${lasted}${unwatched ? ", no longer watched" : ""})`;
  out(`#${id}  ${nameOf(config, monitorId)}  ${instant(startedAt)} -> ${end}`);
  const answered = incident.snapshot?.split("\n", 1)[0];
  const lines = [
    ["error: ", incident.reason],
    ["answered: ", answered],
    ["caused by: ", incident.cause?.name],
    ["vantage: ", incident.vantage],
    ["note:  ", incident.note],
  ];
  for (const [label, value] of lines) if (value) out(`      ${label}${value}`);
}
