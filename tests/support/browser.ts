import fs from "node:fs";
import type { Browser } from "playwright-core";

// The library looks under /proc/sys while it loads, which the runtime keeps for programs that may do everything; there is nothing to see.
const existsSync = fs.existsSync;
fs.existsSync = (path) => !String(path).startsWith("/proc/sys/") && existsSync(path);
const { chromium } = await import("playwright-core");
fs.existsSync = existsSync;

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** A Chromium on the PATH; null: none is installed. */
export function findChromium(): string | null {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    for (const name of names) {
      try {
        if (Deno.statSync(`${folder}/${name}`).isFile) return `${folder}/${name}`;
      } catch { /* not in this folder */ }
    }
  }
  return null;
}

export function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Says on the error output why tests are left out. */
export function note(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}
