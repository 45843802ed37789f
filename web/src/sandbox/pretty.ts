// JSON set out in lines, character for character as it was sent: numbers are not read and written again, so that
// `1.0` stays `1.0` and long ids stay whole.

export type TokenKind = "key" | "string" | "number" | "word" | "mark" | "space";

export interface Token {
  kind: TokenKind;
  text: string;
}

const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[[\]{},:]/g;

/** The tokens of a JSON text with line ends and indentation between them. The text must be JSON. */
export function prettyTokens(text: string): Token[] {
  const found = text.match(TOKENS) ?? [];
  const tokens: Token[] = [];
  let depth = 0;
  const newLine = () => tokens.push({ kind: "space", text: `\n${"  ".repeat(depth)}` });
  found.forEach((token, index) => {
    const next = found[index + 1];
    if (token === "{" || token === "[") {
      tokens.push({ kind: "mark", text: token });
      depth += 1;
      if (next !== "}" && next !== "]") newLine();
    } else if (token === "}" || token === "]") {
      depth -= 1;
      const before = found[index - 1];
      if (before !== "{" && before !== "[") newLine();
      tokens.push({ kind: "mark", text: token });
    } else if (token === ",") {
      tokens.push({ kind: "mark", text: token });
      newLine();
    } else if (token === ":") {
      tokens.push({ kind: "mark", text: token }, { kind: "space", text: " " });
    } else {
      tokens.push({ kind: kindOf(token, next), text: token });
    }
  });
  return tokens;
}

export function pretty(text: string): string {
  return prettyTokens(text)
    .map((token) => token.text)
    .join("");
}

function kindOf(token: string, next: string | undefined): TokenKind {
  if (token.startsWith('"')) return next === ":" ? "key" : "string";
  return /^[-\d]/.test(token) ? "number" : "word";
}
