/** One answer of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page begins, null at the end. */
  readonly next: string | null;
}

/** A list that is read page by page. */
export interface Paged<Item> {
  readonly items: readonly Item[];
  /** Undefined before the first page, null after the last one. */
  readonly cursor: string | null | undefined;
}

export const empty: Paged<never> = { items: [], cursor: undefined };

/** Adds a page to what was read. A page that was asked for from elsewhere than the end is dropped. */
export function append<Item>(list: Paged<Item>, from: string | undefined, page: Page<Item>): Paged<Item> {
  if (list.cursor !== from) return list;
  return { items: [...list.items, ...page.items], cursor: page.next ?? null };
}

export function atEnd(list: Paged<unknown>): boolean {
  return list.cursor === null;
}
