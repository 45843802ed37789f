/** Where values stand alone between gaps, so that no line reaches them; null where none does. */
export function lonely(values: readonly (number | null)[]): number[] | null {
  const found = values.flatMap((value, index) =>
    value !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null
      ? [index]
      : [],
  );
  return found.length > 0 ? found : null;
}
