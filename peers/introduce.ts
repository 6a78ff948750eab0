/** One end of a new connection between two nodes. */
export interface NodeEnd {
  /** `health.id`. */
  readonly id: string;
  /** What people read in alerts. */
  readonly name: string;
  /** Where the other node reaches it, such as `https://lyon.example`. */
  readonly url: string;
  /** How often it sends heartbeats. */
  readonly intervalSecs: number;
  /** Does its file have a `[health]` section? Null: nobody here knows. */
  readonly hasHealth: boolean | null;
}

/** How many of the sender's intervals may pass before it is called silent: two lost heartbeats are no outage. */
const PATIENCE = 3;

/** A fresh token: 32 random bytes, safe in URLs, headers and TOML. */
export function freshToken(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** What each of two nodes must add to its file to watch the other, with one secret token per direction. */
export function introduce(
  here: NodeEnd,
  there: NodeEnd,
  makeToken: () => string = freshToken,
): { here: string; there: string } {
  const outToken = makeToken();
  const inToken = makeToken();
  return {
    here: healthBlock(here) + peerBlock(here, there, outToken, inToken),
    there: healthBlock(there) + peerBlock(there, here, inToken, outToken),
  };
}

function healthBlock({ id, intervalSecs, hasHealth }: NodeEnd): string {
  if (hasHealth) return "";
  const lines = [
    "[health]",
    `id = ${quote(id)}`,
    `interval_secs = ${intervalSecs}`,
    "quorum = true",
    "confirm_with_peers = true",
  ];
  if (hasHealth === false) return `${lines.join("\n")}\n\n`;
  const heading = "# If the file has no [health] section yet, uncomment this one:";
  return `${[heading, ...lines.map((line) => `# ${line}`)].join("\n")}\n\n`;
}

function peerBlock(own: NodeEnd, other: NodeEnd, pingToken: string, listenToken: string): string {
  return [
    "[[peers]]",
    `id = ${quote(other.id)}`,
    `name = ${quote(other.name)}`,
    `ping_url = ${quote(`${other.url}/api/push/${encodeURIComponent(own.id)}`)}`,
    `ping_token = ${quote(pingToken)}`,
    `listen_token = ${quote(listenToken)}`,
    `expect_every_secs = ${other.intervalSecs * PATIENCE}`,
    "",
  ].join("\n");
}

/** A TOML basic string; `$` is doubled where the file would take it for a variable. */
function quote(text: string): string {
  return JSON.stringify(text.replaceAll("\x7f", "")).replaceAll("${", () => "$${");
}
