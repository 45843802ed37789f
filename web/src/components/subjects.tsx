import { useState } from "preact/hooks";
import { api } from "../api";
import { all } from "../api/client";
import { useAction } from "../lib/action";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { FormDialog } from "./Dialog";
import { Fetched } from "./Fetched";
import { Field, Select } from "./Field";
import { Notice } from "./states";

interface Chosen {
  account: string;
  gallery: string;
  subjects: readonly string[];
  onClose: () => void;
}

/** Puts subjects together under one name. */
export function MergeDialog({
  account,
  gallery,
  subjects,
  onClose,
  onDone,
}: Chosen & { onDone: (into: string) => void }) {
  const several = subjects.length > 1;
  const [into, setInto] = useState(several ? (subjects[0] ?? "") : "");
  const { value } = useResource(
    async (signal) =>
      several ? [] : (await api.subjects.list(account, gallery, into, undefined, signal)).items,
    into,
  );
  const { busy, error, run } = useAction();
  const others = subjects.filter((one) => one !== into);
  const merge = async () => {
    for (const one of others) await api.subjects.merge(account, gallery, one, into);
    onDone(into);
  };
  return (
    <FormDialog
      title={
        several
          ? t("subjects.merge_many", { count: subjects.length })
          : t("subjects.merge_title", { subject: subjects[0] ?? "" })
      }
      submit={t("subjects.merge")}
      onClose={onClose}
      busy={busy}
      disabled={into.trim() === "" || others.length === 0}
      error={error}
      onSubmit={() => void run(merge)}
    >
      <p>{t("subjects.merge_text")}</p>
      {several ? (
        <Select
          label={t("subjects.merge_into")}
          value={into}
          options={subjects.map((one) => ({ value: one, label: one }))}
          onChange={setInto}
        />
      ) : (
        <Field
          label={t("subjects.merge_into")}
          value={into}
          onInput={setInto}
          suggestions={(value ?? []).map((one) => one.subject).filter((one) => one !== subjects[0])}
          autofocus
          required
        />
      )}
    </FormDialog>
  );
}

/** Moves subjects to another gallery of the account. */
export function MoveDialog({
  account,
  gallery,
  subjects,
  onClose,
  onDone,
}: Chosen & { onDone: (to: string) => void }) {
  const galleries = useResource(
    (signal) => all((cursor) => api.galleries.list(account, cursor, signal)),
    account,
  );
  const others = (galleries.value ?? []).map((one) => one.name).filter((name) => name !== gallery);
  const [chosen, setChosen] = useState("");
  const to = chosen || (others[0] ?? "");
  const { busy, error, run } = useAction();
  const move = async () => {
    for (const one of subjects) await api.subjects.move(account, gallery, one, to);
    onDone(to);
  };
  return (
    <FormDialog
      title={
        subjects.length === 1
          ? t("subjects.move_title", { subject: subjects[0] ?? "" })
          : t("subjects.move_many", { count: subjects.length })
      }
      submit={t("subjects.move")}
      onClose={onClose}
      busy={busy}
      disabled={to === ""}
      error={error}
      onSubmit={() => void run(move)}
    >
      <Fetched from={galleries} height={60}>
        {() =>
          others.length > 0 ? (
            <Select
              label={t("subjects.move_to")}
              value={to}
              options={others.map((name) => ({ value: name, label: name }))}
              onChange={setChosen}
            />
          ) : (
            <Notice>{t("subjects.nowhere")}</Notice>
          )
        }
      </Fetched>
    </FormDialog>
  );
}
