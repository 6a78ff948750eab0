import type { ChannelConfig } from "../domain/config.ts";
import { Secret } from "../domain/secret.ts";
import { nearest } from "./problem.ts";
import { type Report, Section, type Shape } from "./section.ts";
import { channelShapes, type ChannelType } from "./shapes.ts";
import type { Table } from "./toml.ts";
import { isUrl } from "./values.ts";

/** A channel of any type while it is checked. */
export interface ChannelDraft {
  readonly section: Section<Shape>;
  readonly type: ChannelType;
  /** The key whose empty value disables the channel; null: enabled. */
  readonly emptyKey: string | null;
}

/** Keys whose empty value disables a channel, per type. */
const needed: Readonly<Record<ChannelType, readonly string[]>> = {
  telegram: ["token", "chat_id"],
  discord: ["webhook_url"],
  slack: ["webhook_url"],
  webhook: ["url"],
  matrix: ["homeserver", "token", "room_id"],
  freemobile: ["user", "pass"],
  email: ["host", "from", "to"],
  ntfy: ["url"],
  gotify: ["url", "token"],
  pushover: ["token", "user"],
};

const urlKeys = ["webhook_url", "url", "homeserver"];

/** Reads one `[[channels]]` entry by its type; null when the type itself is missing or unknown. */
export function readChannel(raw: Table, index: number, report: Report): ChannelDraft | null {
  const path = ["channels", index];
  const types = Object.keys(channelShapes) as ChannelType[];
  const type = raw.type;
  if (typeof type !== "string" || !types.includes(type as ChannelType)) {
    const near = typeof type === "string" ? nearest(type, types) : null;
    const hint = near === null ? "" : `, did you mean \`${near}\`?`;
    const list = types.map((known) => `\`${known}\``).join(", ");
    report.error(
      [...path, "type"],
      type === undefined ? `is required: one of ${list}` : `must be one of ${list}${hint}`,
    );
    return null;
  }
  const { type: _type, ...rest } = raw;
  const shape: Shape = channelShapes[type as ChannelType];
  const section = new Section(
    rest,
    path,
    report,
    shape,
    type === "email" ? "an email channel" : `a ${type} channel`,
  );
  const emptyKey = needed[type as ChannelType].find((key) => isEmpty(section.values[key])) ?? null;
  return { section, type: type as ChannelType, emptyKey };
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0 || value.every(isEmpty);
  return value === "" || (value instanceof Secret && value.isEmpty);
}

/** `names` are those of the channels before this one. */
export function checkChannel({ section, type, emptyKey }: ChannelDraft, names: Set<string>): void {
  const name = section.values.name as string | undefined;
  if (name === "") section.error("name", "must not be empty");
  if (name !== undefined && name !== "") {
    if (names.has(name)) section.error("name", `another channel is already called ${section.shown("name")}`);
    names.add(name);
  }
  if (emptyKey !== null) {
    section.warn(emptyKey, "is empty, so this channel is disabled and sends nothing");
  }
  for (const key of urlKeys) {
    const value = section.values[key];
    const url = value instanceof Secret ? value.reveal() : value;
    if (typeof url !== "string" || url === "") continue;
    if (!isUrl(url, ["http:", "https:"])) {
      section.warn(key, "is not an http or https URL: nothing can be sent");
    } else if (/^http:/i.test(url)) {
      section.warn(key, "is plain http: messages and secrets can be read on the way");
    }
  }
  if (type === "email" && section.has("tls") && section.has("implicit_tls")) {
    const { tls, implicit_tls } = section.values;
    if ((tls === "implicit") !== implicit_tls) {
      section.warn("implicit_tls", "is ignored, `tls` says otherwise");
    }
  }
}

/** The typed channel of a draft without problems. */
export function buildChannel({ section, type, emptyKey }: ChannelDraft): ChannelConfig {
  // deno-lint-ignore no-explicit-any -- the shape of `type` was checked key by key
  const values = section.values as any;
  const base = { name: values.name as string, enabled: emptyKey === null };
  switch (type) {
    case "telegram":
      return { ...base, type, token: values.token, chatId: values.chat_id };
    case "discord":
    case "slack":
      return { ...base, type, webhookUrl: values.webhook_url };
    case "webhook":
      return {
        ...base,
        type,
        url: values.url,
        method: values.method,
        headers: values.headers,
        body: values.body ?? null,
        hmacSecret: filled(values.hmac_secret),
      };
    case "matrix":
      return { ...base, type, homeserver: values.homeserver, token: values.token, roomId: values.room_id };
    case "freemobile":
      return { ...base, type, user: values.user, pass: values.pass };
    case "email":
      return {
        ...base,
        type,
        host: values.host,
        port: values.port,
        from: values.from,
        to: (Array.isArray(values.to) ? values.to : [values.to]).filter((to: string) => to !== ""),
        username: values.username,
        password: values.password ?? new Secret(""),
        implicitTls: (values.tls ?? (values.implicit_tls ? "implicit" : "starttls")) === "implicit",
        tls: values.tls ?? (values.implicit_tls ? "implicit" : "starttls"),
        caFile: values.ca_file ?? null,
      };
    case "ntfy":
      return { ...base, type, url: values.url, token: filled(values.token) };
    case "gotify":
      return { ...base, type, url: values.url, token: values.token };
    case "pushover":
      return { ...base, type, token: values.token, user: values.user };
  }
}

/** An optional secret whose variable is not set is no secret at all. */
function filled(secret: Secret | undefined): Secret | null {
  return secret === undefined || secret.isEmpty ? null : secret;
}
