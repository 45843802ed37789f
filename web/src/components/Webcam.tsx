import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../lib/i18n";
import { Button } from "./Button";
import { Notice } from "./states";

/** The picture of the computer's camera, and a button that takes a photo (JPEG) of it. */
export function Webcam({ onPhoto, onClose }: { onPhoto: (photo: File) => void; onClose?: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<"starting" | "running" | "refused">("starting");

  useEffect(() => {
    let stream: MediaStream | undefined;
    let ended = false;
    const start = async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({
          video: { width: { ideal: 1280 } },
          audio: false,
        });
        if (ended || !video.current) return stop();
        video.current.srcObject = stream;
        await video.current.play();
        setState("running");
      } catch {
        if (!ended) setState("refused");
      }
    };
    const stop = () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    void start();
    return () => {
      ended = true;
      stop();
    };
  }, []);

  const take = () => {
    const source = video.current;
    if (!source) return;
    const canvas = document.createElement("canvas");
    canvas.width = source.videoWidth;
    canvas.height = source.videoHeight;
    canvas.getContext("2d")?.drawImage(source, 0, 0);
    canvas.toBlob(
      (blob) => {
        if (blob) onPhoto(new File([blob], "webcam.jpg", { type: "image/jpeg" }));
      },
      "image/jpeg",
      0.92,
    );
  };

  return (
    <div class="webcam">
      {state === "refused" ? (
        <Notice kind="bad">{t("webcam.refused")}</Notice>
      ) : (
        <video ref={video} muted playsInline aria-label={t("webcam.picture")} />
      )}
      <div class="row centre">
        <Button kind="primary" icon="camera" disabled={state !== "running"} onClick={take}>
          {t("webcam.take")}
        </Button>
        {onClose && <Button onClick={onClose}>{t("webcam.stop")}</Button>}
      </div>
    </div>
  );
}
