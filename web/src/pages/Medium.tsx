import { useEffect, useMemo, useState } from "preact/hooks";
import { analysis, type MediumDetail, type MediumFrames } from "../api/analysis";
import { Button } from "../components/Button";
import { DropZone } from "../components/DropZone";
import { Fetched } from "../components/Fetched";
import { Card, Page } from "../components/Page";
import { Empty, Notice } from "../components/states";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { navigate } from "../lib/router";
import { clock } from "../lib/timeline";
import { undoably } from "../lib/toasts";
import type { PageParameters } from "../pages";
import { account } from "../session";
import { MediumState } from "./Media";
import { EmotionTimeline } from "./media/EmotionTimeline";
import { keepFile, localFiles } from "./media/files";
import { PeopleTable } from "./media/PeopleTable";
import { ImagePlayer, VideoPlayer } from "./media/Player";

const REFRESH_MS = 2000;

/** One medium: the file with what was found drawn over it, when who looked how, and the people in it. */
export default function MediumPage({ parameters }: PageParameters) {
  const name = account.value ?? "";
  const id = parameters.medium ?? "";
  const [isOver, setOver] = useState(false);
  const detail = useResource(
    (signal) => analysis.media.get(name, id, signal),
    `${name}/${id}`,
    isOver ? undefined : REFRESH_MS,
  );
  const medium = detail.value;
  useEffect(() => {
    if (medium) setOver(medium.state === "complete" || medium.state === "failed");
  }, [medium?.state]);
  const file = localFiles.value[id] ?? null;

  const remove = () => {
    // Leaving a page sends what waits to be undone, so this one is left first.
    navigate("/media");
    undoably({
      label: t("media.deleted", { name: file?.name ?? id.slice(0, 8) }),
      keys: [["medium", id]],
      run: () => analysis.media.remove(name, id),
    });
  };

  return (
    <Page
      title={file?.name ?? t("media.medium", { id: id.slice(0, 8) })}
      trail={[{ title: t("media.title"), to: "/media" }]}
      actions={
        <Button kind="danger" icon="trash" onClick={remove}>
          {t("action.delete")}
        </Button>
      }
    >
      <div class="stack">
        <Fetched from={detail} height={320}>
          {(read) =>
            read.state === "complete" ? (
              <Complete account={name} medium={read} file={file} />
            ) : (
              <Card>
                <Empty icon="media" title={t(read.state === "failed" ? "media.failed" : "media.working")}>
                  <MediumState medium={read} />
                </Empty>
              </Card>
            )
          }
        </Fetched>
      </div>
    </Page>
  );
}

function Complete({
  account: name,
  medium,
  file,
}: {
  account: string;
  medium: MediumDetail;
  file: File | null;
}) {
  const frames = useResource(
    (signal) => analysis.media.frames(name, medium.id, signal),
    `${name}/${medium.id}`,
  );
  return (
    <Fetched from={frames} height={320}>
      {(read) => <Watched medium={medium} frames={read} file={file} />}
    </Fetched>
  );
}

function Watched({
  medium,
  frames,
  file,
}: {
  medium: MediumDetail;
  frames: MediumFrames;
  file: File | null;
}) {
  const [time, setTime] = useState(0);
  const [seek, setSeek] = useState<{ to: number } | null>(null);
  const [person, setPerson] = useState<number | null>(null);
  const lastFrame = frames.frames.at(-1)?.at_s ?? 0;
  const isImage = medium.kind === "image";
  const duration = Math.max(medium.duration_s ?? 0, lastFrame);
  const go = (to: number) => {
    setTime(to);
    setSeek({ to });
  };
  const toggle = (next: number) => setPerson((old) => (old === next ? null : next));
  const hasEmotions = useMemo(
    () => frames.frames.some((frame) => frame.people.some(({ emotions }) => emotions)),
    [frames],
  );
  const shared = { frames, person, onPerson: toggle };
  return (
    <>
      <Card class="player">
        {file === null ? (
          <AskForFile medium={medium.id} isImage={isImage} />
        ) : isImage ? (
          <ImagePlayer file={file} {...shared} />
        ) : (
          <VideoPlayer file={file} time={time} seek={seek} onTime={setTime} {...shared} />
        )}
      </Card>
      {!isImage && frames.frames.length > 0 && hasEmotions && (
        <Card
          title={t("media.timeline")}
          actions={<span class="hint number">{`${clock(time)} / ${clock(duration)}`}</span>}
        >
          <EmotionTimeline
            frames={frames.frames}
            duration={duration}
            time={time}
            onSeek={go}
            person={person}
            onPerson={toggle}
          />
        </Card>
      )}
      <Card title={t("media.people")}>
        <PeopleTable people={medium.people ?? []} person={person} onPerson={toggle} />
      </Card>
    </>
  );
}

function AskForFile({ medium, isImage }: { medium: string; isImage: boolean }) {
  return (
    <div class="stack">
      <Notice>{t("media.file_gone")}</Notice>
      <DropZone
        label={t("media.choose_again")}
        choose={t("media.choose")}
        accept={isImage ? "image/*" : "video/*"}
        onFiles={([file]) => file && keepFile(medium, file)}
      />
    </div>
  );
}
