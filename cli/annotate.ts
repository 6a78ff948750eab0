import { type Command, err, out, textWords } from "./command.ts";
import { type Desk, plainText, withStore } from "./with_store.ts";

const MAX_NOTE = 2000;

/** Attaches a note to an incident, or clears it. */
export const annotate: Command = {
  name: "annotate",
  args: "ID|last NOTE…",
  about: 'attach a note to an incident; "" clears it',
  run: (args) => {
    const [which, ...rest] = args;
    const words = textWords(rest);
    if (which === undefined || words.length === 0) {
      err('usage: hora annotate ID|last NOTE…   ("" clears the note)');
      return Promise.resolve(1);
    }
    return withStore((desk) => note(desk, which, plainText(words.join(" "), MAX_NOTE)));
  },
};

async function note({ store, clock }: Desk, which: string, text: string): Promise<number> {
  const id = which === "last"
    ? (await store.incidents.list({ limit: 1 }))[0]?.id
    : Number(which.replace(/^#/, ""));
  if (id === undefined) {
    err("Error: no incidents recorded");
    return 1;
  }
  if (!Number.isSafeInteger(id) || id < 1) {
    err(`Error: "${which}" is no incident number`);
    return 1;
  }
  if (!await store.incidents.annotate(id, text, clock.now())) {
    err(`Error: no incident #${id}; see \`hora incidents\``);
    return 1;
  }
  out(text === "" ? `Cleared the note on incident #${id}.` : `Annotated incident #${id}: ${text}`);
  return 0;
}
