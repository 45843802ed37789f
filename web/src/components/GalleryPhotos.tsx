import { useEffect, useState } from "preact/hooks";
import { api } from "../api";
import { ApiError } from "../api/client";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { Dialog } from "./Dialog";
import { Fetched } from "./Fetched";
import { Select } from "./Field";
import { Empty, ErrorState, Loading, Notice } from "./states";

/** Lets a photo be taken from what is enrolled. */
export function GalleryPhotos({
  account,
  onPhoto,
  onClose,
}: {
  account: string;
  onPhoto: (photo: File) => void;
  onClose: () => void;
}) {
  const galleries = useResource((signal) => api.galleries.list(account, undefined, signal), account);
  const [chosen, setChosen] = useState<string | null>(null);
  const names = (galleries.value?.items ?? []).map((gallery) => gallery.name);
  const gallery = chosen ?? names[0] ?? null;
  return (
    <Dialog title={t("photo.gallery_title")} onClose={onClose} wide>
      <Fetched from={galleries}>
        {() =>
          gallery === null ? (
            <Empty icon="galleries" title={t("photo.no_galleries")} />
          ) : (
            <div class="stack">
              <Select
                label={t("photo.gallery")}
                value={gallery}
                options={names.map((name) => ({ value: name, label: name }))}
                onChange={setChosen}
              />
              <Faces account={account} gallery={gallery} onPhoto={onPhoto} />
            </div>
          )
        }
      </Fetched>
    </Dialog>
  );
}

function Faces({
  account,
  gallery,
  onPhoto,
}: {
  account: string;
  gallery: string;
  onPhoto: (photo: File) => void;
}) {
  const key = `${account}/${gallery}`;
  const subjects = useResource((signal) => api.subjects.list(account, gallery, "", undefined, signal), key);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => setProblem(null), [key]);
  const take = async (face: string, subject: string) => {
    try {
      onPhoto(await enrolledPhoto(account, face, `${subject}.jpg`));
    } catch (error) {
      const isMissing = error instanceof ApiError && error.status === 404;
      setProblem(isMissing ? t("photo.not_kept") : t("error.unknown"));
    }
  };
  if (subjects.error && !subjects.value) return <ErrorState error={subjects.error} retry={subjects.reload} />;
  if (!subjects.value) return <Loading />;
  const faces = subjects.value.items.flatMap(({ subject, first_face: face }) =>
    face === null ? [] : [{ subject, face }],
  );
  if (faces.length === 0) return <Empty icon="image" title={t("photo.no_faces")} />;
  return (
    <>
      {problem && <Notice kind="bad">{problem}</Notice>}
      <ul class="face-picker">
        {faces.map(({ subject, face }) => (
          <li key={face}>
            <button type="button" class="face-choice" onClick={() => void take(face, subject)}>
              <img src={api.faces.thumbnail(account, face)} alt="" loading="lazy" />
              <span>{subject}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The photo that a face was enrolled with. */
async function enrolledPhoto(account: string, face: string, name: string): Promise<File> {
  const response = await fetch(api.faces.photo(account, face), { credentials: "same-origin" });
  if (!response.ok) throw new ApiError(response.status, "not_found", response.statusText);
  const blob = await response.blob();
  return new File([blob], name, { type: blob.type || "image/jpeg" });
}
