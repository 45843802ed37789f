import { t } from "../lib/i18n";
import { dismiss, toasts, undo, undoable } from "../lib/toasts";
import type { UndoEntry } from "../lib/undo";
import { undoWindow } from "../lib/undo";
import { Button } from "./Button";

/** Messages in the corner of the window, read out politely. */
export function Toasts() {
  return (
    <section class="toasts" aria-label={t("toasts.label")}>
      <div aria-live="polite" aria-relevant="additions">
        {toasts.value.map((toast) => (
          <div key={toast.id} class={`toast ${toast.kind}`}>
            <span>{toast.text}</span>
            <Button
              kind="quiet"
              small
              icon="close"
              label={t("action.close")}
              onClick={() => dismiss(toast.id)}
            />
          </div>
        ))}
        {undoable.value.map((entry) => (
          <UndoToast key={entry.id} entry={entry} />
        ))}
      </div>
    </section>
  );
}

function UndoToast({ entry }: { entry: UndoEntry }) {
  const { id, label, due } = entry;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only stops the clock while it is read
    <div
      class={due === null ? "toast paused" : "toast"}
      onMouseEnter={() => undo.pause(id)}
      onMouseLeave={() => undo.resume(id)}
      onFocusIn={() => undo.pause(id)}
      onFocusOut={() => undo.resume(id)}
    >
      <span>{label}</span>
      <Button small kind="quiet" onClick={() => undo.undo(id)}>
        {t("action.undo")}
      </Button>
      <span class="toast-clock" aria-hidden="true" style={{ animationDuration: `${undoWindow}ms` }} />
    </div>
  );
}
