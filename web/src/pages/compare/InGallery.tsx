import { useState } from "preact/hooks";
import { api } from "../../api";
import { analysis, type Identification } from "../../api/analysis";
import { Button, Link } from "../../components/Button";
import { Field, Select } from "../../components/Field";
import { Card } from "../../components/Page";
import { PhotoCanvas } from "../../components/PhotoCanvas";
import { PhotoInput } from "../../components/PhotoInput";
import { Badge, Empty, ErrorState, Loading, Notice } from "../../components/states";
import { errorText } from "../../lib/errors";
import { format, locale, t } from "../../lib/i18n";
import { usePhoto } from "../../lib/photo";
import { power } from "../../lib/powers";
import { useResource } from "../../lib/resource";
import { pathOf } from "../../lib/router";
import { type Calibration, type Candidate, expectedFalsePositives, passing, rateAt } from "../../lib/scores";
import { RateText, Threshold } from "./Threshold";

interface InGalleryProps {
  account: string;
  calibration: Calibration;
  threshold: number;
  onThreshold: (value: number) => void;
}

/** A photo against a gallery: who is most alike, and what a threshold would let through. */
export function InGallery({ account, ...scale }: InGalleryProps) {
  const galleries = useResource((signal) => api.galleries.list(account, undefined, signal), account);
  const [chosen, setChosen] = useState<string | null>(null);
  const [file, setFile] = useState<File | null>(null);
  const [limit, setLimit] = useState("10");
  const [found, setFound] = useState<{ gallery: string; result: Identification } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const names = (galleries.value?.items ?? []).map(({ name, faces }) => ({ name, faces }));
  const gallery = chosen ?? names[0]?.name ?? null;

  const run = async () => {
    if (!file || gallery === null) return;
    setBusy(true);
    setProblem(null);
    try {
      const most = Math.min(50, Math.max(1, Math.round(Number(limit)) || 10));
      setFound({ gallery, result: await analysis.identify(account, gallery, file, most) });
    } catch (error) {
      setFound(null);
      setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
  };

  if (galleries.error && !galleries.value)
    return <ErrorState error={galleries.error} retry={galleries.reload} />;
  if (!galleries.value) return <Loading height={240} />;
  if (gallery === null) {
    return (
      <Empty icon="galleries" title={t("photo.no_galleries")}>
        <Link to="/galleries">{t("compare.to_galleries")}</Link>
      </Empty>
    );
  }
  return (
    <>
      <Card>
        <div class="pair">
          <div class="stack">
            <Select
              label={t("photo.gallery")}
              value={gallery}
              options={names.map(({ name, faces }) => ({
                value: name,
                label: t("compare.gallery_faces", { name, count: faces }),
              }))}
              onChange={setChosen}
            />
            <Field
              label={t("compare.limit")}
              type="number"
              min={1}
              max={50}
              value={limit}
              onInput={setLimit}
            />
            <div class="row">
              <Button kind="primary" busy={busy} disabled={!file} onClick={() => void run()}>
                {t("compare.identify")}
              </Button>
              {!file && <span class="hint">{t("compare.choose_one")}</span>}
            </div>
          </div>
          <div class="stack">
            <PhotoInput
              label={t("compare.probe")}
              file={file}
              account={account}
              onFile={(next) => {
                setFile(next);
                setFound(null);
                setProblem(null);
              }}
            />
            {!found && <Preview file={file} />}
          </div>
        </div>
        {problem && <Notice kind="bad">{problem}</Notice>}
      </Card>
      {found && file && <Found account={account} file={file} {...found} {...scale} />}
    </>
  );
}

function Preview({ file }: { file: File | null }) {
  const photo = usePhoto(file);
  if (!file || photo === null) return null;
  if (photo === "unreadable") return <Notice kind="bad">{t("photo.unreadable", { name: file.name })}</Notice>;
  return (
    <PhotoCanvas source={photo.url} alt={file.name} width={photo.width} height={photo.height} marks={[]} />
  );
}

function Found({
  account,
  file,
  gallery,
  result,
  calibration,
  threshold,
  onThreshold,
}: InGalleryProps & { file: File; gallery: string; result: Identification }) {
  const [probe, setProbe] = useState(0);
  const photo = usePhoto(file);
  if (result.probes.length === 0) return <Notice kind="bad">{t("compare.no_face")}</Notice>;
  const at = Math.min(probe, result.probes.length - 1);
  const candidates = result.probes[at]?.candidates ?? [];
  const passed = passing(candidates, threshold);
  const rate = rateAt(calibration.points, threshold);
  const strangers = rate === null ? null : expectedFalsePositives(result.gallery_faces, rate.value);
  return (
    <div class="columns">
      <Card title={t("compare.probe")}>
        {photo && photo !== "unreadable" && (
          <PhotoCanvas
            source={photo.url}
            alt={file.name}
            width={result.width}
            height={result.height}
            chosen={at}
            onChoose={setProbe}
            marks={result.probes.map(({ box, candidates: [best] }, index) => ({
              box,
              label:
                best && best.score >= threshold
                  ? best.subject
                  : t("compare.face_number", { number: index + 1 }),
              tone: best && best.score >= threshold ? ("good" as const) : ("accent" as const),
            }))}
          />
        )}
        {result.probes.length > 1 && <p class="hint">{t("compare.choose_face")}</p>}
      </Card>
      <Card title={t("compare.candidates")}>
        <Threshold
          calibration={calibration}
          value={threshold}
          onChange={onThreshold}
          scores={candidates.map(({ subject, score }) => ({ label: subject, score }))}
        />
        <p class="what-if" aria-live="polite">
          {t("compare.pass", { passed: passed.length, of: candidates.length })}{" "}
          {strangers !== null &&
            t("compare.strangers", { expected: smallNumber(strangers), faces: result.gallery_faces })}
          {rate?.extrapolated && " "}
          {rate?.extrapolated && <span class="extrapolated">{t("score.extrapolated")}</span>}
        </p>
        {candidates.length === 0 ? (
          <Empty title={t("compare.no_candidates")} />
        ) : (
          <ol class="candidates">
            {candidates.map((candidate) => (
              <CandidateRow
                key={`${candidate.subject} ${candidate.face}`}
                account={account}
                gallery={gallery}
                candidate={candidate}
                isPassed={candidate.score >= threshold}
              />
            ))}
          </ol>
        )}
      </Card>
    </div>
  );
}

function CandidateRow({
  account,
  gallery,
  candidate,
  isPassed,
}: {
  account: string;
  gallery: string;
  candidate: Candidate;
  isPassed: boolean;
}) {
  const { subject, face, score, false_match_rate: value, extrapolated } = candidate;
  return (
    <li class={isPassed ? "candidate passed" : "candidate"}>
      <img src={api.faces.thumbnail(account, face)} alt="" loading="lazy" width={56} height={56} />
      <div class="candidate-text">
        <p class="row spread">
          <Link to={pathOf("galleries", gallery, subject)}>{subject}</Link>
          <Badge tone={isPassed ? "good" : "neutral"}>
            {t(isPassed ? "compare.passes" : "compare.below")}
          </Badge>
        </p>
        <p>
          <span class="number">{format.score(score)}</span>{" "}
          <span class="hint">
            <RateText rate={{ value, extrapolated }} />
          </span>
        </p>
        <p class="hint">
          {t("compare.expected", { expected: smallNumber(candidate.expected_false_positives) })}
        </p>
      </div>
    </li>
  );
}

/** A count that may be far below one: two digits, one where it is small. */
function smallNumber(value: number): string {
  if (value === 0) return "0";
  if (value < 1e-4) return power(value, locale.value);
  return format.decimal(Number(value.toPrecision(value < 0.01 ? 1 : 2)));
}
