import type { Status } from "../domain/status.ts";
import { escapeXml } from "./escape.ts";
import { permille } from "./summary_json.ts";

export const badgeStyles = ["flat", "flat-square", "for-the-badge"] as const;
export type BadgeStyle = typeof badgeStyles[number];

export interface Badge {
  readonly label: string;
  readonly message: string;
  readonly colour: string;
}

const statusColours: Readonly<Record<Status, string>> = {
  up: "#4c1",
  degraded: "#fe7d37",
  down: "#e05d44",
  unknown: "#9f9f9f",
};

const uptimeColours: readonly (readonly [number, string])[] = [
  [999, "#4c1"],
  [990, "#97ca00"],
  [950, "#dfb317"],
  [900, "#fe7d37"],
  [0, "#e05d44"],
];

export function statusBadge(status: Status): Badge {
  return { label: "status", message: status, colour: statusColours[status] };
}

/** `ratio` over the last 24 hours; null: nothing covered. */
export function uptimeBadge(ratio: number | null): Badge {
  if (ratio === null) return { label: "uptime", message: "n/a", colour: "#9f9f9f" };
  const p = permille(ratio);
  const colour = uptimeColours.find(([from]) => p >= from)![1];
  return { label: "uptime", message: `${Math.floor(p / 10)}.${p % 10}%`, colour };
}

const isLarge = (style: BadgeStyle) => style === "for-the-badge";

const halfWidth = (text: string, style: BadgeStyle) =>
  [...text].length * (isLarge(style) ? 9 : 7) + (isLarge(style) ? 20 : 12);

/** Width in pixels of a badge's picture. */
export function badgeWidth(badge: Badge, style: BadgeStyle): number {
  return halfWidth(badge.label, style) + halfWidth(badge.message, style);
}

/** A badge as SVG: each half is seven units a character and twelve wide (bigger in `for-the-badge`). */
export function badgeSvg(badge: Badge, style: BadgeStyle): string {
  const large = isLarge(style);
  const [label, message] = large
    ? [badge.label.toUpperCase(), badge.message.toUpperCase()]
    : [badge.label, badge.message];
  const [left, right] = [halfWidth(label, style), halfWidth(message, style)];
  const height = large ? 28 : 20;
  const radius = style === "flat" ? 3 : 0;
  const baseline = large ? 18 : 14;
  const font = large ? 'font-size="10" letter-spacing="1.2" font-weight="bold"' : 'font-size="11"';
  const title = escapeXml(`${badge.label}: ${badge.message}`);
  const shadow = (x: number, text: string) =>
    style === "flat"
      ? `<text x="${x}" y="${baseline + 1}" fill="#010101" fill-opacity=".3">${text}</text>`
      : "";
  const word = (x: number, text: string) =>
    shadow(x, escapeXml(text)) + `<text x="${x}" y="${baseline}">${escapeXml(text)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${
    left + right
  }" height="${height}" role="img" aria-label="${title}">` +
    `<title>${title}</title>` +
    `<clipPath id="r"><rect width="${
      left + right
    }" height="${height}" rx="${radius}" fill="#fff"/></clipPath>` +
    `<g clip-path="url(#r)"><rect width="${left}" height="${height}" fill="#555"/>` +
    `<rect x="${left}" width="${right}" height="${height}" fill="${badge.colour}"/></g>` +
    `<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" ${font}>` +
    `${word(left / 2, label)}${word(left + right / 2, message)}</g></svg>`;
}
