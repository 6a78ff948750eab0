const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Most texts: nothing to escape, nothing to leave out. */
const PLAIN = /^[\w .,:;·–%()/?=+-]*$/;

/** Text for XML and HTML: escaped, and without characters that XML 1.0 does not allow. */
export function escapeXml(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
    .replace(/[&<>"']/g, (char) => entities[char]);
}
