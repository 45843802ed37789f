import { analysis } from "../api/analysis";
import { Fetched } from "../components/Fetched";
import { Segments } from "../components/Field";
import { Page } from "../components/Page";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { navigate, query } from "../lib/router";
import { CalibrationCard } from "./accuracy/CalibrationCard";
import { ModelCards } from "./accuracy/ModelCards";
import { Reports } from "./accuracy/Reports";

const PARTS = ["calibration", "reports", "models"] as const;
type Part = (typeof PARTS)[number];

/** How well all this works: what scores mean, what was measured, and which models do it. */
export default function Accuracy() {
  const asked = query.value.get("part");
  const part: Part = PARTS.find((one) => one === asked) ?? "calibration";
  return (
    <Page title={t("accuracy.title")} lead={t("accuracy.lead")}>
      <div class="stack">
        <Segments
          label={t("accuracy.title")}
          value={part}
          options={[
            { value: "calibration", label: t("accuracy.calibration") },
            { value: "reports", label: t("accuracy.reports") },
            { value: "models", label: t("accuracy.models") },
          ]}
          onChange={(next) => navigate(`/accuracy?part=${next}`, { replace: true })}
        />
        {part === "calibration" ? <CalibrationPart /> : part === "reports" ? <ReportsPart /> : <ModelsPart />}
      </div>
    </Page>
  );
}

function CalibrationPart() {
  const calibration = useResource((signal) => analysis.calibration(signal), "calibration");
  const models = useResource((signal) => analysis.models(signal), "models");
  // Templates made of several models have digests of their own, which no model has.
  const nameOf = (digest: string) => models.value?.items.find((model) => model.digest === digest)?.name ?? [];
  return (
    <Fetched from={calibration} height={360}>
      {(read) => <CalibrationCard calibration={read} models={read.models.flatMap(nameOf)} />}
    </Fetched>
  );
}

function ReportsPart() {
  const accuracy = useResource((signal) => analysis.accuracy(signal), "accuracy");
  return (
    <Fetched from={accuracy} height={360}>
      {(read) => <Reports {...read} />}
    </Fetched>
  );
}

function ModelsPart() {
  const models = useResource((signal) => analysis.models(signal), "models");
  return (
    <Fetched from={models} height={360}>
      {(read) => <ModelCards models={read.items} />}
    </Fetched>
  );
}
