import { useMemo, useRef, useState } from "preact/hooks";
import type { Photo } from "../lib/enrolment";
import { format, t } from "../lib/i18n";
import { bySubject, guessNaming, type Listed, limits, type Naming, type Plan, plan } from "../lib/imports";
import { ArchiveError, list, unpack } from "../lib/zip";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { DropZone } from "./DropZone";
import { EnrolRun } from "./EnrolRun";
import { Segments } from "./Field";
import { Notice } from "./states";

/** Files to choose from, and how to read one of them. */
interface Source {
  readonly name: string;
  readonly files: readonly Listed[];
  readonly chosenFolder: boolean;
  read(file: Listed): Promise<Blob>;
}

/** Enrols the photos of a folder or a ZIP file, each subject under the name of its folder or files. */
export function ImportDialog({
  account,
  gallery,
  onClose,
  onEnrolled,
}: {
  account: string;
  gallery: string;
  onClose: () => void;
  onEnrolled: () => void;
}) {
  const [source, setSource] = useState<Source | null>(null);
  const [naming, setNaming] = useState<Naming>("folder");
  const [fault, setFault] = useState<string | null>(null);
  const [photos, setPhotos] = useState<readonly Photo[] | null>(null);
  const planned = useMemo(() => (source ? plan(source.files, naming) : null), [source, naming]);

  const use = (next: Source) => {
    setFault(null);
    setSource(next);
    setNaming(
      guessNaming(
        plan(next.files, "folder").photos.map(({ file }) => file.path),
        next.chosenFolder,
      ),
    );
  };
  const openArchive = async (file: File | undefined) => {
    if (!file) return;
    try {
      use(await archiveSource(file));
    } catch (error) {
      setFault(t(`import.${error instanceof ArchiveError ? error.fault : "unreadable"}`));
    }
  };
  const start = () => {
    if (!source || !planned) return;
    setPhotos(
      planned.photos.map(({ file, subject }) => ({
        name: file.path,
        subject,
        read: () => source.read(file),
      })),
    );
  };
  const close = () => {
    if (photos) onEnrolled();
    onClose();
  };

  return (
    <Dialog
      title={t("import.title")}
      onClose={close}
      actions={
        !photos && (
          <>
            {source && <Button onClick={() => setSource(null)}>{t("import.other")}</Button>}
            <Button onClick={close}>{t("action.cancel")}</Button>
            <Button kind="primary" disabled={!planned || planned.photos.length === 0} onClick={start}>
              {t("enrol.start", { count: planned?.photos.length ?? 0 })}
            </Button>
          </>
        )
      }
    >
      {photos ? (
        <EnrolRun account={account} gallery={gallery} photos={photos} onClose={close} />
      ) : source && planned ? (
        <div class="stack">
          <Segments
            label={t("import.naming")}
            value={naming}
            onChange={setNaming}
            options={[
              { value: "folder", label: t("import.by_folder") },
              { value: "file", label: t("import.by_file") },
            ]}
          />
          <Summary source={source.name} planned={planned} />
        </div>
      ) : (
        <div class="stack">
          <p>{t("import.text")}</p>
          <DropZone
            label={t("import.drop")}
            choose={t("import.choose_zip")}
            hint={t("import.limits", { photos: limits.entries, size: format.bytes(limits.photo) })}
            accept=".zip,application/zip"
            onFiles={(files) => void openArchive(files[0])}
          >
            <FolderPicker onFolder={use} />
          </DropZone>
          {fault && <Notice kind="bad">{fault}</Notice>}
        </div>
      )}
    </Dialog>
  );
}

function FolderPicker({ onFolder }: { onFolder: (source: Source) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button icon="folder" onClick={() => input.current?.click()}>
        {t("import.choose_folder")}
      </Button>
      <input
        ref={(element) => {
          input.current = element;
          element?.setAttribute("webkitdirectory", "");
        }}
        type="file"
        class="visually-hidden"
        tabIndex={-1}
        aria-label={t("import.choose_folder")}
        multiple
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          if (files.length > 0) onFolder(folderSource(files));
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

function folderSource(files: readonly File[]): Source {
  const byPath = new Map(files.map((file) => [file.webkitRelativePath || file.name, file]));
  return {
    name: [...byPath.keys()][0]?.split("/")[0] ?? "",
    files: [...byPath].map(([path, file]) => ({ path, size: file.size })),
    chosenFolder: true,
    read: async ({ path }) => byPath.get(path) ?? new Blob(),
  };
}

/** Photos that are unpacked together, so that the archive is not searched once for each. */
const batch = 20;

async function archiveSource(file: File): Promise<Source> {
  if (file.size > limits.archive) throw new ArchiveError("too_large");
  const archive = new Uint8Array(await file.arrayBuffer());
  const files = list(archive);
  const order = new Map(files.map((one, index) => [one.path, index]));
  const unpacked = new Map<string, Uint8Array>();
  const read = async ({ path }: Listed): Promise<Blob> => {
    if (!unpacked.has(path)) {
      const first = order.get(path) ?? 0;
      const wanted = plan(files.slice(first, first + batch), "folder").photos.map((one) => one.file.path);
      for (const [name, bytes] of unpack(archive, [path, ...wanted])) unpacked.set(name, bytes);
    }
    const bytes = unpacked.get(path);
    unpacked.delete(path);
    if (!bytes) throw new ArchiveError("unreadable");
    return new Blob([bytes as Uint8Array<ArrayBuffer>]);
  };
  return { name: file.name, files, chosenFolder: false, read };
}

function Summary({ source, planned }: { source: string; planned: Plan<Listed> }) {
  const subjects = bySubject(planned.photos);
  return (
    <>
      <p>
        <strong>{source}</strong>: {t("import.photos", { count: planned.photos.length })},{" "}
        {t("subjects.count", { count: subjects.length })}
      </p>
      {planned.photos.length === 0 && <Notice kind="bad">{t("import.nothing")}</Notice>}
      {subjects.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled list must be reachable by keyboard
        <ul class="subject-counts" tabIndex={0} aria-label={t("import.subjects")}>
          {subjects.slice(0, 200).map(({ subject, photos }) => (
            <li key={subject}>
              <span>{subject}</span>
              <span class="soft number">{t("import.photos", { count: photos })}</span>
            </li>
          ))}
          {subjects.length > 200 && <li class="soft">+{subjects.length - 200}</li>}
        </ul>
      )}
      {planned.skipped.length > 0 && (
        <details>
          <summary>{t("import.skipped", { count: planned.skipped.length })}</summary>
          <ul class="subject-counts">
            {planned.skipped.slice(0, 200).map(({ path, reason }) => (
              <li key={path}>
                <span>{path}</span>
                <span class="soft">{t(`import.skip_${reason}`)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
