import { useMemo } from "preact/hooks";
import { Card } from "../../components/Page";
import { PhotoCanvas } from "../../components/PhotoCanvas";
import { Empty, Loading, Notice } from "../../components/states";
import { t } from "../../lib/i18n";
import { usePhoto } from "../../lib/photo";
import { type Mark, marksOf } from "../../sandbox/marks";
import type { ChosenFile } from "../../sandbox/request";

export interface SentPhoto {
  field: string;
  file: ChosenFile;
}

/** The photos of the request, with what the answer says of them drawn over them. */
export function PhotoMarks({ photos, answer }: { photos: SentPhoto[]; answer: unknown }) {
  const marks = useMemo(() => marksOf(answer), [answer]);
  const isMedium = photos.some(({ file }) => file.type.startsWith("video/"));
  return (
    <Card title={t("sandbox.photo")}>
      {photos.length === 0 ? (
        <Empty icon="image" title={t("sandbox.no_photo")} />
      ) : isMedium ? (
        <Notice>{t("sandbox.video")}</Notice>
      ) : (
        <div class="stack">
          {photos.map(({ field, file }) => (
            <OnePhoto
              key={field}
              field={field}
              file={file}
              marks={marks.filter(
                (mark) => mark.photo === field || (mark.photo === null && photos.length === 1),
              )}
            />
          ))}
        </div>
      )}
    </Card>
  );
}

function OnePhoto({ field, file, marks }: SentPhoto & { marks: Mark[] }) {
  const photo = usePhoto(file.blob);
  if (photo === null) return <Loading />;
  if (photo === "unreadable") return <Notice kind="bad">{t("photo.unreadable", { name: file.name })}</Notice>;
  return (
    <PhotoCanvas
      source={photo.url}
      alt={`${field}: ${file.name}`}
      width={photo.width}
      height={photo.height}
      marks={marks.map(({ box, points, label }) => ({ box, landmarks: points, label }))}
    />
  );
}
