/** What became of the `${NAME}` references of one string. */
export interface Expansion {
  readonly value: string;
  /** Names that no variable has; each stands for an empty text. */
  readonly unset: readonly string[];
  readonly references: number;
}

/**
 * Expands `${NAME}` once, from left to right. `$$` is one `$`; any other `$`, and `${` without its `}`, is itself. The value is put in
 * as it is and never read again, so it cannot bring in references of its own.
 */
export function expand(text: string, env: Readonly<Record<string, string | undefined>>): Expansion {
  const unset: string[] = [];
  let references = 0;
  const value = text.replace(/\$\$|\$\{([^}]*)\}/g, (match, name?: string) => {
    if (match === "$$") return "$";
    references += 1;
    const found = Object.hasOwn(env, name!) ? env[name!] : undefined;
    if (found === undefined) unset.push(name!);
    return found ?? "";
  });
  return { value, unset, references };
}
