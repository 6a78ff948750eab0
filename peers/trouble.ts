/**
 * Why a node could not be reached, and what to do about it. The runtime's words are long, name the URL (and with it a hosted ping service's
 * secret path), and say nothing of what to do.
 */
const known: readonly (readonly [sign: RegExp, words: string, advice: string])[] = [
  [
    /^No answer within/,
    "",
    "does a firewall drop what we send, or is the address wrong?",
  ],
  [
    /UnknownIssuer|self.?signed/i,
    "Its TLS certificate is signed by nobody whom this machine trusts",
    "use a certificate of a public authority, or start Hora with DENO_CERT naming your own authority's file",
  ],
  [
    /NotValidForName|not valid for name/i,
    "Its TLS certificate is for another name than that in the URL",
    "use the name that the certificate was made for",
  ],
  [/certificate expired/i, "Its TLS certificate has expired", "renew it there, or set the clock here"],
  [
    /certificate not valid yet/i,
    "Its TLS certificate is not valid yet",
    "is the clock of this machine right?",
  ],
  [
    /InvalidContentType|corrupt message|wrong version number/i,
    "What answers there does not speak TLS",
    "is it http:// and not https://?",
  ],
  [
    /peer certificate|\bTLS\b|handshake/i,
    "The TLS handshake failed",
    "look at its certificate and its TLS versions",
  ],
  [
    /dns error|failed to lookup|name resolution/i,
    "Its name has no address",
    "is the host in the URL spelled right, and does this machine's resolver work?",
  ],
  [
    /connection refused/i,
    "The connection is refused",
    "is that node running on that port, and does its server.bind let other machines in?",
  ],
  [
    /connection reset|connection closed|broken pipe|unexpected eof|incomplete message/i,
    "It ended the connection without an answer",
    "is the port right, and what stands in front of the node?",
  ],
  [
    /unreachable|no route/i,
    "There is no route to it",
    "is this machine's network, or the VPN between them, up?",
  ],
  [/ports? \d+ .*blocked/i, "That port is never used for HTTP", "correct the port in the URL"],
  [/^HTTP 3\d\d/, "", "write the address that it redirects to"],
  [/^HTTP 400$/, "", "is it https:// and not http://?"],
  [/^HTTP 40[13]$/, "", "does a proxy in front of it ask for a password?"],
  [/^HTTP 404$/, "", "is a path prefix missing, or does a proxy in front of it not pass this path on?"],
  [/^HTTP 429$/, "", "it limits our requests: is the whole mesh behind one address?"],
  [/^HTTP 50[234]$/, "", "a proxy answers for it: is the node behind it running?"],
];

/** The runtime's message as a sentence without URLs. */
export function troubleOf(message: string): string {
  const words = known.find(([sign, words]) => words !== "" && sign.test(message))?.[1];
  return words ?? withoutUrl(message);
}

/** What an operator may do about a reason that `troubleOf` or a status gave; null: nothing is known. */
export function adviceOn(reason: string): string | null {
  return known.find(([sign, words]) => words === "" ? sign.test(reason) : words === reason)?.[2] ?? null;
}

function withoutUrl(message: string): string {
  return message.replace(/\s*for url \([^)]*\)/gi, "").replace(/https?:\/\/[^\s"')]+/gi, "the URL");
}
