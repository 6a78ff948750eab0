import type { HttpKind } from "./channel.ts";
import { bytesOf } from "./fit.ts";
import { fitPushText, urgencies } from "./push_text.ts";

/** A longer body is turned into an attachment, which nobody reads on a watch. */
const MAX_BYTES = 4096;

export const ntfy: HttpKind<"ntfy"> = {
  secrets: (config) => [config.url.reveal(), config.token?.reveal() ?? ""],
  request: (config, message) => {
    const { tag, ntfy } = urgencies[message.event.kind];
    const token = config.token?.reveal() ?? "";
    return {
      url: config.url.reveal(),
      method: "POST",
      headers: {
        "content-type": "text/plain; charset=utf-8",
        "title": "Hora Alert",
        "tags": tag,
        "priority": String(ntfy),
        ...token === "" ? {} : { authorization: `Bearer ${token}` },
      },
      body: fitPushText(message, MAX_BYTES, bytesOf),
    };
  },
};
