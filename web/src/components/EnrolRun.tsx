import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { type Enrolment, enrol, type Failure, idle, type Photo, sender } from "../lib/enrolment";
import { errorText } from "../lib/errors";
import { t } from "../lib/i18n";
import { comeBack } from "../lib/toasts";
import { Button } from "./Button";
import { Notice, Progress } from "./states";

/** Enrols photos as soon as it is shown, and tells what became of them. */
export function EnrolRun({
  account,
  gallery,
  photos,
  onClose,
}: {
  account: string;
  gallery: string;
  photos: readonly Photo[];
  onClose: () => void;
}) {
  const [state, setState] = useState<Enrolment>({ ...idle, total: photos.length, running: true });
  const abort = useRef<AbortController | null>(null);
  const start = (some: readonly Photo[], allFaces: boolean) => {
    const mine = new AbortController();
    abort.current = mine;
    for (const { subject } of some) comeBack(account, gallery, subject);
    void enrol(some, sender(account, gallery, allFaces), mine.signal, setState);
  };
  useEffect(() => {
    start(photos, false);
    return () => abort.current?.abort();
  }, []);

  const crowded = state.failures.filter(
    ({ error }) => error instanceof ApiError && error.code === "several_faces",
  );
  const stopped = !state.running && state.done < state.total;
  return (
    <div class="stack">
      <Progress
        label={t(state.running ? "enrol.running" : "enrol.ran")}
        value={state.done}
        of={state.total}
      />
      <div aria-live="polite" class="stack">
        {!state.running && state.faces > 0 && (
          <Notice kind="good">{t("enrol.enrolled", { count: state.faces })}</Notice>
        )}
        {stopped && <Notice>{t("enrol.stopped", { count: state.total - state.done })}</Notice>}
        {state.failures.length > 0 && <Failures failures={state.failures} />}
      </div>
      <div class="row dialog-actions in-form">
        {!state.running && crowded.length > 0 && (
          <Button
            onClick={() =>
              start(
                crowded.map(({ photo }) => photo),
                true,
              )
            }
          >
            {t("enrol.all_faces")}
          </Button>
        )}
        {state.running ? (
          <Button onClick={() => abort.current?.abort()}>{t("enrol.stop")}</Button>
        ) : (
          <Button kind="primary" onClick={onClose}>
            {t("action.done")}
          </Button>
        )}
      </div>
    </div>
  );
}

function Failures({ failures }: { failures: readonly Failure[] }) {
  return (
    <section class="failures" aria-label={t("enrol.failed", { count: failures.length })}>
      <h3>{t("enrol.failed", { count: failures.length })}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled list must be reachable by keyboard */}
      <ul tabIndex={0}>
        {failures.map(({ photo, error }) => (
          <li key={`${photo.subject}/${photo.name}`}>
            <span>
              {photo.name} <span class="soft">{photo.subject}</span>
            </span>
            <span class="soft">{errorText(error)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
