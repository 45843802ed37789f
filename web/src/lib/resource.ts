import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { isAbort } from "../api/client";
import { append, atEnd, empty, type Page, type Paged } from "./paging";

export interface Resource<Value> {
  /** The last answer. Kept while a newer one is on its way, so that nothing jumps. */
  readonly value: Value | undefined;
  readonly error: unknown;
  readonly loading: boolean;
  reload(): void;
  /** Shows another value until the next answer. */
  set(value: Value): void;
}

/** Reads something when the component appears, whenever `key` changes, and every `every` ms while it is seen. */
export function useResource<Value>(
  read: (signal: AbortSignal) => Promise<Value>,
  key: string,
  every?: number,
): Resource<Value> {
  const [state, setState] = useState<{ value?: Value; key?: string; error: unknown; loading: boolean }>({
    error: null,
    loading: true,
  });
  const [round, setRound] = useState(0);
  const reader = useRef(read);
  reader.current = read;

  useEffect(() => {
    const abort = new AbortController();
    setState((old) => ({ ...old, loading: true }));
    reader.current(abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) setState({ value, key, error: null, loading: false });
      },
      (error: unknown) => {
        if (!abort.signal.aborted && !isAbort(error))
          setState((old) => ({ ...old, key, error, loading: false }));
      },
    );
    return () => abort.abort();
  }, [key, round]);

  useEffect(() => {
    if (!every) return;
    const timer = setInterval(() => {
      if (!document.hidden) setRound((old) => old + 1);
    }, every);
    return () => clearInterval(timer);
  }, [every]);

  const reload = useCallback(() => setRound((old) => old + 1), []);
  const set = useCallback((value: Value) => setState((old) => ({ ...old, value })), []);
  return { value: state.value, error: state.error, loading: state.loading, reload, set };
}

export interface PagedResource<Item> {
  readonly items: readonly Item[];
  readonly error: unknown;
  readonly loading: boolean;
  /** Whether the first page has come. */
  readonly started: boolean;
  readonly ended: boolean;
  more(): void;
  reload(): void;
}

/** Reads a list page by page, from the start again whenever `key` changes. */
export function usePaged<Item>(
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>,
  key: string,
): PagedResource<Item> {
  const [list, setList] = useState<Paged<Item>>(empty);
  const [error, setError] = useState<unknown>(null);
  const [loading, setLoading] = useState(true);
  const [round, setRound] = useState(0);
  const reader = useRef(read);
  reader.current = read;
  const abort = useRef<AbortController | null>(null);

  const load = (cursor: string | undefined) => {
    abort.current?.abort();
    const mine = new AbortController();
    abort.current = mine;
    setLoading(true);
    reader.current(cursor, mine.signal).then(
      (page) => {
        if (mine.signal.aborted) return;
        setList((old) => append(cursor === undefined ? empty : old, cursor, page));
        setError(null);
        setLoading(false);
      },
      (failure: unknown) => {
        if (mine.signal.aborted || isAbort(failure)) return;
        setError(failure);
        setLoading(false);
      },
    );
  };

  useEffect(() => {
    load(undefined);
    return () => abort.current?.abort();
  }, [key, round]);

  return {
    items: list.items,
    error,
    loading,
    started: list.cursor !== undefined,
    ended: atEnd(list),
    more: () => {
      if (!loading && typeof list.cursor === "string") load(list.cursor);
    },
    reload: () => setRound((old) => old + 1),
  };
}
