import type { Context } from "hono";
import type { Config } from "../domain/config.ts";
import type { Viewer } from "../domain/viewer.ts";
import type { AppDeps } from "./deps.ts";
import type { PageAssets } from "./page_assets.ts";
import type { Deadlines } from "./middleware/deadline.ts";
import type { ReadyAnswers } from "./middleware/ready.ts";
import type { RenderedCache } from "./middleware/rendered.ts";

/** What a request carries through the middleware. `Bindings` is what `Deno.serve` hands over beside the request. */
export interface AppEnv {
  Bindings: { remoteAddr?: Deno.Addr };
  Variables: {
    requestId: string;
    /** The snapshot in force when the request came; every part of the request uses this one. */
    config: Config;
    deps: AppDeps;
    rendered: RenderedCache;
    ready: ReadyAnswers;
    deadlines: Deadlines;
    /** Headers of every answer to this request. */
    common: Record<string, string>;
    /** The answer that has them already. */
    sent: Response | undefined;
    /** Style sheet and logos of the snapshot in force. */
    assets: PageAssets;
    /** Set by `viewerOf`; who is looking is decided once. */
    viewer: Viewer | undefined;
  };
}

export type AppContext = Context<AppEnv>;
