import { useState } from "preact/hooks";
import { t } from "../lib/i18n";
import { Button } from "./Button";

/** A value to be copied whole. */
export function Copyable({ label, value }: { label: string; value: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div class="copyable">
      <span class="copyable-label">{label}</span>
      <code>{value}</code>
      <Button
        small
        icon={copied ? "check" : "copy"}
        label={t("action.copy_what", { what: label })}
        onClick={() => void copy()}
      />
      <span class="visually-hidden" aria-live="polite">
        {copied ? t("action.copied") : ""}
      </span>
    </div>
  );
}
