import * as z from "zod";
import { dnsRecordTypes, monitorKinds } from "../domain/monitor.ts";
import {
  bool,
  decimal,
  Field,
  instant,
  integer,
  oneOf,
  secret,
  secrets,
  text,
  time,
  u16,
  u32,
  unbuilt,
  words,
} from "./fields.ts";
import { USUAL_TITLE } from "./values.ts";

/**
 * Every section of `hora.toml`: its keys, their types, ranges and defaults. Rules that look at more than one key stand in the file of
 * the section. The JSON Schema for editors is made from these.
 */

const severities = ["info", "warning", "critical", "resolved"] as const;

export const pageShape = {
  title: text().default(USUAL_TITLE).describe("Title of the status page."),
  history_days: integer(0, u16).default(90).describe("Days drawn in the daily bars; 0 draws none."),
  show_peers: bool().default(false).describe("Show the watched peers to everybody, not only with the token."),
  description: text().optional().describe("A sentence below the title."),
  logo: text().optional().describe("Path of an image shown in the page's head."),
  logo_dark: text().optional().describe("The same for the dark theme."),
  links: new Field({
    schema: () => z.array(z.strictObject({ title: z.string().min(1), url: z.string().min(1) })),
  })
    .default([])
    .describe("Links in the page's head: { title, url }."),
  accent: text().optional().describe("Accent colour, #rrggbb."),
  custom_css: text().optional().describe("Path of a CSS file added to the page's own."),
  timezone: text().optional().describe("IANA time zone shown beside UTC, such as Europe/Paris."),
};

export const serverShape = {
  bind: text().default("127.0.0.1:8787").describe("Address and port to listen on. HORA_BIND replaces it."),
  database_path: text().default("hora.db").describe("Path of the database. HORA_DATABASE_PATH replaces it."),
  allowed_origins: words().default([]).describe("Origins that browsers may read the API from; empty: any."),
  client_ip_header: text().optional().describe("Header that holds the client's address, set by your proxy."),
  trusted_proxies: words().default([])
    .describe("Networks (CIDR) whose forwarding headers count, besides loopback and private ones."),
  rate_limit_refill_secs: time(0).default(1).describe(
    "Seconds until one more request is allowed.",
  ),
  rate_limit_burst: integer(0, u32).default(30).describe("Requests a client may send at once."),
  auth_token: secret().optional().describe("Token that shows private monitors and allows operator actions."),
  group_tokens: secrets().default({})
    .describe("Tokens that show the private monitors of one group: group name = token."),
  public_url: text().optional().describe("Where people reach this page, such as https://status.example.com."),
  admin_token: unbuilt(secret()),
  client_ip_trusted_hops: unbuilt(integer(0, u32)),
  allow_unauthenticated_push: unbuilt(bool()),
};

export const alertsShape = {
  fail_threshold: integer(0, u32).default(3).describe("Failing checks in a row before somebody is told."),
  alert_on_degraded: bool().default(false).describe("Tell also about monitors that stay degraded."),
  cert_expiry_days: integer(0, u16).default(14).describe("Warn this many days before a certificate expires."),
  domain_expiry_days: integer(0, u16).default(14).describe("Warn this many days before a domain expires."),
  default_retention_days: integer(0, u16).default(365).describe("Days for which single checks are kept."),
  group_window_secs: time(0).default(30)
    .describe("Seconds to wait for an upstream's failure before telling; 0: tell at once."),
  channel_fail_threshold: integer(1, u32).default(3)
    .describe("Failed messages in a row before a channel is reported through the others."),
  push_alert_window_secs: time(0).default(300)
    .describe("Seconds after which a reported down is told, though it was reported only once; 0: at once."),
  notify_unconfirmed: words().default([]).describe(
    "Channels told instead while every peer that answers sees it up; empty: told as ever.",
  ),
};

export const maintenanceShape = {
  title: text().default("").describe("Shown as the reason."),
  start: instant().describe("First moment, RFC 3339 with offset."),
  end: instant().describe("Last moment, RFC 3339 with offset."),
  monitors: words().default([]).describe("Ids of monitors or peers; empty: everything."),
};

export const bannerShape = {
  title: text().describe("Headline of the banner."),
  body: text().default("").describe("Text below it."),
  severity: oneOf(severities).default("info").describe("Colour of the banner."),
  at: instant().optional().describe("When it happened, RFC 3339 with offset."),
};

export const healthShape = {
  id: text().describe("This node's name among its peers."),
  interval_secs: time(1).default(60).describe("Seconds between heartbeats to the peers."),
  grace_secs: time(0).default(180).describe(
    "Seconds after the start in which no peer is reported.",
  ),
  quorum: bool().default(false).describe("Ask other peers before reporting one as down."),
  heartbeat_url: secret().optional().describe("One more URL that gets a request at every heartbeat."),
  confirm_with_peers: bool().default(false).describe(
    "Ask peers about every monitor before reporting it down.",
  ),
};

export const peerShape = {
  id: text().describe("The other node's `health.id`."),
  name: text().describe("Name used in messages; blank: the id."),
  ping_url: secret().optional().describe("Where our heartbeats go: https://other/api/push/OUR-ID."),
  ping_token: secret().optional().describe("Sent with our heartbeats as X-Push-Token."),
  listen_id: text().optional().describe(
    "Id under which we record the peer's heartbeats; its `id` when absent.",
  ),
  listen_token: secret().optional().describe("Token that the peer's heartbeats and questions must carry."),
  expect_every_secs: time(1).optional().describe(
    "Watch the peer: a heartbeat is due this often.",
  ),
  witness_url: text().optional().describe("Health page of the peer, when not at the origin of `ping_url`."),
  confirm: bool().optional().describe(
    "May this peer be asked to confirm? By default if `ping_url` is a Hora's.",
  ),
  notify: words().optional().describe("Channels to tell; absent: all; empty: none."),
};

export const digestShape = {
  schedule: text().default("0 8 * * 1").describe("When the digest is sent: cron expression, UTC."),
  notify: words().optional().describe("Channels to send it to; absent: all; empty: none."),
};

export const retentionShape = {
  hourly_days: integer(1, u16).default(730).describe("Days for which hourly figures are kept."),
  daily_days: integer(1, u16).default(3650).describe("Days for which daily figures are kept."),
  incidents_days: integer(1, u16).default(3650).describe("Days for which incidents are kept."),
  orphans_days: integer(1, u16).default(30).describe("Days for which a removed monitor's history is kept."),
};

export const updatesShape = {
  check: unbuilt(bool()),
  notify: unbuilt(new Field({ schema: () => z.union([z.boolean(), z.array(z.string())]) })),
};

const statuses = new Field({
  schema: () => {
    const one = [integer(0, u16).schema(), z.string()] as const;
    return z.union([...one, z.array(z.union(one)).min(1)], {
      error: 'must be a status from 100 to 999, a range such as "200-299", or a list of these',
    });
  },
});

export const monitorShape = {
  id: text().describe("Letters, digits, `-` and `_`; stays the same for ever."),
  name: text().describe("Shown on the page and in messages; blank: the id."),
  kind: oneOf(monitorKinds).default("http").describe("How it is watched."),
  target: text().default("").describe("What is watched: a URL, host:port, a host or a name."),
  interval_secs: time(1).describe("Seconds between checks; for push the longest silence."),
  timeout_secs: time(1).default(10).describe("Seconds after which an attempt has failed."),
  fail_threshold: integer(1, u32).optional().describe("Replaces `alerts.fail_threshold` for this monitor."),
  probe_retries: integer(0, 5).optional().describe("More attempts after a failed one, 1 when absent."),
  degraded_over_ms: time(1).optional().describe("Slower than this is degraded."),
  slo_latency_ms: time(1).optional().describe("Latency objective, drawn in the charts."),
  slo_uptime: decimal((number) => number.gt(0).lt(100)).optional().describe(
    "Availability objective in percent.",
  ),
  slo_window_days: integer(1, u16).optional().describe("Days the objective speaks of, 30 when absent."),
  notify: words().optional().describe("Channels to tell; absent: all; empty: none."),
  retention_days: integer(0, u16).optional().describe("Days for which its single checks are kept."),
  group: text().optional().describe("Heading under which it stands on the page."),
  depends_on: words().default([]).describe("Ids of monitors whose failure explains this one's."),
  public: bool().default(true).describe("Shown without a token."),
  public_error_detail: bool().default(false).describe("Show failure messages in full to everybody."),
  domain_expiry: text().optional().describe("Registered domain whose expiry is watched."),
  confirm_with_peers: bool().optional().describe("Ask peers before reporting it down."),
  previous_ids: words().default([]).describe("Ids it had before; their history is carried over."),
  check_cert: bool().optional().describe("Watch the certificate; on for https and tls."),
  cert_pin: text().optional().describe("SHA-256 of the certificate's public key, 64 hex digits."),
  insecure_skip_verify: bool().default(false).describe("Accept any certificate."),
  ca_file: text().optional().describe("PEM file of the authorities to trust instead of the system's."),
  client_cert_file: text().optional().describe("PEM file of the certificate to present."),
  client_key_file: text().optional().describe("PEM file of its key."),
  method: text().optional().describe("HTTP method, GET when absent."),
  body: text().optional().describe("Request body."),
  expected_status: statuses.optional().describe('Accepted status: 204, "200-299", or a list of such.'),
  follow_redirects: bool().default(true).describe("Follow redirects."),
  allow_private_redirects: bool().default(true).describe(
    "Follow redirects from public to private addresses.",
  ),
  headers: secrets().default({}).describe("Request headers."),
  keyword: text().optional().describe("Text that must be in the answer."),
  keyword_invert: bool().default(false).describe("The keyword must not be in the answer."),
  json_query: text().optional().describe("RFC 9535 JSONPath that must find something."),
  json_expected: text().optional().describe("Value that the JSONPath must find."),
  max_body_kb: integer(1, u32).optional().describe("KiB of the answer that are read."),
  dual_stack: bool().default(false).describe("Check IPv4 and IPv6 apart."),
  proxy: secret().optional().describe("Proxy URL: http, https, socks4, socks4a, socks5, socks5h."),
  ip_family: oneOf(["any", "ipv4", "ipv6"]).default("any").describe("Address family to connect with."),
  send: text().optional().describe("Text sent after connecting."),
  expect: text().optional().describe("Text that must be in the answer."),
  starttls: oneOf(["smtp", "imap"]).optional().describe("Protocol in which TLS is asked for."),
  packets: integer(1, 20).default(1).describe("Echo requests in each attempt."),
  degraded_loss_percent: decimal((number) => number.min(0).lt(100)).optional().describe(
    "More lost packets than this is degraded.",
  ),
  dns_record: text().optional().describe(`Record type: ${dnsRecordTypes.join(", ")}; A when absent.`),
  dns_expected: text().optional().describe("Comma-separated answer that is expected."),
  dns_resolver: text().optional().describe("Address and port of the resolver; the system's when absent."),
  push_token: secret().optional().describe("Token that heartbeats must carry."),
  schedule: text().optional().describe("When heartbeats are due: cron expression."),
  grace_secs: time(0).optional().describe(
    "Seconds a scheduled heartbeat may be late, 1800 when absent.",
  ),
  timezone: text().optional().describe("IANA time zone of `schedule`, UTC when absent."),
  command: words().default([]).describe("Program in HORA_EXEC_DIR and its arguments."),
  number_regex: unbuilt(text()),
  number_min: unbuilt(decimal()),
  number_max: unbuilt(decimal()),
  release: unbuilt(text()),
};

const channelBase = { name: text().describe("Name used in `notify`.") };

export const channelShapes = {
  telegram: { ...channelBase, token: secret(), chat_id: text() },
  discord: { ...channelBase, webhook_url: secret() },
  slack: { ...channelBase, webhook_url: secret() },
  webhook: {
    ...channelBase,
    url: secret(),
    method: oneOf(["POST", "PUT", "PATCH", "GET"]).default("POST"),
    headers: secrets().default({}),
    body: text().optional(),
    hmac_secret: secret().optional(),
  },
  matrix: { ...channelBase, homeserver: text(), token: secret(), room_id: text() },
  freemobile: { ...channelBase, user: text(), pass: secret() },
  email: {
    ...channelBase,
    host: text(),
    port: integer(0, u16).default(587),
    from: text(),
    to: new Field({
      schema: () =>
        z.union([z.string(), z.array(z.string())], { error: "must be an address or an array of addresses" }),
    }),
    username: text().default(""),
    password: secret().optional(),
    implicit_tls: bool().default(false),
    tls: oneOf(["starttls", "implicit", "none"]).optional(),
    ca_file: text().optional(),
    ehlo_name: unbuilt(text()),
  },
  ntfy: { ...channelBase, url: secret(), token: secret().optional() },
  gotify: { ...channelBase, url: secret(), token: secret() },
  pushover: { ...channelBase, token: secret(), user: secret() },
};

export type ChannelType = keyof typeof channelShapes;
