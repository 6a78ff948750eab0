import { type HttpKind, jsonRequest } from "./channel.ts";
import { fitPushText, urgencies } from "./push_text.ts";

const MAX_TEXT = 1024;

export const pushover: HttpKind<"pushover"> = {
  secrets: (config) => [config.token.reveal(), config.user.reveal()],
  request: (config, message) =>
    jsonRequest("https://api.pushover.net/1/messages.json", {
      token: config.token.reveal(),
      user: config.user.reveal(),
      message: fitPushText(message, MAX_TEXT),
      title: "Hora Alert",
      priority: urgencies[message.event.kind].pushover,
    }),
};
