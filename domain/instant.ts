/** Unix ms of an RFC 3339 timestamp; null for anything else, an impossible day included. */
export function parseInstant(value: string): number | null {
  const match = value.trim().match(
    /^(\d{4})-(\d{2})-(\d{2})[Tt ]([01]\d|2[0-3]):(\d{2})(?::(\d{2})(?:\.(\d+))?)?([Zz]|[+-]\d{2}:?\d{2})$/,
  );
  if (match === null) return null;
  const [, year, month, day, hour, minute, second = "00", fraction = "", offset] = match;
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(day) < 1 || Number(day) > lastDay) return null;
  // A leap second is the last moment of its minute.
  const seconds = second === "60" ? "59" : second;
  const millis = fraction.padEnd(3, "0").slice(0, 3);
  const at = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${seconds}.${millis}${
      offset.toUpperCase().replace(/^(...)(\d\d)$/, "$1:$2")
    }`,
  );
  return Number.isNaN(at) ? null : at;
}

/** The same, or a day, which stands for its first moment in UTC. */
export function parseDayOrInstant(value: string): number | null {
  return parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00Z` : value);
}
