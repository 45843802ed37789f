import { computed, signal } from "@preact/signals";

/** Where the console is mounted. */
export const base = "/console";

const here = signal(typeof location === "undefined" ? "/" : location.pathname + location.search);

/** The path below the console's mount point, `/` for its start. */
export const path = computed(() => within(here.value.split("?")[0] ?? ""));
/** The parameters after the `?`. */
export const query = computed(() => new URLSearchParams(here.value.split("?")[1] ?? ""));

const leaving = new Set<() => void>();

/** Calls `listener` before the page changes and before the browser leaves. Returns how to stop that. */
export function onLeave(listener: () => void): () => void {
  leaving.add(listener);
  return () => leaving.delete(listener);
}

function leave(): void {
  for (const listener of leaving) listener();
}

if (typeof window !== "undefined") {
  addEventListener("popstate", () => {
    leave();
    here.value = location.pathname + location.search;
  });
  addEventListener("pagehide", leave);
}

/** Goes to a page, given by its path below the mount point. */
export function navigate(to: string, { replace = false } = {}): void {
  const target = href(to);
  if (target === location.pathname + location.search) return;
  if (to.split("?")[0] !== path.value) {
    leave();
    scrollTo(0, 0);
  }
  if (replace) history.replaceState(null, "", target);
  else history.pushState(null, "", target);
  here.value = target;
}

/** The address of a page. */
export function href(to: string): string {
  return base + (to.startsWith("/") ? to : `/${to}`);
}

/** A path from its parts, each escaped. */
export function pathOf(...parts: string[]): string {
  return `/${parts.map(encodeURIComponent).join("/")}`;
}

/** What is left of a path after the mount point. */
export function within(pathname: string): string {
  const rest = pathname.startsWith(base) ? pathname.slice(base.length) : pathname;
  const trimmed = rest.replace(/\/+$/, "");
  return trimmed === "" ? "/" : trimmed;
}

/** The parameters that a pattern like `/galleries/:gallery` takes out of a path, null where it does not fit. */
export function match(pattern: string, actual: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const parts = actual.split("/");
  if (wanted.length !== parts.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const found = parts[index] ?? "";
    if (part.startsWith(":")) {
      const value = decoded(found);
      if (value === null || value === "") return null;
      parameters[part.slice(1)] = value;
    } else if (part !== found) {
      return null;
    }
  }
  return parameters;
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
