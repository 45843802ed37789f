import { useState } from "preact/hooks";
import { t } from "../lib/i18n";
import { Button } from "./Button";
import { Copyable } from "./Copyable";
import { Dialog } from "./Dialog";
import { Checkbox } from "./Field";
import { Notice } from "./states";

/** Shows secrets the only time they can be seen. It closes once the user says that they are stored. */
export function Secrets({
  title,
  secrets,
  onClose,
}: {
  title: string;
  secrets: Readonly<Record<string, string>>;
  onClose: () => void;
}) {
  const [stored, setStored] = useState(false);
  const entries = Object.entries(secrets);
  return (
    <Dialog
      title={title}
      onClose={onClose}
      closable={false}
      actions={
        <Button kind="primary" disabled={!stored} onClick={onClose}>
          {t("action.done")}
        </Button>
      }
    >
      <div class="stack">
        <Notice>{t("secrets.once")}</Notice>
        <div>
          {entries.map(([name, value]) => (
            <Copyable key={name} label={name} value={value} />
          ))}
        </div>
        {entries.length > 1 && <CopyAll entries={entries} />}
        <Checkbox label={t("secrets.stored")} checked={stored} onChange={setStored} />
      </div>
    </Dialog>
  );
}

function CopyAll({ entries }: { entries: readonly (readonly [string, string])[] }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(entries.map(([name, value]) => `${name}=${value}`).join("\n"));
    setCopied(true);
  };
  return (
    <div class="row">
      <Button icon={copied ? "check" : "copy"} onClick={() => void copy()}>
        {t(copied ? "action.copied" : "secrets.copy_all")}
      </Button>
    </div>
  );
}
