import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useAction } from "../lib/action";
import { fieldError } from "../lib/errors";
import { t } from "../lib/i18n";
import { FormDialog } from "./Dialog";
import { Field } from "./Field";

/** Asks for the name of something new, and for what else `children` ask. */
export function NameDialog({
  title,
  label,
  hint,
  create,
  onClose,
  children,
}: {
  title: string;
  label: string;
  hint?: string;
  create: (name: string) => Promise<void>;
  onClose: () => void;
  children?: ComponentChildren;
}) {
  const [name, setName] = useState("");
  const { busy, failure, error, run } = useAction();
  const atField = fieldError(failure, "name");
  return (
    <FormDialog
      title={title}
      submit={t("action.create")}
      onClose={onClose}
      busy={busy}
      disabled={name.trim() === ""}
      error={atField ? null : error}
      onSubmit={() => void run(() => create(name.trim()))}
    >
      <Field label={label} hint={hint} value={name} onInput={setName} error={atField} autofocus required />
      {children}
    </FormDialog>
  );
}
