import { useId } from "preact/hooks";
import { format, t } from "../../lib/i18n";
import { type Calibration, oneIn, type Rate, rateAt } from "../../lib/scores";
import { wordFor } from "../../lib/words";

/** "about one in 10 000 pairs of different people scores as high", and whether that was measured. */
export function RateText({ rate }: { rate: Rate | null }) {
  if (rate === null) return <>{t("score.unknown_rate")}</>;
  const pairs = oneIn(rate.value);
  return (
    <>
      {pairs === null ? t("score.never") : t("score.one_in", { count: pairs })}
      {rate.extrapolated && (
        <>
          {" "}
          <span class="extrapolated">{t("score.extrapolated")}</span>
        </>
      )}
    </>
  );
}

/** The calibrated scale: a slider for the threshold, named thresholds to jump to, and scores as pins above it. */
export function Threshold({
  calibration,
  value,
  onChange,
  scores,
}: {
  calibration: Calibration;
  value: number;
  onChange: (value: number) => void;
  scores: { label: string; score: number }[];
}) {
  const id = useId();
  const rate = rateAt(calibration.points, value);
  const percent = (score: number) => `${100 * Math.min(1, Math.max(0, score))}%`;
  return (
    <div class="threshold">
      <div class="row spread">
        <label for={id}>{t("score.threshold")}</label>
        <output for={id} class="number">
          {format.decimal(value)}
        </output>
      </div>
      <div class="scale">
        <div class="scale-pins" aria-hidden="true">
          {scores.map(({ label, score }, index) => (
            <span
              key={index}
              class={score >= value ? "pin good" : "pin"}
              style={{ left: percent(score) }}
              title={`${label} ${format.score(score)}`}
            />
          ))}
        </div>
        <input
          id={id}
          type="range"
          min={0}
          max={1}
          step={0.001}
          value={value}
          aria-valuetext={`${format.decimal(value)}, ${rateWords(rate?.value ?? 0)}`}
          aria-describedby={`${id}-rate`}
          onInput={(event) => onChange(Number(event.currentTarget.value))}
        />
        <div class="scale-ends hint" aria-hidden="true">
          <span>0</span>
          <span>0.5</span>
          <span>1</span>
        </div>
      </div>
      <p class="hint" id={`${id}-rate`}>
        <RateText rate={rate} />
      </p>
      {calibration.named.length > 0 && (
        <ul class="named" aria-label={t("score.named")}>
          {calibration.named.map((named) => (
            <li key={`${named.name} ${named.score}`}>
              <button
                type="button"
                class="chip"
                aria-pressed={Math.abs(named.score - value) < 0.0005}
                onClick={() => onChange(named.score)}
              >
                <span>{wordFor("threshold", named.name)}</span>
                <span class="number">{format.decimal(named.score)}</span>
                <span class="hint">{rateWords(named.false_match_rate)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function rateWords(rate: number): string {
  const pairs = oneIn(rate);
  return pairs === null ? "–" : t("score.short_one_in", { count: pairs });
}
