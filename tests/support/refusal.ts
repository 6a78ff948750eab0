import assert from "node:assert/strict";
import type { Clock } from "../../domain/clock.ts";
import { StartupError } from "../../domain/errors.ts";
import { openStore } from "../../store/open.ts";

/** What a start on this database is refused with; empty: it is not. */
export async function refusalOf(path: string, clock: Clock, exclusive = true): Promise<string> {
  try {
    await (await openStore(path, { clock, exclusive })).close();
  } catch (error) {
    assert.ok(error instanceof StartupError, String(error));
    return error.message;
  }
  return "";
}
