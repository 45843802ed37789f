import { useState } from "preact/hooks";
import { api } from "../api";
import { all } from "../api/client";
import type { Gallery } from "../api/types";
import { Button, Link } from "../components/Button";
import { FormDialog } from "../components/Dialog";
import { Fetched } from "../components/Fetched";
import { NameDialog } from "../components/NameDialog";
import { Card, Page } from "../components/Page";
import { Empty } from "../components/states";
import { type Column, Table } from "../components/Table";
import { format, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { navigate, pathOf } from "../lib/router";
import { comeBack, isGone, undoably } from "../lib/toasts";
import { account } from "../session";

export default function Galleries() {
  const owner = account.value ?? "";
  const { value, error, reload } = useResource(
    (signal) => all((cursor) => api.galleries.list(owner, cursor, signal)),
    owner,
  );
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<Gallery | null>(null);
  const rows = value?.filter((one) => !isGone(owner, one.name));
  const create = (
    <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
      {t("galleries.create")}
    </Button>
  );

  const remove = (gallery: Gallery) => {
    setDeleting(null);
    undoably({
      label: t("galleries.deleted", { name: gallery.name }),
      keys: [[owner, gallery.name]],
      run: (leaving) => api.galleries.remove(owner, gallery.name, leaving),
    });
  };

  return (
    <Page title={t("nav.galleries")} lead={t("galleries.lead")} actions={rows && rows.length > 0 && create}>
      <Fetched from={{ value: rows, error, reload }} height={200}>
        {(shown) => (
          <Card>
            {shown.length === 0 ? (
              <Empty icon="galleries" title={t("overview.no_galleries")} actions={create}>
                {t("galleries.none")}
              </Empty>
            ) : (
              <Table
                label={t("nav.galleries")}
                columns={columns(setDeleting)}
                rows={shown}
                rowKey={(one) => one.name}
              />
            )}
          </Card>
        )}
      </Fetched>
      {creating && <Create owner={owner} onClose={() => setCreating(false)} />}
      {deleting && (
        <FormDialog
          title={t("galleries.delete_title", { name: deleting.name })}
          submit={t("action.delete")}
          danger
          onClose={() => setDeleting(null)}
          onSubmit={() => remove(deleting)}
        >
          <p>
            {t("galleries.delete_text", {
              faces: t("subjects.faces", { count: deleting.faces }),
              subjects: t("subjects.count", { count: deleting.subjects }),
            })}
          </p>
        </FormDialog>
      )}
    </Page>
  );
}

const columns = (remove: (gallery: Gallery) => void): Column<Gallery>[] => [
  {
    key: "name",
    label: t("galleries.name"),
    cell: (one) => <Link to={pathOf("galleries", one.name)}>{one.name}</Link>,
  },
  {
    key: "subjects",
    label: t("galleries.subjects"),
    number: true,
    cell: (one) => format.number(one.subjects),
  },
  { key: "faces", label: t("overview.faces"), number: true, cell: (one) => format.number(one.faces) },
  {
    key: "actions",
    label: t("operators.actions"),
    hiddenLabel: true,
    cell: (one) => (
      <Button
        small
        kind="quiet"
        icon="trash"
        label={t("galleries.delete", { name: one.name })}
        onClick={() => remove(one)}
      />
    ),
  },
];

function Create({ owner, onClose }: { owner: string; onClose: () => void }) {
  const create = async (name: string) => {
    await api.galleries.create(owner, name);
    comeBack(owner, name);
    onClose();
    navigate(pathOf("galleries", name));
  };
  return (
    <NameDialog title={t("galleries.create")} label={t("galleries.name")} create={create} onClose={onClose} />
  );
}
