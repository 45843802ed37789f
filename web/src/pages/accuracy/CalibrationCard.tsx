import { useMemo, useState } from "preact/hooks";
import { Card } from "../../components/Page";
import { Plot, type Series } from "../../components/Plot";
import { Empty } from "../../components/states";
import { format, locale, t } from "../../lib/i18n";
import { power } from "../../lib/powers";
import { type Calibration, oneIn } from "../../lib/scores";
import { Threshold } from "../compare/Threshold";

/** What each score stands for: the false match rate over the score, and the thresholds with names. */
export function CalibrationCard({ calibration, models }: { calibration: Calibration; models: string[] }) {
  const [threshold, setThreshold] = useState(0.6);
  const points = useMemo(
    () =>
      calibration.points
        .filter((point) => point.false_match_rate > 0)
        .sort((one, other) => one.score - other.score),
    [calibration],
  );
  const x = useMemo(() => points.map((point) => point.score), [points]);
  const series = useMemo((): Series[] => {
    // The piece between the last measured point and the first extrapolated one belongs to the latter.
    const isDashed = (at: number) =>
      points[at]?.extrapolated || points[at - 1]?.extrapolated || points[at + 1]?.extrapolated;
    const solid = points.map((point) => (point.extrapolated ? null : point.false_match_rate));
    const dashed = points.map((point, at) => (isDashed(at) ? point.false_match_rate : null));
    return [
      { label: t("accuracy.measured"), values: solid, colour: "c1" },
      { label: t("accuracy.extrapolated"), values: dashed, colour: "c2", dashed: true },
    ];
  }, [points]);
  if (points.length === 0) return <Empty icon="accuracy" title={t("accuracy.no_calibration")} />;
  return (
    <div class="columns">
      <Card title={t("accuracy.curve")}>
        <Plot
          title={t("accuracy.curve")}
          x={x}
          series={series}
          xScale="linear"
          yScale="log"
          xLabel={t("accuracy.score")}
          yLabel={t("accuracy.fmr")}
          formatY={rateText}
          formatX={format.decimal}
          height={320}
          marker={threshold}
          onSeek={(value) => setThreshold(Math.min(1, Math.max(0, value)))}
        />
        <p class="hint">{t("accuracy.curve_hint")}</p>
      </Card>
      <Card title={t("accuracy.thresholds")}>
        <div class="stack">
          <Threshold calibration={calibration} value={threshold} onChange={setThreshold} scores={[]} />
          {models.length > 0 && <p class="hint">{t("accuracy.calibrated", { models: models.join(", ") })}</p>}
        </div>
      </Card>
    </div>
  );
}

/** `10⁻⁴`; rates of ten percent and more as they are. */
function rateText(rate: number): string {
  if (oneIn(rate) === null) return "0";
  return rate >= 0.1 ? format.number(rate) : power(rate, locale.value, 2);
}
