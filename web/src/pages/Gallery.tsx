import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api";
import type { Subject } from "../api/types";
import { Button, Link } from "../components/Button";
import { EnrolDialog } from "../components/EnrolDialog";
import { FaceThumb } from "../components/FaceThumb";
import { FetchedList } from "../components/Fetched";
import { Field } from "../components/Field";
import { ImportDialog } from "../components/ImportDialog";
import { Page } from "../components/Page";
import { Empty } from "../components/states";
import { MergeDialog, MoveDialog } from "../components/subjects";
import { format, t } from "../lib/i18n";
import { usePaged } from "../lib/resource";
import { navigate, pathOf, query } from "../lib/router";
import { comeBack, isGone, toast, undoably } from "../lib/toasts";
import type { PageParameters } from "../pages";
import { account } from "../session";

type Asking = "enrol" | "import" | "merge" | "move" | null;

export default function Gallery({ parameters }: PageParameters) {
  const owner = account.value ?? "";
  const gallery = parameters.gallery ?? "";
  const wanted = query.value.get("q") ?? "";
  const list = usePaged(
    (cursor, signal) => api.subjects.list(owner, gallery, wanted, cursor, signal),
    `${owner}/${gallery}?${wanted}`,
  );
  const [asking, setAsking] = useState<Asking>(null);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const shown = list.items.filter((one) => !isGone(owner, gallery, one.subject));

  const choose = (subject: string, on: boolean) =>
    setChosen((old) => (on ? [...old, subject] : old.filter((one) => one !== subject)));
  const remove = () => {
    const names = chosen;
    setChosen([]);
    undoably({
      label: t("subjects.deleted", { count: names.length }),
      keys: names.map((one) => [owner, gallery, one]),
      run: async (leaving) => {
        await Promise.all(names.map((one) => api.subjects.remove(owner, gallery, one, leaving)));
      },
    });
  };
  const changed = (text?: string) => {
    setAsking(null);
    setChosen([]);
    if (text) toast(text);
    list.reload();
  };
  const actions = (
    <>
      <Button icon="folder" onClick={() => setAsking("import")}>
        {t("import.button")}
      </Button>
      <Button kind="primary" icon="plus" onClick={() => setAsking("enrol")}>
        {t("enrol.title")}
      </Button>
    </>
  );
  const nothing = list.ended && list.items.length === 0 && wanted === "";

  return (
    <Page
      title={gallery}
      trail={[{ title: t("nav.galleries"), to: "/galleries" }]}
      actions={nothing ? null : actions}
    >
      <div class="stack">
        {!nothing && (
          <div class="gallery-bar">
            <Search key={gallery} value={wanted} gallery={gallery} />
            {chosen.length > 0 && (
              <Selection chosen={chosen} ask={setAsking} onDelete={remove} onClear={() => setChosen([])} />
            )}
          </div>
        )}
        <Subjects
          list={list}
          shown={shown}
          owner={owner}
          gallery={gallery}
          wanted={wanted}
          chosen={chosen}
          onChoose={choose}
          actions={actions}
        />
      </div>
      {asking === "enrol" && (
        <EnrolDialog
          account={owner}
          gallery={gallery}
          onClose={() => setAsking(null)}
          onEnrolled={() => changed()}
        />
      )}
      {asking === "import" && (
        <ImportDialog
          account={owner}
          gallery={gallery}
          onClose={() => setAsking(null)}
          onEnrolled={() => changed()}
        />
      )}
      {asking === "merge" && (
        <MergeDialog
          account={owner}
          gallery={gallery}
          subjects={chosen}
          onClose={() => setAsking(null)}
          onDone={(into) => changed(t("subjects.merged", { subject: into }))}
        />
      )}
      {asking === "move" && (
        <MoveDialog
          account={owner}
          gallery={gallery}
          subjects={chosen}
          onClose={() => setAsking(null)}
          onDone={(to) => {
            for (const one of chosen) comeBack(owner, to, one);
            changed(t("subjects.moved", { count: chosen.length, gallery: to }));
          }}
        />
      )}
    </Page>
  );
}

/** Searches a moment after the last key. */
function Search({ value, gallery }: { value: string; gallery: string }) {
  const [text, setText] = useState(value);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      const search = next.trim() ? `?${new URLSearchParams({ q: next.trim() })}` : "";
      navigate(pathOf("galleries", gallery) + search, { replace: true });
    }, 250);
  };
  return (
    <search class="gallery-search">
      <Field
        label={t("subjects.search")}
        hiddenLabel
        type="search"
        placeholder={t("subjects.search")}
        value={text}
        onInput={change}
      />
    </search>
  );
}

function Selection({
  chosen,
  ask,
  onDelete,
  onClear,
}: {
  chosen: readonly string[];
  ask: (asking: Asking) => void;
  onDelete: () => void;
  onClear: () => void;
}) {
  return (
    <section class="row selection" aria-label={t("subjects.selection")}>
      <span aria-live="polite">{t("subjects.selected", { count: chosen.length })}</span>
      <Button small icon="merge" onClick={() => ask("merge")}>
        {t("subjects.merge")}
      </Button>
      <Button small icon="move" onClick={() => ask("move")}>
        {t("subjects.move")}
      </Button>
      <Button small kind="danger" icon="trash" onClick={onDelete}>
        {t("action.delete")}
      </Button>
      <Button small kind="quiet" icon="close" label={t("subjects.clear")} onClick={onClear} />
    </section>
  );
}

function Subjects({
  list,
  shown,
  owner,
  gallery,
  wanted,
  chosen,
  onChoose,
  actions,
}: {
  list: ReturnType<typeof usePaged<Subject>>;
  shown: readonly Subject[];
  owner: string;
  gallery: string;
  wanted: string;
  chosen: readonly string[];
  onChoose: (subject: string, on: boolean) => void;
  actions: preact.ComponentChildren;
}) {
  if (shown.length === 0 && list.ended) {
    return wanted ? (
      <Empty icon="search" title={t("subjects.none_found", { q: wanted })} />
    ) : (
      <Empty icon="operators" title={t("subjects.none")} actions={actions}>
        {t("subjects.none_text")}
      </Empty>
    );
  }
  return (
    <FetchedList from={list} height={400}>
      <ul class="tiles-of-faces" aria-busy={list.loading}>
        {shown.map((one) => (
          <SubjectTile
            key={one.subject}
            subject={one}
            owner={owner}
            gallery={gallery}
            chosen={chosen.includes(one.subject)}
            onChoose={(on) => onChoose(one.subject, on)}
          />
        ))}
      </ul>
    </FetchedList>
  );
}

function SubjectTile({
  subject,
  owner,
  gallery,
  chosen,
  onChoose,
}: {
  subject: Subject;
  owner: string;
  gallery: string;
  chosen: boolean;
  onChoose: (on: boolean) => void;
}) {
  if (subject.subject === "") {
    return (
      <li class="face-tile">
        <FaceThumb account={owner} face={subject.first_face} alt="" />
        <p class="face-name">{t("subjects.of_cameras")}</p>
        <p class="face-note last">{t("subjects.faces", { count: subject.faces })}</p>
      </li>
    );
  }
  return (
    <li class={chosen ? "face-tile chosen" : "face-tile"}>
      <Link to={pathOf("galleries", gallery, subject.subject)}>
        <FaceThumb account={owner} face={subject.first_face} alt="" />
        <span class="face-name" title={subject.subject}>
          {subject.subject}
        </span>
        <span class="face-note">
          {t("subjects.faces", { count: subject.faces })}
          {subject.latest_at && ` · ${format.shortDate(subject.latest_at)}`}
        </span>
      </Link>
      <input
        type="checkbox"
        aria-label={t("subjects.choose", { subject: subject.subject })}
        checked={chosen}
        onChange={(event) => onChoose(event.currentTarget.checked)}
      />
    </li>
  );
}
