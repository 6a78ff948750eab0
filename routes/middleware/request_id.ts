/** An inbound request id is kept when it is short and plain; anything else is replaced. */
export function acceptableId(id: string | null): id is string {
  return id !== null && /^[A-Za-z0-9._-]{1,128}$/.test(id);
}

/** Sixteen random digits of this start, then a counter. */
export function idMint(): () => string {
  const start = Array.from(
    crypto.getRandomValues(new Uint8Array(8)),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  let count = 0;
  return () => start + (count++).toString(16).padStart(16, "0");
}
