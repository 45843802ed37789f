import type { ComponentChildren } from "preact";
import { errorText } from "../lib/errors";
import { t } from "../lib/i18n";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";

/** What stands where a list has nothing to show, and what to do about it. */
export function Empty({
  icon = "image",
  title,
  children,
  actions,
}: {
  icon?: IconName;
  title: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}) {
  return (
    <div class="state">
      <Icon name={icon} size={32} />
      <p class="state-title">{title}</p>
      {children && <div class="state-text">{children}</div>}
      {actions && <div class="row centre">{actions}</div>}
    </div>
  );
}

/** What stands where something could not be read. */
export function ErrorState({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div class="state" role="alert">
      <Icon name="warning" size={32} />
      <p class="state-title">{t("state.error")}</p>
      <p class="state-text">{errorText(error)}</p>
      {retry && (
        <Button icon="rotate" onClick={retry}>
          {t("action.retry")}
        </Button>
      )}
    </div>
  );
}

/** A line above what is shown, when it could not be brought up to date. */
export function Stale({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <p class="notice bad" role="alert">
      {t("state.stale", { reason: errorText(error) })}{" "}
      <Button small onClick={retry}>
        {t("action.retry")}
      </Button>
    </p>
  );
}

/** Keeps the place of what is still being read. */
export function Loading({ height = 160 }: { height?: number }) {
  return (
    <div class="loading" role="status" style={{ minHeight: `${height}px` }}>
      <span class="visually-hidden">{t("state.loading")}</span>
    </div>
  );
}

export function Notice({
  kind = "info",
  children,
}: {
  kind?: "info" | "good" | "bad";
  children: ComponentChildren;
}) {
  return <p class={`notice ${kind}`}>{children}</p>;
}

export function Badge({
  tone = "neutral",
  children,
}: {
  tone?: "neutral" | "good" | "bad" | "warn";
  children: ComponentChildren;
}) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** A progress bar with its number in words. */
export function Progress({ label, value, of }: { label: string; value: number; of: number }) {
  const share = of > 0 ? Math.min(1, value / of) : 0;
  return (
    <div class="progress">
      <div class="progress-head">
        <span>{label}</span>
        <span class="number">{t("progress.of", { value, of })}</span>
      </div>
      <div
        class="progress-track"
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={of}
        aria-valuenow={value}
      >
        <span style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  );
}
