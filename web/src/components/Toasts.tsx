import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../lib/i18n";
import { dismiss, shownToasts, type Toast, undo } from "../lib/toasts";
import { type UndoEntry, undoWindow } from "../lib/undo";
import { Button } from "./Button";

/** Messages in the corner of the window, read out politely. The page ends above them: they cover nothing for good. */
export function Toasts() {
  const box = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const { current: element } = box;
    if (!element) return;
    const observer = new ResizeObserver(() =>
      document.documentElement.style.setProperty("--toasts", `${element.offsetHeight}px`),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <section ref={box} class="toasts" aria-label={t("toasts.label")}>
      <div aria-live="polite" aria-relevant="additions">
        {shownToasts.value.map((one) =>
          "text" in one ? (
            <Said key={`said ${one.id}`} toast={one} />
          ) : (
            <UndoToast key={`undo ${one.id}`} entry={one} />
          ),
        )}
      </div>
    </section>
  );
}

function Said({ toast }: { toast: Toast }) {
  return (
    <div class={`toast ${toast.kind}`}>
      <span>{toast.text}</span>
      <Button kind="quiet" small icon="close" label={t("action.close")} onClick={() => dismiss(toast.id)} />
    </div>
  );
}

function UndoToast({ entry }: { entry: UndoEntry }) {
  const { id, label, due } = entry;
  // It may have been out of sight while its clock ran.
  const [left] = useState(() => (due === null ? entry.left : due - Date.now()));
  useEffect(() => () => undo.resume(id), [id]);
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
      <Button small onClick={() => undo.undo(id)}>
        {t("action.undo")}
      </Button>
      <span
        class="toast-clock"
        aria-hidden="true"
        style={{ animationDuration: `${undoWindow}ms`, animationDelay: `${left - undoWindow}ms` }}
      />
    </div>
  );
}
