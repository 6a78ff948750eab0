import assert from "node:assert/strict";
import { monitor, NOW } from "../tests/support/summaries.ts";
import type { Frame } from "./layout.tsx";
import { extrasOf, RowCache, rowHtml } from "./monitor_row.ts";

const frame = {
  now: NOW,
  zone: null,
  domainWarnDays: 14,
  isOperator: false,
  url: (path: string) => path,
} as Frame;
const DAY = 86_400_000;
const texts = (wish: Parameters<typeof monitor>[0]) => extrasOf(monitor(wish), frame).map(({ text }) => text);
const one = { id: "m", name: "M", usual: 100 };

Deno.test("extrasOf() speaks of what is short or missed, and of nothing else", () => {
  const certificate = { notBeforeAt: 0, fingerprint: "", subject: "", issuer: "" };
  assert.deepEqual(texts(one), []);
  assert.deepEqual(texts({ ...one, sloLatencyMs: 190 }), [], "p95 is 190 ms: met");
  assert.deepEqual(texts({ ...one, sloLatencyMs: 189 }), ["p95 above its objective of 189\u00a0ms"]);
  assert.deepEqual(texts({ ...one, certificate: { ...certificate, notAfterAt: NOW + 15 * DAY } }), []);
  const short = { ...one, certificate: { ...certificate, notAfterAt: NOW + 14 * DAY } };
  assert.deepEqual(texts(short), ["Certificate ends in 14 days"]);
  assert.deepEqual(texts({ ...one, certificate: { ...certificate, notAfterAt: NOW - 1 } }), [
    "Certificate has expired",
  ]);
  assert.deepEqual(texts({ ...one, domain: { name: "example.com", expiresAt: NOW + 15 * DAY } }), []);
  assert.deepEqual(texts({ ...one, domain: { name: "example.com", expiresAt: NOW + DAY } }), [
    "Domain example.com ends in 1 day",
  ]);
  assert.deepEqual(texts({ ...one, maintenance: "", status: "down" }), ["Not answering during the work."]);
});

Deno.test("rowHtml() names the state and since when: the time today, the day before it, the year before this one", () => {
  const since = (sinceAt: number | null, status: "up" | "down" | "unknown" = "up") =>
    rowHtml(monitor({ ...one, status, sinceAt }), frame, "/monitor/m", false).match(/<small.*?<\/small>/)![0]
      .replace(/<[^>]+>/g, "");
  assert.equal(since(NOW - 720_000, "down"), "Down since 14:05 UTC");
  assert.equal(since(NOW - 12 * DAY), "Up since 11 Nov");
  assert.equal(since(NOW - 400 * DAY), "Up since 19 Oct 2025");
  assert.equal(since(null, "unknown"), "No data yet");
});

Deno.test("rowHtml() escapes names, and takes one line where hundreds stand", () => {
  const nasty = monitor({ ...one, name: `<b>"&'` });
  assert.match(rowHtml(nasty, frame, "/monitor/m", false), />&lt;b&gt;&quot;&amp;&#39;<\/a>/);
  assert.doesNotMatch(rowHtml(nasty, frame, "/monitor/m", true), /<small|class="i"/);
  const down = monitor({ ...one, status: "down" });
  assert.match(
    rowHtml(down, frame, "/monitor/m", true),
    /^<li class="x"><svg class="i".*<small class="down">/,
  );
});

Deno.test("RowCache draws a monitor again when its view, the day or the reader's zone is another", () => {
  const rows = new RowCache();
  const view = monitor(one);
  const row = (of: typeof view, change: Partial<Frame> = {}) => rows.of({ ...frame, ...change }, false)(of);
  const first = row(view);
  assert.equal(row(view, { now: NOW + 1_000 }), first);
  const old = monitor({ ...one, sinceAt: NOW - 60_000 });
  assert.match(row(old), /14:16 UTC</);
  assert.match(row(old, { now: NOW + DAY }), /23 Nov</);
  assert.match(row(old, { zone: "Europe/Berlin" }), /14:16 UTC \(15:16 CET\)</);
});

Deno.test("RowCache keeps links with a pass from readers without one", () => {
  const rows = new RowCache();
  const view = monitor(one);
  const linkOf = (pass: string) =>
    rows.of({ ...frame, url: (path: string) => path + pass }, false)(view).match(/<a href="([^"]*)"/)![1];
  for (const pass of ["", "?pass=a", "?pass=b", "?pass=c", "?pass=d", ""]) {
    assert.equal(linkOf(pass), `/monitor/m${pass}`);
  }
});
