import { useMemo, useState } from "preact/hooks";
import { api } from "../api";
import { all } from "../api/client";
import type { Account as AccountAnswer, Credentials, UsageDay } from "../api/types";
import { Button } from "../components/Button";
import { FormDialog } from "../components/Dialog";
import { Fetched } from "../components/Fetched";
import { Checkbox, Field, Segments } from "../components/Field";
import { Card, Page } from "../components/Page";
import { Plot, type Series } from "../components/Plot";
import { Secrets } from "../components/Secrets";
import { Empty, ErrorState, Loading, Progress } from "../components/states";
import { useAction } from "../lib/action";
import { format, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { toast } from "../lib/toasts";
import { dialectColour, dialectName } from "../lib/traffic";
import { everyDay } from "../lib/usage";
import type { PageParameters } from "../pages";
import { refreshAccounts, role } from "../session";
import { AccountState, livenessShare } from "./Accounts";

export default function Account({ parameters }: PageParameters) {
  const name = parameters.account ?? "";
  const { value, error, reload, set } = useResource(async (signal) => {
    const accounts = await all((cursor) => api.accounts.list(cursor, signal));
    return accounts.find((one) => one.name === name) ?? null;
  }, name);
  const trail = [{ title: t("nav.accounts"), to: "/accounts" }];
  if (value === undefined) {
    return (
      <Page title={name} trail={trail}>
        {error ? <ErrorState error={error} retry={reload} /> : <Loading height={320} />}
      </Page>
    );
  }
  if (value === null) {
    return (
      <Page title={name} trail={trail}>
        <Empty icon="accounts" title={t("accounts.unknown", { name })} />
      </Page>
    );
  }
  const changed = (account: AccountAnswer) => {
    set({ ...value, ...account });
    void refreshAccounts();
  };
  return (
    <Page
      title={name}
      trail={trail}
      actions={role.value === "administrator" && <Actions account={value} onChanged={changed} />}
    >
      <div class="stack">
        <div class="grid">
          <Facts account={value} />
          <Limits account={value} onChanged={changed} />
        </div>
        <Usage name={name} />
      </div>
    </Page>
  );
}

function Facts({ account }: { account: AccountAnswer }) {
  return (
    <Card title={t("accounts.facts")}>
      <dl class="facts">
        <dt>{t("accounts.state")}</dt>
        <dd>
          <AccountState account={account} />
        </dd>
        <dt>{t("accounts.created")}</dt>
        <dd>{format.dateTime(account.created_at)}</dd>
        {account.disabled_at && (
          <>
            <dt>{t("accounts.disabled_at")}</dt>
            <dd>{format.dateTime(account.disabled_at)}</dd>
          </>
        )}
        <dt>{t("accounts.id")}</dt>
        <dd>
          <code>{account.id}</code>
        </dd>
        {account.faces !== undefined && (
          <>
            <dt>{t("accounts.faces")}</dt>
            <dd class="number">{format.number(account.faces)}</dd>
          </>
        )}
        {account.requests_30d !== undefined && (
          <>
            <dt>{t("accounts.requests")}</dt>
            <dd class="number">{format.number(account.requests_30d)}</dd>
          </>
        )}
      </dl>
    </Card>
  );
}

function Limits({
  account,
  onChanged,
}: {
  account: AccountAnswer;
  onChanged: (account: AccountAnswer) => void;
}) {
  const { liveness_per_month: limit, liveness_used: used, requests_per_minute: rate } = account;
  const [editing, setEditing] = useState(false);
  return (
    <Card
      title={t("accounts.limits")}
      actions={
        role.value === "administrator" && (
          <Button small onClick={() => setEditing(true)}>
            {t("accounts.limits_change")}
          </Button>
        )
      }
    >
      <div class="stack">
        <dl class="facts">
          <dt>{t("accounts.rate")}</dt>
          <dd class="number">{rate === null ? t("accounts.no_limit") : format.number(rate)}</dd>
          {(limit === null || used === undefined) && (
            <>
              <dt>{t("accounts.liveness")}</dt>
              <dd class="number">{livenessShare(account)}</dd>
            </>
          )}
        </dl>
        {limit !== null && used !== undefined && (
          <Progress label={t("accounts.liveness")} value={used} of={limit} />
        )}
        <p class="hint">{t("accounts.limits_hint")}</p>
      </div>
      {editing && <LimitsDialog account={account} onClose={() => setEditing(false)} onChanged={onChanged} />}
    </Card>
  );
}

/** The highest limit of requests per minute that the server takes. */
const mostRequests = 1_000_000;

function LimitsDialog({
  account,
  onClose,
  onChanged,
}: {
  account: AccountAnswer;
  onClose: () => void;
  onChanged: (account: AccountAnswer) => void;
}) {
  const rate = useLimit(account.requests_per_minute, 600, 1, mostRequests);
  const quota = useLimit(account.liveness_per_month, 1000, 0);
  const { busy, error, run } = useAction();
  const save = async () => {
    // What another operator changed meanwhile stays.
    const change = {
      ...(rate.value !== account.requests_per_minute && { requests_per_minute: rate.value }),
      ...(quota.value !== account.liveness_per_month && { liveness_per_month: quota.value }),
    };
    if (Object.keys(change).length > 0) onChanged(await api.accounts.change(account.name, change));
    toast(t("accounts.limits_saved"));
    onClose();
  };
  return (
    <FormDialog
      title={t("accounts.limits")}
      submit={t("action.save")}
      onClose={onClose}
      busy={busy}
      disabled={!rate.valid || !quota.valid}
      error={error}
      onSubmit={() => void run(save)}
    >
      <LimitInput
        of={rate}
        choice={t("accounts.rate_limited")}
        label={t("accounts.rate")}
        hint={t("accounts.rate_hint")}
      />
      <LimitInput
        of={quota}
        choice={t("accounts.quota_limited")}
        label={t("accounts.quota_per_month")}
        hint={t("accounts.quota_hint")}
      />
    </FormDialog>
  );
}

/** A limit while it is changed: `value` is a whole number, or null for none. */
function useLimit(initial: number | null, usual: number, min: number, max?: number) {
  const [limited, setLimited] = useState(initial !== null);
  const [text, setText] = useState(String(initial ?? usual));
  const number = Number(text);
  const fits = Number.isInteger(number) && number >= min && number <= (max ?? Number.MAX_SAFE_INTEGER);
  const valid = !limited || (text.trim() !== "" && fits);
  return { limited, setLimited, text, setText, min, max, valid, value: limited ? number : null };
}

function LimitInput({
  of,
  choice,
  label,
  hint,
}: {
  of: ReturnType<typeof useLimit>;
  choice: string;
  label: string;
  hint: string;
}) {
  return (
    <>
      <Checkbox label={choice} checked={of.limited} onChange={of.setLimited} />
      <Field
        label={label}
        type="number"
        min={of.min}
        max={of.max}
        step={1}
        value={of.text}
        onInput={of.setText}
        disabled={!of.limited}
        hint={hint}
      />
    </>
  );
}

function Actions({
  account,
  onChanged,
}: {
  account: AccountAnswer;
  onChanged: (account: AccountAnswer) => void;
}) {
  const [asking, setAsking] = useState<"rotate" | "disable" | null>(null);
  const [secrets, setSecrets] = useState<Credentials | null>(null);
  const { busy, error, run } = useAction();
  const disabled = account.disabled_at !== null;
  const close = () => setAsking(null);
  const switchTo = (off: boolean) =>
    run(async () => {
      onChanged(await api.accounts.change(account.name, { disabled: off }));
      toast(t(off ? "accounts.was_disabled" : "accounts.was_enabled", { name: account.name }));
      close();
    });
  const rotate = () =>
    run(async () => {
      const { credentials } = await api.accounts.rotate(account.name);
      close();
      setSecrets(credentials);
    });
  return (
    <>
      <Button icon="rotate" onClick={() => setAsking("rotate")}>
        {t("accounts.rotate")}
      </Button>
      {disabled ? (
        <Button busy={busy} onClick={() => void switchTo(false)}>
          {t("action.enable")}
        </Button>
      ) : (
        <Button kind="danger" onClick={() => setAsking("disable")}>
          {t("action.disable")}
        </Button>
      )}
      {asking && (
        <FormDialog
          title={t(asking === "rotate" ? "accounts.rotate_title" : "accounts.disable_title", {
            name: account.name,
          })}
          submit={t(asking === "rotate" ? "accounts.rotate" : "action.disable")}
          danger
          busy={busy}
          error={error}
          onClose={close}
          onSubmit={() => void (asking === "rotate" ? rotate() : switchTo(true))}
        >
          <p>{t(asking === "rotate" ? "accounts.rotate_text" : "accounts.disable_text")}</p>
        </FormDialog>
      )}
      {secrets && (
        <Secrets
          title={t("accounts.secrets", { name: account.name })}
          secrets={secrets}
          onClose={() => setSecrets(null)}
        />
      )}
    </>
  );
}

const spans = ["7", "30", "90"] as const;

function Usage({ name }: { name: string }) {
  const [days, setDays] = useState<(typeof spans)[number]>("30");
  const { value, error, reload } = useResource(
    (signal) => api.accounts.usage(name, Number(days), signal),
    `${name} ${days}`,
  );
  const plotted = useMemo(() => value && usageSeries(value.days, Number(days)), [value]);
  return (
    <Card
      title={t("accounts.usage")}
      actions={
        <Segments
          label={t("accounts.usage_span")}
          value={days}
          onChange={setDays}
          options={spans.map((one) => ({ value: one, label: t("accounts.days", { count: Number(one) }) }))}
        />
      }
    >
      <Fetched from={{ value: plotted, error, reload }} height={240}>
        {({ x, series }) =>
          series.length === 0 ? (
            <Empty icon="overview" title={t("accounts.unused")} />
          ) : (
            <Plot
              title={t("accounts.usage")}
              x={x}
              series={series}
              height={210}
              formatX={(at) => format.date(new Date(at * 1000))}
            />
          )
        }
      </Fetched>
    </Card>
  );
}

function byDialect(one: string, other: string): number {
  return dialectColour(one).localeCompare(dialectColour(other));
}

/** Calls per day and dialect, and what of them failed. */
function usageSeries(answered: readonly UsageDay[], count: number): { x: number[]; series: Series[] } {
  const days = everyDay(answered, count);
  const used = [...new Set(days.flatMap((day) => Object.keys(day.dialects)))].sort(byDialect);
  const series: Series[] = used.map((dialect) => ({
    label: dialectName(dialect),
    colour: dialectColour(dialect),
    values: days.map((day) => {
      const counts = day.dialects[dialect];
      return counts ? counts.ok + counts.client_error + counts.server_error + counts.refused : 0;
    }),
  }));
  const failed = days.map((day) =>
    Object.values(day.dialects).reduce(
      (sum, one) => sum + one.client_error + one.server_error + one.refused,
      0,
    ),
  );
  if (series.length > 0)
    series.push({ label: t("accounts.not_ok"), colour: "bad", dashed: true, values: failed });
  return { x: days.map((day) => Date.parse(`${day.date}T00:00:00`) / 1000), series };
}
