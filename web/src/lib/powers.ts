// Small numbers as people write them: with powers of ten.

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** `10⁻⁴` or `3·10⁻⁴`: a number as a power of ten, with so many digits before it. */
export function power(value: number, locale: string, digits = 1): string {
  const [shown = "", exponent = "0"] = value.toExponential(digits - 1).split("e");
  const raised = `10${raise(Number(exponent))}`;
  const factor = Number(shown);
  return factor === 1 ? raised : `${factor.toLocaleString(locale, { maximumFractionDigits: 20 })}·${raised}`;
}

function raise(exponent: number): string {
  const figures = [...String(Math.abs(exponent))].map((figure) => RAISED[Number(figure)]);
  return `${exponent < 0 ? "⁻" : ""}${figures.join("")}`;
}

/** A text of the server with its numbers written so: `FMR 1e-4` has a power of ten, long numbers have groups. */
export function withNumbers(text: string, locale: string): string {
  return text
    .replace(/\b\d+(?:\.\d+)?e-?\d+\b/g, (found) => power(Number(found), locale, 2))
    .replace(/(?<![\w.-])\d{5,}(?![\w.])/g, (found) => Number(found).toLocaleString(locale));
}
