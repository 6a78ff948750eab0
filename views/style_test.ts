import assert from "node:assert/strict";
import { type CssNode, fork, parse, walk } from "css-tree";
import { contrast } from "./contrast.ts";
import { styleSheet } from "./style.ts";

const css = styleSheet({ accent: null, custom: null });

/** The colours of a theme as they stand in the sheet. */
function tokensOf(selector: string): Record<string, string> {
  const at = css.indexOf(selector);
  assert.ok(at >= 0, selector);
  const block = css.slice(at, css.indexOf("}", at));
  return Object.fromEntries(
    [...block.matchAll(/--([a-z-]+):(#[0-9a-f]{6})/g)].map(([, name, hex]) => [name, hex]),
  );
}

for (const [theme, selector] of [["light", ":root{color-scheme:light"], ["dark", ":root[data-theme=dark]"]]) {
  Deno.test(`every ink is legible on every ground it stands on: ${theme}`, () => {
    const token = tokensOf(selector);
    const pairs: [string, readonly string[]][] = [
      ["ink", ["paper", "card", "tint-down", "tint-slow", "tint-work", "tint-up"]],
      ["soft", ["paper", "card", "tint-down", "tint-slow", "tint-work", "tint-up"]],
      ["faint", ["paper", "card"]],
      ["up-ink", ["paper", "card"]],
      ["slow-ink", ["paper", "card"]],
      ["down-ink", ["paper", "card"]],
      ["work-ink", ["paper", "card", "tint-work"]],
      ["paper", ["ink"]],
    ];
    for (const [ink, grounds] of pairs) {
      for (const ground of grounds) {
        const ratio = contrast(token[ink], token[ground]);
        assert.ok(ratio >= 4.5, `${ink} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
    for (const mark of ["up", "slow", "down", "work", "focus"]) {
      for (const ground of ["paper", "card"]) {
        const ratio = contrast(token[mark], token[ground]);
        assert.ok(ratio >= 3, `${mark} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
  });
}

Deno.test("every declaration of the style sheet has a value that its property takes", () => {
  const { lexer } = fork({
    properties: {
      "text-size-adjust": "none | auto | <percentage>",
      "-webkit-text-size-adjust": "none | auto | <percentage>",
      "forced-color-adjust": "auto | none | preserve-parent-color",
      "text-wrap": "wrap | nowrap | balance | pretty | stable",
      "vector-effect": "none | non-scaling-stroke",
      "size": "auto | <length>{1,2}",
      "content":
        "normal | none | [ <string> | counter( <custom-ident> ) | attr( <custom-ident> ) ]+ [ / <string> ]?",
    },
  });
  const wrong: string[] = [];
  walk(parse(css), (node: CssNode) => {
    if (node.type !== "Declaration" || node.property.startsWith("--")) return;
    const { error } = lexer.matchProperty(node.property, node.value);
    if (error !== null && !/var\(\)/.test(error.message)) {
      wrong.push(`${node.property}: ${error.message.split("\n")[0]}`);
    }
  });
  assert.deepEqual(wrong, []);
});

Deno.test("an accent becomes the focus only where it can be seen in both themes", () => {
  const focus = (accent: string) => styleSheet({ accent, custom: null }).includes(`--focus:${accent}`);
  assert.equal(focus("#7a3ff2"), true);
  assert.equal(focus("#111111"), false, "lost in the dark");
  assert.equal(focus("#ffee88"), false, "lost in the light");
});
