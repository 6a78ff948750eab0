// Named by its file: by its name alone it comes as CommonJS, and with it much of the runtime that Hora never uses.
// @ts-types="json-p3"
import {
  jsonpath,
  JSONPathEnvironment,
  type JSONPathQuery,
  JSONPathSyntaxError,
  type Token,
  TokenKind,
} from "json-p3/dist/json-p3.esm.js";

const { expressions, functions } = jsonpath;

/** Where the library keeps how each kind of token in a filter is read. */
interface FilterParser {
  readonly tokenMap: Map<TokenKind, (stream: { readonly current: Token }) => unknown>;
}

const rfcNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** The library refuses what begins with a zero, and takes -01. */
function readNumber({ current }: { readonly current: Token }): unknown {
  if (!rfcNumber.test(current.value)) {
    throw new JSONPathSyntaxError(`invalid number literal '${current.value}'`, current);
  }
  return new expressions.NumberLiteral(current, Number(current.value));
}

/** Characters count, where the library counts halves of them. */
class Length extends functions.Length {
  override call(value: unknown) {
    return super.call(typeof value === "string" ? [...value] : value);
  }
}

/** RFC 9535 as the library reads it, put right where it departs from it. */
class Environment extends JSONPathEnvironment {
  constructor() {
    super();
    const parser: FilterParser = Reflect.get(this, "parser");
    parser.tokenMap.set(TokenKind.NUMBER, readNumber);
    this.functionRegister.set("length", new Length());
  }
}

const environment = new Environment();

/** Reads a JSONPath. Throws an `Error` whose message says what cannot be read. */
export function readJsonPath(path: string): JSONPathQuery {
  return environment.compile(path);
}
