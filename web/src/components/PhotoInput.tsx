import { useState } from "preact/hooks";
import { t } from "../lib/i18n";
import { useObjectUrl } from "../lib/photo";
import { Button } from "./Button";
import { DropZone } from "./DropZone";
import { GalleryPhotos } from "./GalleryPhotos";
import { Webcam } from "./Webcam";

/** One photo: dropped, pasted, chosen from the disk or from a gallery, or taken with the webcam. */
export function PhotoInput({
  label,
  file,
  onFile,
  accept = "image/*",
  account,
}: {
  label: string;
  file: File | null;
  onFile: (file: File | null) => void;
  accept?: string;
  /** Whose galleries photos can be taken from. */
  account?: string | null;
}) {
  const [picking, setPicking] = useState(false);
  const [filming, setFilming] = useState(false);
  const isPhoto = accept.includes("image/");
  return (
    <>
      {file ? (
        <Chosen label={label} file={file} onRemove={() => onFile(null)} />
      ) : filming ? (
        <Webcam
          onClose={() => setFilming(false)}
          onPhoto={(photo) => {
            setFilming(false);
            onFile(photo);
          }}
        />
      ) : (
        <DropZone
          label={label}
          choose={t("photo.choose")}
          accept={accept}
          onFiles={([first]) => first && onFile(first)}
        >
          {isPhoto && (
            <Button icon="camera" onClick={() => setFilming(true)}>
              {t("photo.webcam")}
            </Button>
          )}
          {account && isPhoto && (
            <Button icon="galleries" onClick={() => setPicking(true)}>
              {t("photo.from_gallery")}
            </Button>
          )}
        </DropZone>
      )}
      {picking && account && (
        <GalleryPhotos
          account={account}
          onClose={() => setPicking(false)}
          onPhoto={(photo) => {
            setPicking(false);
            onFile(photo);
          }}
        />
      )}
    </>
  );
}

function Chosen({ label, file, onRemove }: { label: string; file: File; onRemove: () => void }) {
  const url = useObjectUrl(file.type.startsWith("image/") ? file : null);
  return (
    <div class="chosen-file">
      {url && <img src={url} alt="" />}
      <span class="chosen-file-name">
        <span class="chosen-file-label">{label}</span>
        <span>{file.name}</span>
      </span>
      <Button small icon="close" label={t("photo.remove", { name: label })} onClick={onRemove} />
    </div>
  );
}
