import assert from "node:assert/strict";

/** Where each row of the tables of verdicts is tried against a real server, program or network: a file of `probes/` and its test's name. */
const rows: readonly (readonly [verdict: string, file: string, test: string])[] = [
  ["http: deadline", "http_test.ts", "calls silence at any point a timeout, without latency"],
  ["http: more than ten redirects", "http_test.ts", "follows ten redirects and refuses the eleventh"],
  ["http: connect timeout", "network_test.ts", "what never answers is a timeout for every kind"],
  ["http: DNS, refused", "http_test.ts", "names refused connections, unknown hosts and slow answers"],
  ["http: TLS", "tls_test.ts", "judge certificates of a real nginx"],
  ["http: invalid body", "http_test.ts", "damaged gzip"],
  ["http: other errors, unsupported scheme", "http_test.ts", "redirect to another scheme"],
  ["http: status with a snippet", "http_test.ts", "503 with a body"],
  ["http: status alone", "http_test.ts", "500 without a body"],
  ["http: keyword missing", "http_test.ts", "keyword missing"],
  ["http: keyword present", "http_test.ts", "keyword present"],
  ["http: not JSON", "http_test.ts", "not JSON"],
  ["http: JSON matched nothing", "http_test.ts", "JSON matched nothing"],
  ["http: JSON differs", "http_test.ts", "JSON differs and shows what it found"],
  ["http: proxy", "proxy_test.ts", "says that the proxy failed, without showing its credentials"],
  ["http: proxy over TLS", "network_test.ts", "goes through a proxy that speaks TLS itself"],
  ["http: HTTP/2 only", "http2_test.ts", "speaks HTTP/2 with a server that takes nothing else"],
  [
    "tcp: up, refused, no such host",
    "tcp_test.ts",
    "is up when the port accepts and says why when it does not",
  ],
  ["tcp: timeout", "tcp_test.ts", "times out when the expected text never comes"],
  ["tcp: all addresses", "tcp_test.ts", "goes on to the next address when one refuses"],
  ["tls: after STARTTLS", "tls_test.ts", "asks SMTP and IMAP servers for TLS"],
  ["tls: timeout", "tls_test.ts", "a handshake that never ends is a timeout"],
  ["icmp: no such host", "icmp_test.ts", "pings this machine, by its own socket or by the system's ping"],
  [
    "icmp: no socket",
    "icmp_test.ts",
    "without a socket uses the system's ping, and without both says what to change",
  ],
  ["icmp: no reply, anything else", "icmp_test.ts", "tells unreachable from silent"],
  ["icmp: loss", "network_test.ts", "measures loss, delay and jitter of a slow and lossy link"],
  ["dns: resolver cannot be used", "dns_answers_test.ts", "and a resolver on port 0"],
  ["dns: NXDOMAIN", "dns_answers_test.ts", '"NXDOMAIN"'],
  ["dns: SERVFAIL", "dns_answers_test.ts", '"SERVFAIL"'],
  ["dns: REFUSED", "dns_answers_test.ts", '"REFUSED"'],
  ["dns: no record of the type", "dns_answers_test.ts", '"NODATA"'],
  ["dns: deadline", "dns_answers_test.ts", '"silence"'],
  ["dns: pin mismatch", "dns_test.ts", "a pin mismatch keeps the answer"],
  ["dns: every type", "dns_test.ts", "asks a real name server for every record type"],
  ["push: overdue", "push_test.ts", "without a schedule counts from the last heartbeat"],
  ["push: missed slot", "push_test.ts", '"after grace"'],
  ["push: never seen", "push_test.ts", "never seen, past its first slot"],
  ["push: no next slot", "push_test.ts", "with a schedule that never comes again is never overdue"],
  ["exec: exit 0", "exec_test.ts", '"exit 0"'],
  ["exec: exit 1", "exec_test.ts", '"exit 1 with a message"'],
  ["exec: exit 1, no word", "exec_test.ts", '"exit 1 without a word"'],
  ["exec: other exits", "exec_test.ts", '"exit 3 is down, not unknown"'],
  ["exec: other exits, no word", "exec_test.ts", '"exit 4 without a word"'],
  ["exec: killed by a signal", "exec_test.ts", '"killed by SIGKILL"'],
  ["exec: deadline", "exec_test.ts", '"deaf to SIGTERM"'],
  ["exec: cannot start, missing, escapes", "exec_test.ts", "runs only what lies inside its folder"],
  ["dual stack: both, one, none", "tcp_test.ts", "combineFamilies() follows its table"],
  ["dual stack: a family without address", "network_test.ts", "on a machine without IPv6 the rest works"],
];

Deno.test("every row of the tables of verdicts has its test", async () => {
  for (const [verdict, file, test] of rows) {
    const text = await Deno.readTextFile(new URL(`../probes/${file}`, import.meta.url));
    assert.ok(text.includes(test), `${verdict}: ${file} has no test ${test}`);
  }
});
