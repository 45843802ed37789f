/** An answer that is no success. */
export class Refusal extends Error {
  constructor(status, code, message, field) {
    super(message);
    Object.assign(this, { status, code, field });
  }
}

/** One page of a list; the cursor is the number of items before it. */
export function page(items, query, most = 200) {
  const limit = Math.min(most, Number(query.get("limit") ?? 50));
  const start = Number(query.get("cursor") ?? 0);
  const end = start + limit;
  return { items: items.slice(start, end), next: end < items.length ? String(end) : null };
}

/** Numbers from 0 to 1 that are the same in every run. */
export function random(seed) {
  let state = Math.trunc(seed);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function hex(next, length) {
  return Array.from({ length }, () => Math.floor(next() * 16).toString(16)).join("");
}

export function uuid(next) {
  const digits = hex(next, 32);
  return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, "$1-$2-7$3-8$4-$5");
}
