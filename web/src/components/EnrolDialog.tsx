import { useEffect, useState } from "preact/hooks";
import type { Photo } from "../lib/enrolment";
import { t } from "../lib/i18n";
import { limits, photoTypes } from "../lib/imports";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { DropZone } from "./DropZone";
import { EnrolRun } from "./EnrolRun";
import { Field } from "./Field";
import { Icon } from "./Icon";
import { Notice } from "./states";
import { Webcam } from "./Webcam";

/** Enrols photos of one subject, from files or the webcam. */
export function EnrolDialog({
  account,
  gallery,
  subject: known,
  onClose,
  onEnrolled,
}: {
  account: string;
  gallery: string;
  subject?: string;
  onClose: () => void;
  onEnrolled: () => void;
}) {
  const [subject, setSubject] = useState(known ?? "");
  const [files, setFiles] = useState<readonly File[]>([]);
  const [refused, setRefused] = useState(0);
  const [camera, setCamera] = useState(false);
  const [photos, setPhotos] = useState<readonly Photo[] | null>(null);

  const add = (some: readonly File[]) => {
    const fit = some.filter((file) => file.size <= limits.photo && file.type.startsWith("image/"));
    setRefused(some.length - fit.length);
    setFiles((old) => [...old, ...fit].slice(0, limits.entries));
  };
  const start = () =>
    setPhotos(files.map((file) => ({ name: file.name, subject: subject.trim(), read: async () => file })));
  const close = () => {
    if (photos) onEnrolled();
    onClose();
  };

  return (
    <Dialog
      title={known ? t("enrol.more_of", { subject: known }) : t("enrol.title")}
      onClose={close}
      actions={
        !photos && (
          <>
            <Button onClick={close}>{t("action.cancel")}</Button>
            <Button kind="primary" disabled={files.length === 0 || subject.trim() === ""} onClick={start}>
              {t("enrol.start", { count: files.length })}
            </Button>
          </>
        )
      }
    >
      {photos ? (
        <EnrolRun account={account} gallery={gallery} photos={photos} onClose={close} />
      ) : (
        <div class="stack">
          {!known && (
            <Field
              label={t("enrol.subject")}
              hint={t("enrol.subject_hint")}
              value={subject}
              onInput={setSubject}
              autofocus
            />
          )}
          {camera ? (
            <Webcam onPhoto={(photo) => add([photo])} onClose={() => setCamera(false)} />
          ) : (
            <DropZone
              label={t("enrol.drop")}
              choose={t("enrol.choose")}
              accept={photoTypes}
              multiple
              onFiles={add}
            >
              <Button icon="camera" onClick={() => setCamera(true)}>
                {t("enrol.webcam")}
              </Button>
            </DropZone>
          )}
          {refused > 0 && <Notice kind="bad">{t("enrol.refused", { count: refused })}</Notice>}
          {files.length > 0 && (
            <Previews
              files={files}
              onRemove={(file) => setFiles((old) => old.filter((one) => one !== file))}
            />
          )}
        </div>
      )}
    </Dialog>
  );
}

/** Only so many previews are drawn: more would only cost memory. */
const mostPreviews = 24;

function Previews({ files, onRemove }: { files: readonly File[]; onRemove: (file: File) => void }) {
  return (
    <ul class="previews" aria-label={t("enrol.chosen", { count: files.length })}>
      {files.slice(0, mostPreviews).map((file, index) => (
        <li key={`${index} ${file.name} ${file.lastModified}`}>
          <Preview file={file} />
          <Button
            small
            icon="close"
            label={t("enrol.remove", { name: file.name })}
            onClick={() => onRemove(file)}
          />
        </li>
      ))}
      {files.length > mostPreviews && <li class="previews-more">+{files.length - mostPreviews}</li>}
    </ul>
  );
}

function Preview({ file }: { file: File }) {
  const [address, setAddress] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return (
    <span class="thumb">
      {address && !broken ? (
        <img src={address} alt={file.name} onError={() => setBroken(true)} />
      ) : (
        <Icon name="image" />
      )}
    </span>
  );
}
