import { useEffect, useRef, useState } from "preact/hooks";
import { analysis, type Medium } from "../api/analysis";
import { isAbort, upload } from "../api/client";
import { Button, Link, LinkButton } from "../components/Button";
import { DropZone } from "../components/DropZone";
import { FetchedList } from "../components/Fetched";
import { Checkbox } from "../components/Field";
import { Card, Page } from "../components/Page";
import { Badge, Empty, Notice } from "../components/states";
import { type Column, Table } from "../components/Table";
import { errorText } from "../lib/errors";
import { format, t } from "../lib/i18n";
import { usePaged } from "../lib/resource";
import { navigate, pathOf } from "../lib/router";
import { clock } from "../lib/timeline";
import { isGone, undoably } from "../lib/toasts";
import { wordFor } from "../lib/words";
import { account } from "../session";
import { keepFile, localFiles } from "./media/files";

/** How often a list with unfinished media is read again, in ms. */
const REFRESH_MS = 3000;

/** Videos and images to be analysed, and those that were. */
export default function Media() {
  const name = account.value ?? "";
  const list = usePaged((cursor, signal) => analysis.media.list(name, cursor, signal), name);
  const items = list.items.filter((medium) => !isGone("medium", medium.id));
  const isWorking = items.some((medium) => medium.state === "waiting" || medium.state === "running");
  useEffect(() => {
    if (!isWorking) return;
    const timer = setInterval(() => !document.hidden && list.reload(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [isWorking]);

  const remove = (medium: Medium) => {
    undoably({
      label: t("media.deleted", { name: nameOf(medium) }),
      keys: [["medium", medium.id]],
      run: () => analysis.media.remove(name, medium.id),
    });
  };

  return (
    <Page title={t("media.title")} lead={t("media.lead")}>
      <div class="stack">
        <Upload account={name} onDone={(id) => navigate(pathOf("media", id))} />
        <Card title={t("media.list")}>
          <FetchedList from={list}>
            {items.length === 0 ? (
              <Empty icon="media" title={t("media.none")}>
                {t("media.none_text")}
              </Empty>
            ) : (
              <Table
                label={t("media.list")}
                columns={columns(remove)}
                rows={items}
                rowKey={(medium) => medium.id}
              />
            )}
          </FetchedList>
        </Card>
      </div>
    </Page>
  );
}

function nameOf(medium: Medium): string {
  return localFiles.value[medium.id]?.name ?? medium.id.slice(0, 8);
}

function columns(remove: (medium: Medium) => void): Column<Medium>[] {
  return [
    {
      key: "name",
      label: t("media.name"),
      cell: (medium) => <Link to={pathOf("media", medium.id)}>{nameOf(medium)}</Link>,
    },
    { key: "state", label: t("media.state"), cell: (medium) => <MediumState medium={medium} /> },
    {
      key: "created",
      label: t("media.created"),
      cell: (medium) => <time dateTime={medium.created_at}>{format.dateTime(medium.created_at)}</time>,
    },
    {
      key: "length",
      label: t("media.length"),
      number: true,
      cell: (medium) => (medium.duration_s ? clock(medium.duration_s) : "–"),
    },
    {
      key: "people",
      label: t("media.people"),
      number: true,
      cell: (medium) =>
        medium.people === null || medium.people === undefined ? "–" : format.number(medium.people),
    },
    {
      key: "delete",
      label: t("action.delete"),
      hiddenLabel: true,
      cell: (medium) => (
        <span class="row tight at-end">
          {medium.state === "complete" && (
            <LinkButton small to={pathOf("media", medium.id)}>
              {t("media.open")}
            </LinkButton>
          )}
          <Button
            small
            kind="quiet"
            icon="trash"
            label={t("media.delete", { name: nameOf(medium) })}
            onClick={() => remove(medium)}
          />
        </span>
      ),
    },
  ];
}

const TONES = { complete: "good", failed: "bad", running: "warn", waiting: "neutral" } as const;

export function MediumState({ medium }: { medium: Pick<Medium, "state" | "error"> }) {
  return (
    <span>
      <Badge tone={TONES[medium.state]}>{wordFor("medium_state", medium.state)}</Badge>
      {medium.error && <span class="hint"> {wordFor("medium_error", medium.error)}</span>}
    </span>
  );
}

function Upload({ account: name, onDone }: { account: string; onDone: (id: string) => void }) {
  const [state, setState] = useState<{ file: File; sent: number; total: number } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [withPoints, setWithPoints] = useState(false);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);

  const send = async (file: File) => {
    const mine = new AbortController();
    abort.current = mine;
    setProblem(null);
    setState({ file, sent: 0, total: file.size });
    const form = new FormData();
    form.set("file", file, file.name);
    if (withPoints) form.set("landmarks", "true");
    try {
      const progress = (sent: number, total: number) => setState({ file, sent, total });
      const { id } = await upload<{ id: string }>(analysis.media.address(name), form, progress, mine.signal);
      keepFile(id, file);
      onDone(id);
    } catch (error) {
      if (!isAbort(error)) setProblem(errorText(error));
    }
    if (!mine.signal.aborted || abort.current === mine) setState(null);
  };

  if (state) {
    const share = state.total > 0 ? Math.min(1, state.sent / state.total) : 0;
    return (
      <Card>
        <div class="stack">
          <div class="row spread">
            <span>{t("media.uploading", { name: state.file.name })}</span>
            <span class="number">{format.percent(share)}</span>
          </div>
          <div
            class="progress-track"
            role="progressbar"
            aria-label={t("media.uploading", { name: state.file.name })}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round(share * 100)}
          >
            <span style={{ width: `${share * 100}%` }} />
          </div>
          <div class="row">
            <Button small onClick={() => abort.current?.abort()}>
              {t("action.cancel")}
            </Button>
            {share === 1 && <span class="hint">{t("media.received")}</span>}
          </div>
        </div>
      </Card>
    );
  }
  return (
    <>
      {problem && <Notice kind="bad">{problem}</Notice>}
      <DropZone
        label={t("media.drop")}
        hint={t("media.drop_hint")}
        choose={t("media.choose")}
        accept="video/*,image/*"
        onFiles={([file]) => file && void send(file)}
      />
      <Checkbox label={t("media.with_landmarks")} checked={withPoints} onChange={setWithPoints} />
    </>
  );
}
