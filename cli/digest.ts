import { buildDigest, digestPeriod, digestText } from "../alerts/digest.ts";
import { type Command, out } from "./command.ts";
import { withStore } from "./with_store.ts";

/** Prints the digest that would be sent now, and sends nothing. */
export const digest: Command = {
  name: "digest",
  args: "",
  about: "print the digest of the last seven days",
  run: () =>
    withStore(async ({ config, store, clock }) => {
      const now = clock.now();
      out(`Hora digest (${digestPeriod(now)})`);
      out(digestText(await buildDigest(store, config, now)));
      return 0;
    }),
};
