import { createHash } from "node:crypto";
import { getLogger } from "@logtape/logtape";
import type { Config } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import { styleSheet } from "../views/style.ts";

const log = getLogger(["hora", "routes"]);

export interface Asset {
  /** Path with the content's hash in it, so that it may be kept for ever. */
  readonly url: string;
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface Assets {
  readonly style: Asset;
  readonly logo: Asset | null;
  readonly logoDark: Asset | null;
}

const MAX_BYTES = 1_048_576;
const imageTypes: Readonly<Record<string, string>> = {
  svg: "image/svg+xml",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  avif: "image/avif",
  gif: "image/gif",
};

/**
 * The style sheet and the logos of a config snapshot. Files named there are read once per snapshot; one that cannot be read is left out
 * with a warning, because a status page without its logo is better than none.
 */
export class PageAssets {
  #config: Config | null = null;
  #assets: Assets | null = null;
  /** What the newest change replaced: pages kept by browsers and proxies still name it. */
  #replaced: readonly Asset[] = [];

  of(config: Config): Assets {
    if (this.#config === config && this.#assets !== null) return this.#assets;
    const { page } = config;
    const custom = page.customCss === null ? null : readFile("page.custom_css", page.customCss);
    const sheet = styleSheet({
      accent: page.accent,
      custom: custom === null ? null : new TextDecoder().decode(custom),
    });
    const assets: Assets = {
      style: asset("style", "css", "text/css; charset=utf-8", new TextEncoder().encode(sheet)),
      logo: image("page.logo", page.logo),
      logoDark: image("page.logo_dark", page.logoDark),
    };
    const present = new Set(listOf(assets).map(({ url }) => url));
    const gone = this.#assets === null ? [] : listOf(this.#assets).filter(({ url }) => !present.has(url));
    if (gone.length > 0) this.#replaced = gone;
    this.#assets = assets;
    this.#config = config;
    return assets;
  }

  /** The asset that stands at this path; null: none does (any more). */
  find(config: Config, path: string): Asset | null {
    return [...listOf(this.of(config)), ...this.#replaced].find(({ url }) => url === path) ?? null;
  }
}

function listOf({ style, logo, logoDark }: Assets): Asset[] {
  return [style, logo, logoDark].filter((one) => one !== null);
}

function asset(name: string, extension: string, type: string, body: Uint8Array<ArrayBuffer>): Asset {
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 12);
  return { url: `/assets/${name}-${hash}.${extension}`, type, body };
}

function image(key: string, path: string | null): Asset | null {
  if (path === null) return null;
  const extension = path.split(".").at(-1)!.toLowerCase();
  const type = imageTypes[extension];
  if (type === undefined) {
    log.warn("{key}: {path} is no picture that browsers show (svg, png, jpg, webp, avif, gif)", {
      key,
      path,
    });
    return null;
  }
  const body = readFile(key, path);
  return body === null ? null : asset(key === "page.logo" ? "logo" : "logo-dark", extension, type, body);
}

function readFile(key: string, path: string): Uint8Array<ArrayBuffer> | null {
  try {
    const body = Deno.readFileSync(path);
    if (body.length <= MAX_BYTES) return body;
    log.warn("{key}: {path} is larger than 1 MiB and is left out", { key, path });
  } catch (error) {
    log.warn("{key}: cannot read {path}: {reason}", { key, path, reason: messageOf(error) });
  }
  return null;
}
