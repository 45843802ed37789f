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
import { AccountState } from "./Accounts";

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
          <Quota account={value} onChanged={changed} />
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

function Quota({
  account,
  onChanged,
}: {
  account: AccountAnswer;
  onChanged: (account: AccountAnswer) => void;
}) {
  const limit = account.liveness_per_month;
  const [editing, setEditing] = useState(false);
  return (
    <Card
      title={t("accounts.quota")}
      actions={
        role.value === "administrator" && (
          <Button small onClick={() => setEditing(true)}>
            {t("accounts.quota_change")}
          </Button>
        )
      }
    >
      <div class="stack">
        {limit === null ? (
          <p>
            {account.liveness_used === undefined
              ? t("accounts.no_limit")
              : t("accounts.quota_unlimited", { count: account.liveness_used })}
          </p>
        ) : account.liveness_used === undefined ? (
          <p class="number">{format.number(limit)}</p>
        ) : (
          <Progress label={t("accounts.quota_used")} value={account.liveness_used} of={limit} />
        )}
        <p class="hint">{t("accounts.quota_hint")}</p>
      </div>
      {editing && <QuotaDialog account={account} onClose={() => setEditing(false)} onChanged={onChanged} />}
    </Card>
  );
}

function QuotaDialog({
  account,
  onClose,
  onChanged,
}: {
  account: AccountAnswer;
  onClose: () => void;
  onChanged: (account: AccountAnswer) => void;
}) {
  const [limited, setLimited] = useState(account.liveness_per_month !== null);
  const [limit, setLimit] = useState(String(account.liveness_per_month ?? 1000));
  const { busy, error, run } = useAction();
  const number = Number(limit);
  const valid = !limited || (limit.trim() !== "" && Number.isInteger(number) && number >= 0);
  const save = async () => {
    onChanged(await api.accounts.change(account.name, { liveness_per_month: limited ? number : null }));
    toast(t("accounts.quota_saved"));
    onClose();
  };
  return (
    <FormDialog
      title={t("accounts.quota")}
      submit={t("action.save")}
      onClose={onClose}
      busy={busy}
      disabled={!valid}
      error={error}
      onSubmit={() => void run(save)}
    >
      <Checkbox label={t("accounts.quota_limited")} checked={limited} onChange={setLimited} />
      <Field
        label={t("accounts.quota_per_month")}
        type="number"
        min={0}
        step={1}
        value={limit}
        onInput={setLimit}
        disabled={!limited}
        hint={t("accounts.quota_hint")}
      />
    </FormDialog>
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
