import { useState } from "preact/hooks";
import { api } from "../api";
import type { AuditEntry } from "../api/types";
import { Button, PlainLink } from "../components/Button";
import { DateField } from "../components/DateField";
import { FetchedList } from "../components/Fetched";
import { Field, Select } from "../components/Field";
import { Card, Page } from "../components/Page";
import { Badge, Empty } from "../components/states";
import { type Column, Table } from "../components/Table";
import { type AuditQuery, auditFields, auditFilter } from "../lib/audit";
import { format, t } from "../lib/i18n";
import { usePaged } from "../lib/resource";
import { navigate, query } from "../lib/router";
import { accounts } from "../session";

/** Actions that the server writes down; others can be typed. */
const knownActions = [
  "session.sign_in",
  "session.sign_in_failed",
  "session.sign_out",
  "session.change_password",
  "operator.create",
  "operator.update",
  "operator.reset_password",
  "account.create",
  "account.rotate",
  "account.update",
  "account.sandbox_credentials",
  "server.adopt_key",
  "audit.export",
  "gallery.create",
  "gallery.delete",
  "subject.merge",
  "subject.move",
  "subject.delete",
  "face.enrol",
  "face.view",
  "face.delete",
  "photo.detect",
  "photo.compare",
  "photo.identify",
  "media.create",
  "media.view",
  "media.delete",
  "camera.create",
  "camera.update",
  "camera.delete",
  "history.view",
];

export default function Audit() {
  const shown = Object.fromEntries(
    auditFields.map((name) => [name, query.value.get(name) ?? ""]),
  ) as AuditQuery;
  const filter = auditFilter(shown);
  const filtered = Object.keys(filter).length > 0;
  const list = usePaged((cursor, signal) => api.audit.list(filter, cursor, signal), JSON.stringify(filter));
  return (
    <Page
      title={t("nav.audit")}
      lead={t("audit.lead")}
      actions={
        <>
          <PlainLink to={api.audit.exportUrl(filter, "csv")} icon="download" download>
            CSV
          </PlainLink>
          <PlainLink to={api.audit.exportUrl(filter, "jsonl")} icon="download" download>
            JSONL
          </PlainLink>
        </>
      }
    >
      <div class="stack">
        <Filters shown={shown} filtered={filtered} />
        <Card>
          <FetchedList from={list} height={400}>
            {list.items.length > 0 ? (
              <Table
                label={t("nav.audit")}
                class="audit"
                columns={columns()}
                rows={list.items}
                rowKey={(entry) => String(entry.id)}
              />
            ) : (
              <Empty icon="audit" title={t(filtered ? "audit.none_found" : "audit.none")} />
            )}
          </FetchedList>
        </Card>
      </div>
    </Page>
  );
}

function Filters({ shown, filtered }: { shown: AuditQuery; filtered: boolean }) {
  // What is no date is in the fields only.
  const [cleared, setCleared] = useState(0);
  const change = (name: keyof AuditQuery, value: string) => {
    const next = new URLSearchParams();
    for (const [key, old] of Object.entries({ ...shown, [name]: value })) if (old) next.set(key, old);
    navigate(next.size > 0 ? `/audit?${next}` : "/audit", { replace: true });
  };
  return (
    <search class="filters">
      <Field label={t("audit.actor")} value={shown.actor} onInput={(value) => change("actor", value)} />
      <Field
        label={t("audit.action")}
        value={shown.action}
        suggestions={knownActions}
        onInput={(value) => change("action", value)}
      />
      <Select
        label={t("header.account")}
        value={shown.account}
        options={[
          { value: "", label: t("audit.every_account") },
          ...accounts.value.map((one) => ({ value: one.name, label: one.name })),
        ]}
        onChange={(value) => change("account", value)}
      />
      <DateField
        key={`from ${cleared}`}
        label={t("audit.from")}
        kind="day"
        value={shown.from}
        onInput={(value) => change("from", value)}
      />
      <DateField
        key={`to ${cleared}`}
        label={t("audit.to")}
        kind="day"
        value={shown.to}
        onInput={(value) => change("to", value)}
      />
      {filtered && (
        <Button
          kind="quiet"
          onClick={() => {
            setCleared(cleared + 1);
            navigate("/audit", { replace: true });
          }}
        >
          {t("audit.clear")}
        </Button>
      )}
    </search>
  );
}

const nothing = <span class="nothing">–</span>;

const columns: () => Column<AuditEntry>[] = () => [
  {
    key: "at",
    label: t("audit.at"),
    cell: (entry) => <span class="nowrap">{format.dateTime(entry.at)}</span>,
  },
  {
    key: "actor",
    label: t("audit.actor"),
    cell: (entry) => (
      <span>
        {entry.actor}
        {entry.role && <span class="soft small"> {roleName(entry.role)}</span>}
      </span>
    ),
  },
  { key: "action", label: t("audit.action"), cell: (entry) => <code>{entry.action}</code> },
  { key: "account", label: t("header.account"), cell: (entry) => entry.account ?? nothing },
  { key: "target", label: t("audit.target"), cell: (entry) => entry.target ?? nothing },
  {
    key: "outcome",
    label: t("audit.outcome"),
    cell: (entry) => <Badge tone={entry.outcome === "ok" ? "good" : "warn"}>{entry.outcome}</Badge>,
  },
  {
    key: "address",
    label: t("audit.address"),
    cell: (entry) => (entry.address ? <span class="number">{entry.address}</span> : nothing),
  },
];

function roleName(role: string): string {
  return role === "administrator" || role === "operator" || role === "auditor" ? t(`role.${role}`) : role;
}
