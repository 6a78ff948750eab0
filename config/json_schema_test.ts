import assert from "node:assert/strict";
import { configJsonSchema } from "./json_schema.ts";

Deno.test("docs/hora.schema.json is what `deno task schema` writes", async () => {
  const written = JSON.parse(await Deno.readTextFile("docs/hora.schema.json"));
  assert.deepEqual(written, configJsonSchema(), "run `deno task schema`");
});

Deno.test("the schema refuses unknown keys and knows defaults", () => {
  // deno-lint-ignore no-explicit-any
  const schema = configJsonSchema() as any;
  assert.equal(schema.additionalProperties, false);
  assert.equal(schema.properties.page.additionalProperties, false);
  assert.equal(schema.properties.alerts.properties.default_retention_days.default, 365);
  assert.deepEqual(schema.properties.monitors.items.required, ["id", "name", "interval_secs"]);
});
