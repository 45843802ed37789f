import { useState } from "preact/hooks";
import { api } from "../api";
import { all } from "../api/client";
import type { Account, Credentials } from "../api/types";
import { Button, Link } from "../components/Button";
import { Fetched } from "../components/Fetched";
import { NameDialog } from "../components/NameDialog";
import { Card, Page } from "../components/Page";
import { Secrets } from "../components/Secrets";
import { Badge, Empty } from "../components/states";
import { type Column, Table } from "../components/Table";
import { format, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { pathOf } from "../lib/router";
import { refreshAccounts, role } from "../session";

export default function Accounts() {
  const list = useResource((signal) => all((cursor) => api.accounts.list(cursor, signal)), "accounts");
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<{ account: Account; credentials: Credentials } | null>(null);
  const may = role.value === "administrator";
  const create = may && (
    <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
      {t("accounts.create")}
    </Button>
  );
  return (
    <Page
      title={t("nav.accounts")}
      lead={t("accounts.lead")}
      actions={list.value && list.value.length > 0 && create}
    >
      <Fetched from={list} height={240}>
        {(rows) => (
          <Card>
            {rows.length === 0 ? (
              <Empty icon="accounts" title={t("page.no_account")} actions={create}>
                {t("accounts.none")}
              </Empty>
            ) : (
              <Table label={t("nav.accounts")} columns={columns()} rows={rows} rowKey={(one) => one.id} />
            )}
          </Card>
        )}
      </Fetched>
      {creating && (
        <Create
          onClose={() => setCreating(false)}
          onMade={(answer) => {
            setCreating(false);
            setMade(answer);
            list.reload();
            void refreshAccounts();
          }}
        />
      )}
      {made && (
        <Secrets
          title={t("accounts.secrets", { name: made.account.name })}
          secrets={made.credentials}
          onClose={() => setMade(null)}
        />
      )}
    </Page>
  );
}

const columns: () => Column<Account>[] = () => [
  {
    key: "name",
    label: t("accounts.name"),
    cell: (one) => <Link to={pathOf("accounts", one.name)}>{one.name}</Link>,
  },
  { key: "state", label: t("accounts.state"), cell: (one) => <AccountState account={one} /> },
  { key: "created", label: t("accounts.created"), cell: (one) => format.date(one.created_at) },
  { key: "faces", label: t("accounts.faces"), number: true, cell: (one) => counted(one.faces) },
  { key: "requests", label: t("accounts.requests"), number: true, cell: (one) => counted(one.requests_30d) },
  { key: "liveness", label: t("accounts.liveness"), number: true, cell: livenessShare },
];

function counted(value: number | undefined): string {
  return value === undefined ? "–" : format.number(value);
}

/** "812 of 1,000", or only how many where there is no limit. */
export function livenessShare({ liveness_used: used, liveness_per_month: limit }: Account): string {
  if (used === undefined) return limit === null ? t("accounts.no_limit") : format.number(limit);
  return limit === null ? format.number(used) : t("progress.of", { value: used, of: limit });
}

export function AccountState({ account }: { account: Account }) {
  return account.disabled_at ? (
    <Badge tone="bad">{t("accounts.disabled")}</Badge>
  ) : (
    <Badge tone="good">{t("accounts.enabled")}</Badge>
  );
}

function Create({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (answer: { account: Account; credentials: Credentials }) => void;
}) {
  return (
    <NameDialog
      title={t("accounts.create")}
      label={t("accounts.name")}
      hint={t("accounts.name_hint")}
      create={async (name) => onMade(await api.accounts.create(name))}
      onClose={onClose}
    />
  );
}
