import { signal } from "@preact/signals";
import { errorText } from "./errors";
import { onLeave } from "./router";
import { type Pending, type UndoEntry, UndoQueue } from "./undo";

export interface Toast {
  id: number;
  kind: "done" | "bad";
  text: string;
}

export const toasts = signal<readonly Toast[]>([]);
export const undoable = signal<readonly UndoEntry[]>([]);

const queue = new UndoQueue((entries) => {
  undoable.value = entries;
});
onLeave(() => queue.flush());

let lastId = 0;

/** Shows a message for a few seconds; what went wrong stays until it is closed. */
export function toast(text: string, kind: Toast["kind"] = "done"): void {
  lastId += 1;
  const id = lastId;
  toasts.value = [...toasts.value.slice(-3), { id, kind, text }];
  if (kind === "done") setTimeout(() => dismiss(id), 5000);
}

export function toastError(error: unknown): void {
  toast(errorText(error), "bad");
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

/** Does something when the undo window ends or the page is left, and offers to undo it until then. */
export function undoably(pending: Pending): void {
  queue.add({
    ...pending,
    revert: (error) => {
      if (error !== undefined) toastError(error);
      pending.revert(error);
    },
  });
}

export const undo = {
  undo: (id: number): void => queue.undo(id),
  pause: (id: number): void => queue.pause(id),
  resume: (id: number): void => queue.resume(id),
};
