import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../lib/i18n";
import { Button } from "./Button";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Buttons below the content. */
  actions?: ComponentChildren;
  wide?: boolean;
  /** Escape and a close button end it; false where the user must decide. */
  closable?: boolean;
}

/** A modal dialog. The focus moves into it and goes back where it was when it closes. */
export function Dialog({ title, onClose, children, actions, wide, closable = true }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();

  useEffect(() => {
    const before = document.activeElement;
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);

  return (
    <dialog
      ref={element}
      class={wide ? "dialog wide" : "dialog"}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        if (closable) onClose();
      }}
    >
      <header class="dialog-head">
        <h2 id={heading}>{title}</h2>
        {closable && <Button kind="quiet" icon="close" label={t("action.close")} onClick={onClose} />}
      </header>
      <div class="dialog-body">{children}</div>
      {actions && <footer class="dialog-actions">{actions}</footer>}
    </dialog>
  );
}

interface FormDialogProps extends DialogProps {
  submit: string;
  danger?: boolean;
  busy?: boolean;
  disabled?: boolean;
  error?: string | null;
  onSubmit: () => void;
}

/** A dialog with one form in it: Enter sends it. */
export function FormDialog({
  submit,
  danger,
  busy,
  disabled,
  error,
  onSubmit,
  children,
  ...dialog
}: FormDialogProps) {
  const form = useId();
  return (
    <Dialog {...dialog}>
      <form
        id={form}
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && !disabled) onSubmit();
        }}
      >
        {children}
        {error && (
          <p class="notice bad" role="alert">
            {error}
          </p>
        )}
        <div class="dialog-actions in-form">
          <Button onClick={dialog.onClose}>{t("action.cancel")}</Button>
          <Button
            type="submit"
            kind={danger ? "danger" : "primary"}
            busy={busy ?? false}
            disabled={disabled ?? false}
          >
            {submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
