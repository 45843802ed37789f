import { useEffect, useState } from "preact/hooks";
import { analysis } from "../../api/analysis";
import { Button } from "../../components/Button";
import { Field } from "../../components/Field";
import { Card } from "../../components/Page";
import { Notice } from "../../components/states";
import { errorText } from "../../lib/errors";
import { format, t } from "../../lib/i18n";
import type { CredentialPlace, Credentials } from "../../sandbox/dialects";
import { account } from "../../session";
import { credentials, lent } from "./state";

/** The credentials that the request goes out with: one's own, or some that are lent for an hour. */
export function CredentialsCard({ places }: { places: CredentialPlace[] }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const isOver = useEnd(lent.value?.until ?? null);
  const names = [...new Set(places.map((place) => place.credential))];
  const missing = names.some((name) => !credentials.value[name]);

  const lend = async () => {
    const name = account.value;
    if (name === null) return;
    setBusy(true);
    setProblem(null);
    try {
      const answer = await analysis.lendCredentials(name);
      credentials.value = answer.credentials as Partial<Credentials>;
      lent.value = { account: name, until: answer.expires_at };
    } catch (error) {
      setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
  };

  if (names.length === 0) {
    return (
      <Card title={t("sandbox.credentials")}>
        <p class="hint">{t("sandbox.no_credentials")}</p>
      </Card>
    );
  }
  return (
    <Card
      title={t("sandbox.credentials")}
      actions={
        <Button small kind={missing || isOver ? "primary" : "plain"} busy={busy} onClick={() => void lend()}>
          {t("sandbox.lend")}
        </Button>
      }
    >
      <div class="stack">
        {problem && <Notice kind="bad">{problem}</Notice>}
        <div class="form-grid">
          {names.map((name) => (
            <Field
              key={name}
              label={name}
              type="password"
              autocomplete="off"
              value={credentials.value[name] ?? ""}
              onInput={(value) => {
                credentials.value = { ...credentials.value, [name]: value };
                lent.value = null;
              }}
            />
          ))}
        </div>
        <p class="hint" aria-live="polite">
          {lent.value === null
            ? t("sandbox.credentials_hint")
            : isOver
              ? t("sandbox.lent_over")
              : t("sandbox.lent", { account: lent.value.account, time: format.time(lent.value.until) })}
        </p>
      </div>
    </Card>
  );
}

/** Whether a moment has come, looked at when it does. */
function useEnd(until: string | null): boolean {
  const [, again] = useState(0);
  const left = until === null ? Number.POSITIVE_INFINITY : new Date(until).getTime() - Date.now();
  useEffect(() => {
    if (!Number.isFinite(left) || left <= 0) return;
    const timer = setTimeout(() => again((round) => round + 1), left + 50);
    return () => clearTimeout(timer);
  }, [until]);
  return left <= 0;
}
