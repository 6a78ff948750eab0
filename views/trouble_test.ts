import assert from "node:assert/strict";
import { monitor, NOW } from "../tests/support/summaries.ts";
import { phraseOf, slownessOf } from "./trouble.ts";

const slow = { id: "s", name: "S", status: "degraded" as const, sinceAt: NOW - 3_600_000, usual: 100 };

Deno.test("slownessOf() sets the last answer against the usual one", () => {
  const figures = slownessOf(monitor(slow))!;
  assert.equal(figures.lastMs, 360);
  assert.ok(figures.usualMs > 60 && figures.usualMs < 150, String(figures.usualMs));
  assert.equal(phraseOf(monitor(slow)), "Slow");
});

Deno.test("slownessOf() says nothing where figures would not show it, or where it is not the reason", () => {
  assert.equal(slownessOf(monitor({ ...slow, lastLatencyMs: 114 })), null);
  assert.equal(slownessOf(monitor({ ...slow, line: () => [] })), null);
  assert.equal(slownessOf(monitor({ ...slow, lastLatencyMs: null })), null);
  const failing = monitor({ ...slow, lastError: "HTTP 503", lastErrorCategory: "http_status" });
  assert.equal(slownessOf(failing), null);
  assert.equal(phraseOf(failing), "Degraded");
});
