import type { ChannelConfig } from "../../domain/config.ts";
import type { ChannelKind } from "./channel.ts";
import { discord } from "./discord.ts";
import { email } from "./email.ts";
import { freemobile } from "./freemobile.ts";
import { gotify } from "./gotify.ts";
import { matrix } from "./matrix.ts";
import { ntfy } from "./ntfy.ts";
import { pushover } from "./pushover.ts";
import { slack } from "./slack.ts";
import { telegram } from "./telegram.ts";
import { webhook } from "./webhook.ts";

type Table = { readonly [T in ChannelConfig["type"]]: ChannelKind<T> };

/** Every kind of channel. Adding one is a file beside this, a row here and an entry in the schema of `config/`. */
const kinds: Table = {
  telegram,
  discord,
  slack,
  webhook,
  matrix,
  freemobile,
  email,
  ntfy,
  gotify,
  pushover,
};

/** The kind that goes with a channel's type. */
export function kindOf<C extends ChannelConfig>(channel: C): ChannelKind<C["type"]> {
  // The table's rows are keyed by the very type they serve; TypeScript cannot follow that through an index.
  return kinds[channel.type] as unknown as ChannelKind<C["type"]>;
}
