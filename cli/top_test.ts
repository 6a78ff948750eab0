import assert from "node:assert/strict";
import { announcementQuery, keysOf } from "./top.ts";
import { drawTop, type TopState } from "./top_screen.ts";

const monitor = (id: string, status: string, last_error?: string) => ({
  id,
  name: id.toUpperCase(),
  status,
  group: null,
  uptime_24h_permille: 999,
  latency_p50_ms: 5,
  latency_p95_ms: null,
  latency_p99_ms: 9,
  ...(last_error === undefined ? {} : { last_error }),
});

function state(change: Partial<TopState> = {}): TopState {
  return {
    url: "http://127.0.0.1:1",
    summary: {
      title: "Harbour",
      overall: "down",
      overall_label: "Major outage",
      incidents: [{ title: "Works", severity: "info" }],
      monitors: [monitor("a", "up"), monitor("b", "down", "HTTP 500: \x1b[2J gone")],
    },
    updatedAt: Date.parse("2026-11-23T12:34:56Z"),
    selected: "b",
    latencies: [1, 5, 9],
    trouble: null,
    notice: null,
    input: null,
    ...change,
  };
}

// deno-lint-ignore no-control-regex
const plain = (lines: string[]) => lines.map((line) => line.replace(/\x1b\[[0-9;]*m/g, ""));

Deno.test("drawTop() fills the screen exactly and shows state, figures, latencies and troubles", () => {
  for (const [columns, rows] of [[80, 24], [120, 40], [60, 14]]) {
    const lines = plain(drawTop(state(), columns, rows));
    assert.equal(lines.length, rows);
    assert.ok(lines.every((line) => [...line].length <= Math.max(columns, 72)), lines.join("\n"));
  }
  const text = plain(drawTop(state(), 100, 24)).join("\n");
  for (
    const part of [
      "Harbour  Major outage  updated 12:34:56 UTC",
      "● A",
      "○ B",
      "99.9%",
      "▁▅█",
      "[info] Works",
    ]
  ) {
    assert.ok(text.includes(part), `${part} in:\n${text}`);
  }
});

Deno.test("drawTop() lets no remote text steer the terminal", () => {
  assert.equal(drawTop(state(), 100, 24).join("").includes("\x1b[2J"), false);
});

Deno.test("drawTop() keeps the selected monitor on a small screen", () => {
  const monitors = Array.from({ length: 50 }, (_, index) => monitor(`m${index}`, "up"));
  const summary = { ...state().summary!, monitors };
  const text = plain(drawTop(state({ summary, selected: "m49" }), 80, 15)).join("\n");
  assert.ok(text.includes("M49"));
});

Deno.test("announcementQuery() reads title, body and flags", () => {
  assert.deepEqual(
    Object.fromEntries(announcementQuery("Works :: until noon --severity info --until 2026-12-01T12:00:00Z")),
    {
      severity: "info",
      title: "Works",
      body: "until noon",
      until: "2026-12-01T12:00:00Z",
    },
  );
  assert.deepEqual(Object.fromEntries(announcementQuery("Works")), { severity: "warning", title: "Works" });
});

Deno.test("keysOf() keeps escape sequences whole", () => {
  assert.deepEqual(keysOf("j\x1b[Aé\x1b"), ["j", "\x1b[A", "é", "\x1b"]);
});
