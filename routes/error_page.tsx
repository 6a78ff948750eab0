import { ErrorPage } from "../views/error_page.tsx";
import type { AppContext } from "./env.ts";
import { queryOf } from "./middleware/query.ts";
import { frameOf, type PageRequest } from "./page_request.ts";

/** An error as a page, for browsers. It says nothing of the services: whoever asks for what is not there may be anybody. */
export function errorPage(c: AppContext, status: number, detail: string): string {
  const theme = queryOf(c).get("theme");
  const page: PageRequest = {
    c,
    viewer: { kind: "anonymous" },
    wantsText: false,
    theme: theme === "light" || theme === "dark" ? theme : null,
    refreshSecs: null,
    group: null,
    monitor: null,
    before: null,
    pass: null,
  };
  const frame = frameOf(page, c.get("assets"), c.get("deps").clock.now(), "unknown");
  return `<!DOCTYPE html>${<ErrorPage frame={frame} status={status} detail={detail} />}`;
}
