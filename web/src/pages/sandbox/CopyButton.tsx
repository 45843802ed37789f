import { useState } from "preact/hooks";
import { Button } from "../../components/Button";
import { t } from "../../lib/i18n";

/** Copies a text and says so. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      setState("refused");
    }
    setTimeout(() => setState("idle"), 2000);
  };
  const words = { idle: t("action.copy"), copied: t("action.copied"), refused: t("sandbox.copy_refused") };
  return (
    <>
      <Button small icon={state === "copied" ? "check" : "copy"} onClick={() => void copy()}>
        {words[state]}
      </Button>
      <span class="visually-hidden" aria-live="polite">
        {state === "copied" ? `${what}: ${t("action.copied")}` : ""}
      </span>
    </>
  );
}
