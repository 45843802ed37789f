import { useState } from "preact/hooks";
import { api } from "../api";
import { all } from "../api/client";
import type { Operator, Role } from "../api/types";
import { Button } from "../components/Button";
import { FormDialog } from "../components/Dialog";
import { Fetched } from "../components/Fetched";
import { Select } from "../components/Field";
import { NameDialog } from "../components/NameDialog";
import { Card, Page } from "../components/Page";
import { Secrets } from "../components/Secrets";
import { Badge } from "../components/states";
import { type Column, Table } from "../components/Table";
import { useAction } from "../lib/action";
import { format, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { toast } from "../lib/toasts";
import { role, session } from "../session";

const roles: readonly Role[] = ["administrator", "operator", "auditor"];
const roleOptions = () => roles.map((value) => ({ value, label: t(`role.${value}`) }));

type Asking = { kind: "create" } | { kind: "role" | "disable" | "reset"; operator: Operator };

export default function Operators() {
  const operators = useResource((signal) => all((cursor) => api.operators.list(cursor, signal)), "operators");
  const [asking, setAsking] = useState<Asking | null>(null);
  const [secret, setSecret] = useState<{ name: string; password: string } | null>(null);
  const may = role.value === "administrator";
  const done = (shown?: { name: string; password: string }) => {
    setAsking(null);
    setSecret(shown ?? null);
    operators.reload();
  };
  return (
    <Page
      title={t("nav.operators")}
      lead={t("operators.lead")}
      actions={
        may && (
          <Button kind="primary" icon="plus" onClick={() => setAsking({ kind: "create" })}>
            {t("operators.create")}
          </Button>
        )
      }
    >
      <Fetched from={operators} height={240}>
        {(rows) => (
          <Card>
            <Table
              label={t("nav.operators")}
              columns={columns(may ? setAsking : null, operators.reload)}
              rows={rows}
              rowKey={(one) => one.name}
            />
          </Card>
        )}
      </Fetched>
      {asking?.kind === "create" && <Create onClose={() => setAsking(null)} onDone={done} />}
      {asking?.kind === "role" && (
        <ChangeRole operator={asking.operator} onClose={() => setAsking(null)} onDone={done} />
      )}
      {(asking?.kind === "disable" || asking?.kind === "reset") && (
        <Confirm
          kind={asking.kind}
          operator={asking.operator}
          onClose={() => setAsking(null)}
          onDone={done}
        />
      )}
      {secret && (
        <Secrets
          title={t("operators.password_of", { name: secret.name })}
          secrets={{ [t("operators.one_time")]: secret.password }}
          onClose={() => setSecret(null)}
        />
      )}
    </Page>
  );
}

function columns(ask: ((asking: Asking) => void) | null, reload: () => void): Column<Operator>[] {
  const shown: Column<Operator>[] = [
    { key: "name", label: t("sign_in.name"), cell: (one) => one.name },
    { key: "role", label: t("operators.role"), cell: (one) => t(`role.${one.role}`) },
    {
      key: "state",
      label: t("accounts.state"),
      cell: (one) =>
        one.disabled_at ? (
          <Badge tone="bad">{t("accounts.disabled")}</Badge>
        ) : (
          <Badge tone="good">{t("accounts.enabled")}</Badge>
        ),
    },
    {
      key: "seen",
      label: t("operators.last_sign_in"),
      cell: (one) => (one.last_sign_in_at ? format.ago(one.last_sign_in_at) : t("state.never")),
    },
  ];
  if (!ask) return shown;
  const actions: Column<Operator> = {
    key: "actions",
    label: t("operators.actions"),
    hiddenLabel: true,
    cell: (operator) => <RowActions operator={operator} ask={ask} reload={reload} />,
  };
  return [...shown, actions];
}

function RowActions({
  operator,
  ask,
  reload,
}: {
  operator: Operator;
  ask: (asking: Asking) => void;
  reload: () => void;
}) {
  const { busy, run } = useAction();
  if (operator.name === session.value?.operator.name) return <span class="soft">{t("operators.you")}</span>;
  const enable = async () => {
    await api.operators.change(operator.name, { disabled: false });
    toast(t("accounts.was_enabled", { name: operator.name }));
    reload();
  };
  return (
    <div class="row end-on-wide">
      <Button small onClick={() => ask({ kind: "role", operator })}>
        {t("operators.change_role")}
      </Button>
      <Button small onClick={() => ask({ kind: "reset", operator })}>
        {t("operators.reset")}
      </Button>
      {operator.disabled_at ? (
        <Button small busy={busy} onClick={() => void run(enable)}>
          {t("action.enable")}
        </Button>
      ) : (
        <Button small kind="danger" onClick={() => ask({ kind: "disable", operator })}>
          {t("action.disable")}
        </Button>
      )}
    </div>
  );
}

interface StepProps {
  onClose: () => void;
  onDone: (secret?: { name: string; password: string }) => void;
}

function Create({ onClose, onDone }: StepProps) {
  const [chosen, setChosen] = useState<Role>("operator");
  const create = async (name: string) => {
    const made = await api.operators.create(name, chosen);
    onDone({ name: made.operator.name, password: made.one_time_password });
  };
  return (
    <NameDialog title={t("operators.create")} label={t("sign_in.name")} create={create} onClose={onClose}>
      <RoleField value={chosen} onChange={setChosen} />
    </NameDialog>
  );
}

function ChangeRole({ operator, onClose, onDone }: StepProps & { operator: Operator }) {
  const [chosen, setChosen] = useState<Role>(operator.role);
  const { busy, error, run } = useAction();
  const save = async () => {
    await api.operators.change(operator.name, { role: chosen });
    onDone();
  };
  return (
    <FormDialog
      title={t("operators.role_of", { name: operator.name })}
      submit={t("action.save")}
      onClose={onClose}
      busy={busy}
      error={error}
      onSubmit={() => void run(save)}
    >
      <RoleField value={chosen} onChange={setChosen} />
    </FormDialog>
  );
}

function RoleField({ value, onChange }: { value: Role; onChange: (role: Role) => void }) {
  return (
    <Select
      label={t("operators.role")}
      value={value}
      options={roleOptions()}
      onChange={onChange}
      hint={t(`role.${value}_may`)}
    />
  );
}

function Confirm({
  kind,
  operator,
  onClose,
  onDone,
}: StepProps & { kind: "disable" | "reset"; operator: Operator }) {
  const { name } = operator;
  const { busy, error, run } = useAction();
  const confirm = async () => {
    if (kind === "reset") {
      const { one_time_password } = await api.operators.resetPassword(name);
      onDone({ name, password: one_time_password });
    } else {
      await api.operators.change(name, { disabled: true });
      toast(t("accounts.was_disabled", { name }));
      onDone();
    }
  };
  return (
    <FormDialog
      title={t(kind === "reset" ? "operators.reset_title" : "operators.disable_title", { name })}
      submit={t(kind === "reset" ? "operators.reset" : "action.disable")}
      danger
      onClose={onClose}
      busy={busy}
      error={error}
      onSubmit={() => void run(confirm)}
    >
      <p>{t(kind === "reset" ? "operators.reset_text" : "operators.disable_text")}</p>
    </FormDialog>
  );
}
