import { useState } from "preact/hooks";
import { analysis, type Camera } from "../api/analysis";
import { Button, LinkButton } from "../components/Button";
import { FormDialog } from "../components/Dialog";
import { Fetched } from "../components/Fetched";
import { Card, Page } from "../components/Page";
import { Badge, Empty } from "../components/states";
import { errorText, sentence } from "../lib/errors";
import { format, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { said } from "../lib/said";
import { toast, toastError } from "../lib/toasts";
import { shortCameraId, wordFor } from "../lib/words";
import { account } from "../session";
import { CameraDialog } from "./cameras/CameraDialog";

/** How often the states are read again, in ms. */
const REFRESH_MS = 5000;

/** The cameras of the account, what they are doing, and what comes of them. */
export default function Cameras() {
  const name = account.value ?? "";
  const list = useResource((signal) => analysis.cameras.list(name, undefined, signal), name, REFRESH_MS);
  const [edited, setEdited] = useState<Camera | "new" | null>(null);
  const [doomed, setDoomed] = useState<Camera | null>(null);
  const cameras = list.value?.items ?? [];

  const toggle = async (camera: Camera) => {
    try {
      await analysis.cameras.change(name, camera.id, { enabled: !camera.enabled });
      list.reload();
    } catch (error) {
      toastError(error);
    }
  };

  const add = (
    <Button kind="primary" icon="plus" onClick={() => setEdited("new")}>
      {t("cameras.add")}
    </Button>
  );
  return (
    <Page title={t("cameras.title")} lead={t("cameras.lead")} actions={cameras.length > 0 ? add : undefined}>
      <div class="stack">
        <Fetched from={list} height={240}>
          {() =>
            cameras.length === 0 ? (
              <Card>
                <Empty icon="cameras" title={t("cameras.none")} actions={add}>
                  {t("cameras.none_text")}
                </Empty>
              </Card>
            ) : (
              <div class="grid">
                {cameras.map((camera) => (
                  <CameraCard
                    key={camera.id}
                    camera={camera}
                    onEdit={() => setEdited(camera)}
                    onToggle={() => void toggle(camera)}
                    onDelete={() => setDoomed(camera)}
                  />
                ))}
              </div>
            )
          }
        </Fetched>
        {edited && (
          <CameraDialog
            account={name}
            camera={edited === "new" ? null : edited}
            onClose={() => setEdited(null)}
            onDone={() => {
              setEdited(null);
              list.reload();
            }}
          />
        )}
        {doomed && (
          <DeleteDialog
            account={name}
            camera={doomed}
            onClose={() => setDoomed(null)}
            onDone={() => {
              setDoomed(null);
              list.reload();
            }}
          />
        )}
      </div>
    </Page>
  );
}

export function cameraName(camera: { id: string; meta: string }): string {
  return camera.meta === "" ? t("cameras.unnamed", { id: shortCameraId(camera.id) }) : camera.meta;
}

const TONES = { running: "good", finished: "neutral", connecting: "warn", waiting: "bad" } as const;

function CameraState({ camera: { enabled, watch } }: { camera: Camera }) {
  if (!enabled) return <Badge>{t("cameras.disabled")}</Badge>;
  if (!watch) return <Badge tone="warn">{t("cameras.unwatched")}</Badge>;
  return <Badge tone={TONES[watch.state]}>{wordFor("watch_state", watch.state)}</Badge>;
}

function CameraCard({
  camera,
  onEdit,
  onToggle,
  onDelete,
}: {
  camera: Camera;
  onEdit: () => void;
  onToggle: () => void;
  onDelete: () => void;
}) {
  const { watch } = camera;
  const name = cameraName(camera);
  return (
    <Card title={name} actions={<CameraState camera={camera} />} class="camera">
      <dl class="facts">
        <dt>{t("cameras.address")}</dt>
        <dd>{camera.url_shown === "" ? t("cameras.no_address") : <code>{camera.url_shown}</code>}</dd>
        {watch && (
          <>
            <dt>{t("cameras.since")}</dt>
            <dd>{format.dateTime(watch.since)}</dd>
            <dt>{t("cameras.frames")}</dt>
            <dd class="number">{t("cameras.frames_of", { frames: watch.frames, dropped: watch.dropped })}</dd>
            <dt>{t("cameras.events")}</dt>
            <dd class="number">{format.number(watch.events)}</dd>
          </>
        )}
      </dl>
      {camera.enabled && watch?.error && (
        <p class="notice bad">
          {sentence(said(watch.error))}
          {watch.retry_at && ` ${t("cameras.retry", { time: format.time(watch.retry_at) })}`}
        </p>
      )}
      <div class="row">
        <LinkButton small to={`/history?camera=${encodeURIComponent(camera.id)}`}>
          {t("cameras.to_history")}
        </LinkButton>
        <Button small onClick={onEdit}>
          {t("cameras.change")}
        </Button>
        <Button small onClick={onToggle}>
          {t(camera.enabled ? "cameras.disable" : "cameras.enable")}
        </Button>
        <Button small kind="quiet" icon="trash" label={t("cameras.delete", { name })} onClick={onDelete} />
      </div>
    </Card>
  );
}

function DeleteDialog({
  account: name,
  camera,
  onClose,
  onDone,
}: {
  account: string;
  camera: Camera;
  onClose: () => void;
  onDone: () => void;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const remove = async () => {
    setBusy(true);
    try {
      await analysis.cameras.remove(name, camera.id);
      toast(t("cameras.deleted", { name: cameraName(camera) }));
      onDone();
    } catch (failure) {
      setError(errorText(failure));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={t("cameras.delete", { name: cameraName(camera) })}
      submit={t("action.delete")}
      danger
      busy={busy}
      error={error}
      onClose={onClose}
      onSubmit={() => void remove()}
    >
      <p>{t("cameras.delete_text")}</p>
    </FormDialog>
  );
}
