/** The first `limit` characters (code points), control characters and those that turn the direction of text made blanks. */
export function boundedText(text: string, limit: number): string {
  const cut = text.length > limit ? [...text.slice(0, limit * 2)].slice(0, limit).join("") : text;
  return cut.toWellFormed().replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    " ",
  );
}
