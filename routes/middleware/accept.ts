/** Quality values of an `Accept…` header by lower-case name; an item without `q` is 1, a malformed `q` counts as 1 too. */
export function qualities(header: string | null): Map<string, number> {
  const found = new Map<string, number>();
  for (const item of (header ?? "").split(",")) {
    const [name, ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    if (name === "") continue;
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    const value = q === undefined ? 1 : Number(q.slice(2));
    found.set(name, Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 1);
  }
  return found;
}

/** Does the caller name JSON, and no other type that it likes more? */
export function prefersJson(accept: string | null): boolean {
  let json = 0;
  let other = 0;
  for (const [name, q] of qualities(accept)) {
    if (/^application\/(?:[a-z0-9.-]+\+)?json$/.test(name)) json = Math.max(json, q);
    else if (!name.startsWith("*")) other = Math.max(other, q);
  }
  return json > 0 && json >= other;
}

/** Does the caller ask for a page, as browsers do? */
export function prefersHtml(accept: string | null): boolean {
  return (qualities(accept).get("text/html") ?? 0) > 0;
}

/** Does a command line client ask, which reads text although it says that it takes anything? */
export function isCommandLine(userAgent: string | null): boolean {
  return userAgent !== null && /^(?:curl|Wget)\//.test(userAgent);
}

export type Coding = "br" | "gzip" | "identity";

/** The best content coding that the caller takes: brotli, gzip, or the body as it is. */
export function codingOf(acceptEncoding: string | null): Coding {
  if (acceptEncoding === null) return "identity";
  const accepted = qualities(acceptEncoding);
  const q = (name: string) => accepted.get(name) ?? accepted.get("*") ?? 0;
  if (q("br") > 0 && q("br") >= q("gzip")) return "br";
  return q("gzip") > 0 ? "gzip" : "identity";
}
