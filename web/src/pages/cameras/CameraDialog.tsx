import { useState } from "preact/hooks";
import { analysis, type Camera, type CameraChange, type Region } from "../../api/analysis";
import { FormDialog } from "../../components/Dialog";
import { Checkbox, Field } from "../../components/Field";
import { errorText, fieldError } from "../../lib/errors";
import { t } from "../../lib/i18n";
import { readRegion, writeRegion } from "../../lib/regions";
import { toast } from "../../lib/toasts";

/** Creates a camera, or changes one. */
export function CameraDialog({
  account,
  camera,
  onClose,
  onDone,
}: {
  account: string;
  camera: Camera | null;
  onClose: () => void;
  onDone: () => void;
}) {
  const [meta, setMeta] = useState(camera?.meta ?? "");
  const [url, setUrl] = useState("");
  const [enabled, setEnabled] = useState(camera?.enabled ?? true);
  const [tracking, setTracking] = useState(writeRegion(camera?.tracking_region ?? null));
  const [events, setEvents] = useState(writeRegion(camera?.event_region ?? null));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const regions = { tracking: readRegion(tracking), events: readRegion(events) };
  const isBad = (region: Region | null | undefined) =>
    region === undefined ? t("cameras.region_bad") : null;

  const save = async () => {
    if (regions.tracking === undefined || regions.events === undefined) return;
    setBusy(true);
    setError(null);
    const change: CameraChange = {
      meta: meta.trim(),
      enabled,
      tracking_region: regions.tracking,
      event_region: regions.events,
      // An address that is left empty stays what it was: its password is never shown.
      ...(url.trim() !== "" || camera === null ? { url: url.trim() } : {}),
    };
    try {
      if (camera) await analysis.cameras.change(account, camera.id, change);
      else await analysis.cameras.create(account, change);
      toast(t(camera ? "cameras.changed" : "cameras.created"));
      onDone();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  const urlError = fieldError(error, "url");
  return (
    <FormDialog
      title={t(camera ? "cameras.change_title" : "cameras.add")}
      submit={t(camera ? "action.save" : "action.create")}
      busy={busy}
      disabled={regions.tracking === undefined || regions.events === undefined}
      error={error && !urlError ? errorText(error) : null}
      onClose={onClose}
      onSubmit={() => void save()}
    >
      <Field label={t("cameras.name")} value={meta} onInput={setMeta} autofocus />
      <Field
        label={t("cameras.address")}
        type="url"
        value={url}
        onInput={setUrl}
        placeholder={camera?.url_shown || "rtsp://"}
        hint={t(camera ? "cameras.address_keep" : "cameras.address_hint")}
        error={urlError}
      />
      <Checkbox label={t("cameras.watch")} checked={enabled} onChange={setEnabled} />
      <details class="more-fields" open={tracking !== "" || events !== ""}>
        <summary>{t("cameras.regions")}</summary>
        <div class="stack">
          <Field
            label={t("cameras.tracking_region")}
            hint={t("cameras.region_hint")}
            value={tracking}
            error={isBad(regions.tracking)}
            onInput={setTracking}
          />
          <Field
            label={t("cameras.event_region")}
            value={events}
            error={isBad(regions.events)}
            onInput={setEvents}
          />
        </div>
      </details>
    </FormDialog>
  );
}
