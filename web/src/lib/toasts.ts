import { computed, signal } from "@preact/signals";
import { errorText } from "./errors";
import { onLeave } from "./router";
import { type Pending, type UndoEntry, UndoQueue } from "./undo";

export interface Toast {
  id: number;
  kind: "done" | "bad";
  text: string;
  /** When it came, in ms. */
  since: number;
}

/** No more than so many messages are shown at once. */
const most = 3;

const toasts = signal<readonly Toast[]>([]);
const undoable = signal<readonly UndoEntry[]>([]);

const queue = new UndoQueue((entries) => {
  undoable.value = entries;
});
onLeave(() => void sendDeletions());

/** The newest messages, the last one at the end. Others come back when there is room again. */
export const shownToasts = computed(() => latest(toasts.value, undoable.value));

export function latest(said: readonly Toast[], waiting: readonly UndoEntry[]): (Toast | UndoEntry)[] {
  return [...said, ...waiting].sort((one, other) => one.since - other.since).slice(-most);
}

/** Sends what could still be undone. */
export function sendDeletions(): Promise<void> {
  return queue.flush();
}

let lastId = 0;

/** Shows a message for a few seconds; what went wrong stays until it is closed. */
export function toast(text: string, kind: Toast["kind"] = "done"): void {
  lastId += 1;
  const id = lastId;
  toasts.value = [...toasts.value.slice(1 - most), { id, kind, text, since: Date.now() }];
  if (kind === "done") setTimeout(() => dismiss(id), 5000);
}

export function toastError(error: unknown): void {
  toast(errorText(error), "bad");
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

/** What is deleted or about to be: lists leave it out. */
const gone = signal<ReadonlySet<string>>(new Set());

/** Whether something is deleted, or shown as if it were while that can be undone. */
export function isGone(...key: string[]): boolean {
  return gone.value.has(key.join("\n"));
}

/** Shows something again, as when its name is used anew. */
export function comeBack(...key: string[]): void {
  gone.value = new Set([...gone.value].filter((one) => one !== key.join("\n")));
}

/** Deletes something when the undo window ends or the page is left, and offers to undo it until then. */
export function undoably(deletion: {
  label: string;
  /** Names what goes: `isGone` says so at once. */
  keys: readonly (readonly string[])[];
  run: Pending["run"];
  undone?: () => void;
}): void {
  const { label, keys, run, undone } = deletion;
  gone.value = new Set([...gone.value, ...keys.map((key) => key.join("\n"))]);
  queue.add({
    label,
    run,
    revert: (error) => {
      for (const key of keys) comeBack(...key);
      if (error === undefined) undone?.();
      else toastError(error);
    },
  });
}

export const undo = {
  undo: (id: number): void => queue.undo(id),
  pause: (id: number): void => queue.pause(id),
  resume: (id: number): void => queue.resume(id),
};
