import { type HttpKind, jsonRequest } from "./channel.ts";
import { fitPushText, urgencies } from "./push_text.ts";

const MAX_TEXT = 16_000;

export const gotify: HttpKind<"gotify"> = {
  secrets: (config) => [config.url.reveal(), config.token.reveal()],
  request: (config, message) =>
    jsonRequest(`${config.url.reveal().replace(/\/+$/, "")}/message`, {
      title: "Hora Alert",
      message: fitPushText(message, MAX_TEXT),
      priority: urgencies[message.event.kind].gotify,
    }, { "x-gotify-key": config.token.reveal() }),
};
