/** What one peer said about a target. */
export interface Vote {
  /** The peer's display name. */
  readonly name: string;
  /** `unknown`: no usable answer in time. */
  readonly saw: "up" | "down" | "unknown";
}

/** How many names a verdict spells out. */
const SHOWN_NAMES = 3;

/** What the vantage points agree on, in the words that ride along with an alert; our own view counts as one of them. */
export function verdictText(local: "up" | "down", votes: readonly Vote[]): string {
  const unknown = votes.filter((vote) => vote.saw === "unknown").length;
  const answered = 1 + votes.length - unknown;
  const others = votes.filter((vote) => vote.saw !== "unknown" && vote.saw !== local);
  const agreeing = answered - others.length;
  const text = local === "down" ? downText(others, agreeing, answered) : upText(others, agreeing, answered);
  return unknown > 0 ? `${text}, ${unknown} vantage(s) unreachable` : text;
}

function downText(seenUp: readonly Vote[], agreeing: number, answered: number): string {
  if (answered === 1) return "no peer vantage reachable, unconfirmed";
  const from = `from ${agreeing}/${answered} vantage points`;
  if (seenUp.length === 0) return `confirmed down ${from}`;
  return `seen UP by ${names(seenUp)} - down ${from} (network issue near this node?)`;
}

function upText(seenDown: readonly Vote[], agreeing: number, answered: number): string {
  if (answered === 1) return "up here; no peer vantage reachable";
  const from = `up from ${agreeing}/${answered} vantage points`;
  if (seenDown.length === 0) return from;
  return `up here, but seen DOWN by ${names(seenDown)} - ${from} (can they reach it?)`;
}

function names(votes: readonly Vote[]): string {
  const shown = votes.slice(0, SHOWN_NAMES).map((vote) => vote.name).join(", ");
  return votes.length > SHOWN_NAMES ? `${shown} (+${votes.length - SHOWN_NAMES})` : shown;
}

/** True when peers answered and every one of them saw the target up: probably our own trouble. */
export function contradicted(votes: readonly Vote[]): boolean {
  const answered = votes.filter((vote) => vote.saw !== "unknown");
  return answered.length > 0 && answered.every((vote) => vote.saw === "up");
}
