import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { MediumFrames } from "../../api/analysis";
import { Checkbox } from "../../components/Field";
import { type Mark, PhotoCanvas } from "../../components/PhotoCanvas";
import { Loading, Notice } from "../../components/states";
import { t } from "../../lib/i18n";
import { useObjectUrl, usePhoto } from "../../lib/photo";
import { type Frame, type FramePerson, frameAt } from "../../lib/timeline";
import { wordFor } from "../../lib/words";

interface PlayerProps {
  file: File;
  frames: MediumFrames;
  /** Who is brought out. */
  person: number | null;
  onPerson: (person: number) => void;
}

/** The image, with who is on it. */
export function ImagePlayer({ file, frames, person, onPerson }: PlayerProps) {
  const photo = usePhoto(file);
  const [first] = frames.frames;
  if (photo === null) return <Loading height={240} />;
  if (photo === "unreadable") return <Notice kind="bad">{t("photo.unreadable", { name: file.name })}</Notice>;
  const people = first?.people ?? [];
  return (
    <PhotoCanvas
      source={photo.url}
      alt={file.name}
      width={frames.width}
      height={frames.height}
      marks={people.map((one) => markOf(one, person, true))}
      onChoose={(index) => {
        const one = people[index];
        if (one) onPerson(one.person);
      }}
    />
  );
}

/** The video, with boxes that follow it. */
export function VideoPlayer({
  file,
  frames,
  person,
  time,
  seek,
  onTime,
}: PlayerProps & { time: number; seek: { to: number } | null; onTime: (time: number) => void }) {
  const url = useObjectUrl(file);
  const video = useRef<HTMLVideoElement>(null);
  const [isUnplayable, setUnplayable] = useState(false);
  const [withPoints, setWithPoints] = useState(false);
  useEffect(() => {
    if (seek && video.current) video.current.currentTime = seek.to;
  }, [seek]);
  useShownTime(video, url, onTime);
  const frame = useMemo((): Frame | null => frameAt(frames.frames, Math.max(time, 1e-6)), [frames, time]);
  const hasPoints = useMemo(() => frames.frames.some((one) => one.people.some(hasLandmarks)), [frames]);
  if (url === null) return <Loading height={240} />;
  return (
    <div class="stack">
      {isUnplayable && <Notice kind="bad">{t("media.unplayable")}</Notice>}
      <PhotoCanvas
        alt={file.name}
        width={frames.width}
        height={frames.height}
        marks={(frame?.people ?? []).map((one) => markOf(one, person, withPoints))}
      >
        {/* biome-ignore lint/a11y/useMediaCaption: the operator's own file, which has no captions of ours */}
        <video
          ref={video}
          src={url}
          controls
          playsInline
          aria-label={file.name}
          onError={() => setUnplayable(true)}
          onLoadedData={() => setUnplayable(false)}
        />
      </PhotoCanvas>
      {hasPoints && <Checkbox label={t("media.landmarks")} checked={withPoints} onChange={setWithPoints} />}
    </div>
  );
}

function hasLandmarks(one: FramePerson): boolean {
  return (one.landmarks?.length ?? 0) > 0;
}

/** Tells the time of each picture that is shown, while the video plays and when it is moved. */
function useShownTime(
  video: { current: HTMLVideoElement | null },
  url: string | null,
  onTime: (time: number) => void,
): void {
  const listener = useRef(onTime);
  listener.current = onTime;
  useEffect(() => {
    const element = video.current;
    if (!element || url === null) return;
    let next = 0;
    const tell = () => listener.current(element.currentTime);
    const run = () => {
      tell();
      next = element.paused || element.ended ? 0 : requestAnimationFrame(run);
    };
    const start = () => {
      cancelAnimationFrame(next);
      run();
    };
    element.addEventListener("play", start);
    element.addEventListener("seeked", tell);
    element.addEventListener("timeupdate", tell);
    return () => {
      cancelAnimationFrame(next);
      element.removeEventListener("play", start);
      element.removeEventListener("seeked", tell);
      element.removeEventListener("timeupdate", tell);
    };
  }, [url]);
}

function markOf(one: FramePerson, person: number | null, withPoints: boolean): Mark {
  const [strongest] = Object.entries(one.emotions ?? {}).sort(([, first], [, second]) => second - first);
  const words = [t("media.person", { number: one.person + 1 })];
  if (strongest) words.push(wordFor("emotion", strongest[0]));
  return {
    box: one.box,
    label: words.join(" · "),
    short: String(one.person + 1),
    ...(withPoints && one.landmarks ? { landmarks: one.landmarks } : {}),
    tone: person === one.person ? "warn" : "accent",
  };
}
