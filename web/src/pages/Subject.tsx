import { useState } from "preact/hooks";
import { api } from "../api";
import type { Face } from "../api/types";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { EnrolDialog } from "../components/EnrolDialog";
import { FaceThumb } from "../components/FaceThumb";
import { FetchedList } from "../components/Fetched";
import { Page } from "../components/Page";
import { PhotoCanvas } from "../components/PhotoCanvas";
import { Empty, Notice } from "../components/states";
import { MergeDialog, MoveDialog } from "../components/subjects";
import { format, t } from "../lib/i18n";
import { usePaged } from "../lib/resource";
import { navigate, pathOf } from "../lib/router";
import { comeBack, isGone, toast, undoably } from "../lib/toasts";
import type { PageParameters } from "../pages";
import { account } from "../session";

type Asking = "enrol" | "merge" | "move" | null;

export default function Subject({ parameters }: PageParameters) {
  const owner = account.value ?? "";
  const gallery = parameters.gallery ?? "";
  const subject = parameters.subject ?? "";
  const list = usePaged(
    (cursor, signal) => api.subjects.faces(owner, gallery, subject, cursor, signal),
    `${owner}/${gallery}/${subject}`,
  );
  const [asking, setAsking] = useState<Asking>(null);
  const [seen, setSeen] = useState<Face | null>(null);
  const faces = list.items.filter((face) => !isGone(owner, face.id));
  const known = list.ended && faces.length > 0;
  const close = () => setAsking(null);
  const above = pathOf("galleries", gallery);

  const removeFace = (face: Face) => {
    setSeen(null);
    undoably({
      label: t("faces.deleted", { subject }),
      keys: [[owner, face.id]],
      run: (leaving) => api.faces.remove(owner, face.id, leaving),
    });
  };
  const removeAll = () => {
    navigate(above);
    undoably({
      label: t("subjects.deleted_one", { subject }),
      keys: [[owner, gallery, subject]],
      run: (leaving) => api.subjects.remove(owner, gallery, subject, leaving),
      undone: () => navigate(pathOf("galleries", gallery, subject)),
    });
  };

  return (
    <Page
      title={subject}
      trail={[
        { title: t("nav.galleries"), to: "/galleries" },
        { title: gallery, to: above },
      ]}
      lead={known && t("subjects.faces", { count: faces.length })}
      actions={
        faces.length > 0 && (
          <>
            <Button icon="merge" onClick={() => setAsking("merge")}>
              {t("subjects.merge")}
            </Button>
            <Button icon="move" onClick={() => setAsking("move")}>
              {t("subjects.move")}
            </Button>
            <Button kind="danger" icon="trash" onClick={removeAll}>
              {t("action.delete")}
            </Button>
            <Button kind="primary" icon="plus" onClick={() => setAsking("enrol")}>
              {t("enrol.more")}
            </Button>
          </>
        )
      }
    >
      <FetchedList from={list} height={260}>
        <Faces faces={faces} owner={owner} subject={subject} onOpen={setSeen} onDelete={removeFace} />
      </FetchedList>
      {seen && (
        <FaceDialog
          face={seen}
          owner={owner}
          subject={subject}
          onClose={() => setSeen(null)}
          onDelete={removeFace}
        />
      )}
      {asking === "enrol" && (
        <EnrolDialog
          account={owner}
          gallery={gallery}
          subject={subject}
          onClose={close}
          onEnrolled={list.reload}
        />
      )}
      {asking === "merge" && (
        <MergeDialog
          account={owner}
          gallery={gallery}
          subjects={[subject]}
          onClose={close}
          onDone={(into) => {
            toast(t("subjects.merged", { subject: into }));
            navigate(pathOf("galleries", gallery, into));
          }}
        />
      )}
      {asking === "move" && (
        <MoveDialog
          account={owner}
          gallery={gallery}
          subjects={[subject]}
          onClose={close}
          onDone={(to) => {
            comeBack(owner, to, subject);
            toast(t("subjects.moved", { count: 1, gallery: to }));
            navigate(pathOf("galleries", to, subject));
          }}
        />
      )}
    </Page>
  );
}

function Faces({
  faces,
  owner,
  subject,
  onOpen,
  onDelete,
}: {
  faces: readonly Face[];
  owner: string;
  subject: string;
  onOpen: (face: Face) => void;
  onDelete: (face: Face) => void;
}) {
  if (faces.length === 0) return <Empty icon="image" title={t("faces.none")} />;
  return (
    <ul class="tiles-of-faces">
      {faces.map((face, index) => (
        <li key={face.id} class="face-tile">
          <button type="button" onClick={() => onOpen(face)}>
            <span class="visually-hidden">{t("faces.open", { number: index + 1, subject })}</span>
            <FaceThumb account={owner} face={face.id} alt="" />
            <span class="face-note">{format.minute(face.enrolled_at)}</span>
          </button>
          <Button
            small
            icon="trash"
            label={t("faces.delete", { number: index + 1, subject })}
            onClick={() => onDelete(face)}
          />
        </li>
      ))}
    </ul>
  );
}

function FaceDialog({
  face,
  owner,
  subject,
  onClose,
  onDelete,
}: {
  face: Face;
  owner: string;
  subject: string;
  onClose: () => void;
  onDelete: (face: Face) => void;
}) {
  return (
    <Dialog
      title={subject}
      wide
      onClose={onClose}
      actions={
        <>
          <Button kind="danger" icon="trash" onClick={() => onDelete(face)}>
            {t("action.delete")}
          </Button>
          <Button onClick={onClose}>{t("action.close")}</Button>
        </>
      }
    >
      <div class="stack">
        {face.has_photo ? (
          <StoredPhoto face={face} owner={owner} subject={subject} />
        ) : (
          <Notice>{t("faces.no_photo")}</Notice>
        )}
        <dl class="facts">
          <dt>{t("faces.enrolled")}</dt>
          <dd>{format.dateTime(face.enrolled_at)}</dd>
          <dt>{t("nav.galleries")}</dt>
          <dd>{face.galleries.join(", ")}</dd>
          {typeof face.quality === "number" && (
            <>
              <dt>{t("faces.quality")}</dt>
              <dd class="number">{format.percent(face.quality)}</dd>
            </>
          )}
          {face.camera && (
            <>
              <dt>{t("faces.camera")}</dt>
              <dd>{face.camera}</dd>
            </>
          )}
          <dt>{t("accounts.id")}</dt>
          <dd>
            <code>{face.id}</code>
          </dd>
        </dl>
      </div>
    </Dialog>
  );
}

/** The photo that was enrolled, with the face marked once its size is known. */
function StoredPhoto({ face, owner, subject }: { face: Face; owner: string; subject: string }) {
  const [size, setSize] = useState<{ width: number; height: number } | null>(null);
  const [failed, setFailed] = useState(false);
  const source = api.faces.photo(owner, face.id);
  if (failed) return <Notice>{t("faces.no_photo")}</Notice>;
  return (
    <PhotoCanvas
      alt={t("faces.photo_of", { subject })}
      width={size?.width ?? 4}
      height={size?.height ?? 3}
      marks={size && face.box ? [{ box: face.box, label: subject }] : []}
    >
      <img
        src={source}
        alt={t("faces.photo_of", { subject })}
        onError={() => setFailed(true)}
        onLoad={(event) =>
          setSize({ width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight })
        }
      />
    </PhotoCanvas>
  );
}
