import { useState } from "preact/hooks";
import { analysis, type ComparedPhoto, type Comparison } from "../../api/analysis";
import { Button } from "../../components/Button";
import { Card } from "../../components/Page";
import { PhotoCanvas } from "../../components/PhotoCanvas";
import { PhotoInput } from "../../components/PhotoInput";
import { Badge, Loading, Notice } from "../../components/states";
import { errorText } from "../../lib/errors";
import { format, t } from "../../lib/i18n";
import { usePhoto } from "../../lib/photo";
import type { Calibration } from "../../lib/scores";
import { RateText, Threshold } from "./Threshold";

interface TwoPhotosProps {
  account: string;
  calibration: Calibration;
  threshold: number;
  onThreshold: (value: number) => void;
}

/** Two photos side by side: which faces were compared, how alike they are, and what that means. */
export function TwoPhotos({ account, ...scale }: TwoPhotosProps) {
  const [files, setFiles] = useState<[File | null, File | null]>([null, null]);
  const [result, setResult] = useState<Comparison | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [first, second] = files;

  const choose = (at: 0 | 1) => (file: File | null) => {
    setFiles(at === 0 ? [file, second] : [first, file]);
    setResult(null);
    setProblem(null);
  };
  const run = async (faces: [number, number] | null) => {
    if (!first || !second) return;
    setBusy(true);
    setProblem(null);
    try {
      setResult(await analysis.compare(account, [first, second], faces));
    } catch (error) {
      setResult(null);
      setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <Card>
        <div class="pair">
          {([0, 1] as const).map((at) => (
            <div key={at} class="stack">
              <PhotoInput
                label={t(at === 0 ? "compare.first" : "compare.second")}
                file={files[at]}
                account={account}
                onFile={choose(at)}
              />
              <Compared
                file={files[at]}
                photo={result?.photos[at] ?? null}
                chosen={result?.chosen[at] ?? null}
                isMatch={result !== null && result.score >= scale.threshold}
                onChoose={(face) => {
                  if (result) void run(at === 0 ? [face, result.chosen[1]] : [result.chosen[0], face]);
                }}
              />
            </div>
          ))}
        </div>
        <div class="row">
          <Button kind="primary" busy={busy} disabled={!first || !second} onClick={() => void run(null)}>
            {t("compare.compare")}
          </Button>
          {(!first || !second) && <span class="hint">{t("compare.choose_two")}</span>}
        </div>
        {problem && <Notice kind="bad">{problem}</Notice>}
      </Card>
      {result && <Result result={result} {...scale} />}
    </>
  );
}

function Compared({
  file,
  photo,
  chosen,
  isMatch,
  onChoose,
}: {
  file: File | null;
  photo: ComparedPhoto | null;
  chosen: number | null;
  isMatch: boolean;
  onChoose: (face: number) => void;
}) {
  const loaded = usePhoto(file);
  if (!file) return null;
  if (loaded === null) return <Loading />;
  if (loaded === "unreadable")
    return <Notice kind="bad">{t("photo.unreadable", { name: file.name })}</Notice>;
  const marks = (photo?.faces ?? []).map(({ box }, index) => ({
    box,
    label: index === chosen ? t("compare.compared") : t("compare.face_number", { number: index + 1 }),
    tone: index !== chosen ? ("accent" as const) : isMatch ? ("good" as const) : ("warn" as const),
  }));
  return (
    <>
      <PhotoCanvas
        source={loaded.url}
        alt={file.name}
        width={photo?.width ?? loaded.width}
        height={photo?.height ?? loaded.height}
        marks={marks}
        chosen={chosen}
        {...(photo && photo.faces.length > 1 ? { onChoose } : {})}
      />
      {photo && (
        <p class="hint">
          {t("compare.faces", { count: photo.faces.length })}
          {photo.faces.length > 1 && `. ${t("compare.choose_other")}`}
        </p>
      )}
    </>
  );
}

function Result({
  result,
  calibration,
  threshold,
  onThreshold,
}: { result: Comparison } & Omit<TwoPhotosProps, "account">) {
  const { score } = result;
  const rate = { value: result.false_match_rate, extrapolated: result.extrapolated };
  const isMatch = score >= threshold;
  return (
    <Card title={t("compare.result")}>
      <div class="verdict" aria-live="polite">
        <p class="score-big number">{format.score(score)}</p>
        <div>
          <p>
            <Badge tone={isMatch ? "good" : "neutral"}>
              {t(isMatch ? "compare.match" : "compare.no_match")}
            </Badge>
          </p>
          <p>
            <RateText rate={rate} />
          </p>
          <p class="hint">
            {result.similarity === null
              ? t("compare.identical")
              : t("compare.similarity", { value: format.score(result.similarity) })}
          </p>
        </div>
      </div>
      <Threshold
        calibration={calibration}
        value={threshold}
        onChange={onThreshold}
        scores={[{ label: t("compare.score"), score }]}
      />
    </Card>
  );
}
