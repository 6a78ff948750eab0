import type { Child } from "hono/jsx";
import { paper } from "./style.ts";
import { Sprite } from "./svg_parts.tsx";
import { inZone, isoSecond, moment } from "./times.ts";
import { words } from "./words.ts";

/** What every page needs beside its own matter. */
export interface Frame {
  readonly title: string;
  readonly description: string | null;
  readonly links: readonly { readonly title: string; readonly url: string }[];
  readonly logo: { readonly light: string; readonly dark: string | null } | null;
  readonly styleUrl: string;
  readonly theme: "light" | "dark" | null;
  readonly now: number;
  /** IANA zone shown beside UTC; null: UTC alone. */
  readonly zone: string | null;
  readonly isOperator: boolean;
  /** Days of the daily bars. */
  readonly days: number;
  /** A domain's registration that ends within so many days is worth a remark. */
  readonly domainWarnDays: number;
  readonly iconUrl: string;
  /** The feed of what is shown. */
  readonly feedUrl: string;
  /** What `url` adds to a link, for forms: names and values. */
  readonly carried: readonly (readonly [string, string])[];
  /** A link within the site that keeps the theme and, for those who came with a token, what they may see. */
  url(path: string): string;
}

/** An instant in UTC with the zone named, and in the page's own zone beside it. */
export function Time({ at, frame }: { at: number; frame: Frame }) {
  return <time datetime={isoSecond(at)}>{timeText(at, frame)}</time>;
}

export function timeText(at: number, frame: Pick<Frame, "now" | "zone">): string {
  const text = `${moment(at, frame.now)} ${words.utc}`;
  return frame.zone === null || frame.zone === "UTC" ? text : `${text} (${inZone(at, frame.zone)})`;
}

/** Stands for an instant in a sentence until its markup takes the place. */
export const PLACE = "\ue000";

/** A sentence with an instant in it: `wording` puts its words around whatever it is given. */
export function WithTime(
  { at, frame, wording }: { at: number; frame: Frame; wording: (when: string) => string },
) {
  const [before, after] = wording(PLACE).split(PLACE);
  return (
    <>
      {before}
      <Time at={at} frame={frame} />
      {after}
    </>
  );
}

/** The path of a group's page. */
export const groupPath = (name: string) => `/status/${encodeURIComponent(name)}`;
export const monitorPath = (id: string) => `/monitor/${id}`;

interface LayoutProps {
  readonly frame: Frame;
  readonly title: string;
  readonly children?: Child;
  readonly current?: "status" | "history";
  /** Report sheets leave out the navigation's links and the sprite's days. */
  readonly class?: string;
  readonly footer?: Child;
  readonly robots?: boolean;
}

/** The whole document. */
export function Layout({ frame, title, children, current, class: className, footer, robots }: LayoutProps) {
  return (
    <html
      lang={words.language}
      dir={words.direction === "rtl" ? "rtl" : undefined}
      data-theme={frame.theme ?? undefined}
    >
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>{title}</title>
        {frame.description === null ? null : <meta name="description" content={frame.description} />}
        {frame.isOperator || robots === false ? <meta name="robots" content="noindex" /> : null}
        <ThemeColor theme={frame.theme} />
        <link rel="stylesheet" href={frame.styleUrl} />
        <link rel="icon" href={frame.iconUrl} type="image/svg+xml" />
        <link rel="manifest" href="/manifest.webmanifest" />
        <link rel="alternate" type="application/atom+xml" title={words.historyTitle} href={frame.feedUrl} />
      </head>
      <body class={className}>
        <a class="skip" href="#main">{words.skip}</a>
        <header class="top">
          <a class="name" href={frame.url("/")} aria-current={current === "status" ? "page" : undefined}>
            <Logo frame={frame} />
          </a>
          {frame.isOperator ? <span class="operator">{words.operatorView}</span> : null}
          <nav aria-label={words.pagesNav}>
            <ul>
              {frame.links.map((link) => (
                <li>
                  <a href={link.url} rel="noreferrer">{link.title}</a>
                </li>
              ))}
              <li>
                <a href={frame.url("/history")} aria-current={current === "history" ? "page" : undefined}>
                  {words.history}
                </a>
              </li>
              <li>
                <a href={frame.feedUrl}>{words.subscribe}</a>
              </li>
            </ul>
          </nav>
        </header>
        <Sprite days={frame.days} />
        <main id="main">{children}</main>
        <footer>
          <p>
            {words.asOf} <time datetime={isoSecond(frame.now)}>{stampOf(frame)}</time>
          </p>
          <ul>
            {footer}
            <li>
              <a href="/api/openapi.json">{words.api}</a>
            </li>
            <li>
              {words.keptBy}{" "}
              <svg class="i" aria-hidden="true">
                <use href="#h" />
              </svg>{" "}
              {words.maker}
            </li>
          </ul>
        </footer>
      </body>
    </html>
  );
}

/** The paper's colour around the page, of the theme that is shown. */
function ThemeColor({ theme }: { theme: Frame["theme"] }) {
  if (theme !== null) return <meta name="theme-color" content={paper[theme]} />;
  return (
    <>
      <meta name="theme-color" content={paper.light} media="(prefers-color-scheme: light)" />
      <meta name="theme-color" content={paper.dark} media="(prefers-color-scheme: dark)" />
    </>
  );
}

function stampOf(frame: Frame): string {
  const text = `${isoSecond(frame.now).slice(0, 19).replace("T", " ")} ${words.utc}`;
  return frame.zone === null || frame.zone === "UTC" ? text : `${text} (${inZone(frame.now, frame.zone)})`;
}

function Logo({ frame }: { frame: Frame }) {
  if (frame.logo === null) return <>{frame.title}</>;
  if (frame.logo.dark === null) return <img src={frame.logo.light} alt={frame.title} height="32" />;
  return (
    <>
      <img class="only-light" src={frame.logo.light} alt={frame.title} height="32" />
      <img class="only-dark" src={frame.logo.dark} alt={frame.title} height="32" />
    </>
  );
}
