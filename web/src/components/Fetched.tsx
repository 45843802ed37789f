import type { ComponentChildren } from "preact";
import { t } from "../lib/i18n";
import type { PagedResource, Resource } from "../lib/resource";
import { Button } from "./Button";
import { ErrorState, Loading, Stale } from "./states";

/** What was read; until then its place, or why it is not there. A line above it says where it is out of date. */
export function Fetched<Value>({
  from: { value, error, reload },
  height,
  children,
}: {
  from: Pick<Resource<Value>, "value" | "error" | "reload">;
  /** How much room is kept for it, in pixels. */
  height?: number;
  children: (value: Value) => ComponentChildren;
}) {
  if (value === undefined)
    return error ? <ErrorState error={error} retry={reload} /> : <Loading height={height} />;
  return (
    <>
      {error ? <Stale error={error} retry={reload} /> : null}
      {children(value)}
    </>
  );
}

/** The same for a list that is read page by page: what is shown of it, and a button for more. */
export function FetchedList({
  from: list,
  height,
  children,
}: {
  from: PagedResource<unknown>;
  height?: number;
  children: ComponentChildren;
}) {
  if (!list.started)
    return list.error ? <ErrorState error={list.error} retry={list.reload} /> : <Loading height={height} />;
  return (
    <>
      {children}
      {list.error ? <Stale error={list.error} retry={list.reload} /> : null}
      {!list.ended && (
        <div class="row centre after-list">
          <Button busy={list.loading} onClick={list.more}>
            {t("action.more")}
          </Button>
        </div>
      )}
    </>
  );
}
