/** Instants and stretches of time as text. Everything visitors read is UTC with the zone named; a page may show a second zone beside it. */

const pad = (n: number, width = 2) => String(n).padStart(width, "0");

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;
const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** `YYYY-MM-DD` of the UTC day. */
export function isoDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** RFC 3339 to the second, for `datetime` attributes and feeds: `2031-03-04T05:06:07Z`. */
export function isoSecond(at: number): string {
  return new Date(at).toISOString().slice(0, 19) + "Z";
}

/** `YYYY-MM-DD HH:MM:SS UTC`, as scripts know it. */
export function stamp(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `14:05`. */
function clockTime(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}

/** `4 November`, with the year when it is not that of `now`. */
export function dayName(at: number, now: number): string {
  const date = new Date(at);
  const year = date.getUTCFullYear() === new Date(now).getUTCFullYear() ? "" : ` ${date.getUTCFullYear()}`;
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]}${year}`;
}

/** `4 Nov`. */
export function shortDay(at: number): string {
  const date = new Date(at);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()].slice(0, 3)}`;
}

/** `4 Nov`, with the year when it is not that of `now`. */
export function shortDayWithYear(at: number, now: number): string {
  const year = new Date(at).getUTCFullYear();
  return `${shortDay(at)}${year === new Date(now).getUTCFullYear() ? "" : ` ${year}`}`;
}

/** `Mon 08`, as the heat map's columns are named. */
export function weekdayAndDay(at: number): string {
  return `${weekdays[new Date(at).getUTCDay()]} ${pad(new Date(at).getUTCDate())}`;
}

/** `Mon`. */
export function weekday(at: number): string {
  return weekdays[new Date(at).getUTCDay()];
}

/** `May 2031`. */
export function monthName(at: number): string {
  const date = new Date(at);
  return `${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** `14:05` on the day of `now`, else `4 Nov, 14:05`, with the year when it is another. Without the zone. */
export function moment(at: number, now: number): string {
  return isoDay(at) === isoDay(now) ? clockTime(at) : dayAndTime(at, now);
}

/** `4 Nov, 14:05`, with the year when it is another. Without the zone. */
export function dayAndTime(at: number, now: number): string {
  return `${shortDayWithYear(at, now)}, ${clockTime(at)}`;
}

/** The same instant in another zone: `15:05 CET`; with the day when it is not the UTC day. */
export function inZone(at: number, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
    hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? "";
  const day = `${part("day")} ${part("month").slice(0, 3)}`;
  const time = `${part("hour")}:${part("minute")} ${part("timeZoneName")}`;
  return day === shortDay(at) ? time : `${day}, ${time}`;
}

/** Incident durations of the feed and the plain text: `41s`, `12m 5s`, `26h 3m`. */
export function feedDuration(ms: number): string {
  const secs = Math.max(0, Math.floor(ms / 1_000));
  if (secs < 60) return `${secs}s`;
  if (secs < 3_600) return `${Math.floor(secs / 60)}m ${secs % 60}s`;
  return `${Math.floor(secs / 3_600)}h ${Math.floor((secs % 3_600) / 60)}m`;
}

/** `YYYY-MM` of an instant. */
export function monthOf(at: number): string {
  return isoDay(at).slice(0, 7);
}
