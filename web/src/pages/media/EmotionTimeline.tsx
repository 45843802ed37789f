import { useMemo } from "preact/hooks";
import { t } from "../../lib/i18n";
import { bands, clock, emotionNames, type Frame, type PersonTimeline, timelines } from "../../lib/timeline";
import { emotionColour, wordFor } from "../../lib/words";

/** Columns of a timeline: about one for two pixels of a wide window. */
const COLUMNS = 480;

interface TimelineProps {
  frames: Frame[];
  /** Seconds. */
  duration: number;
  time: number;
  onSeek: (time: number) => void;
  person: number | null;
  onPerson: (person: number) => void;
}

/** When who looked how: one row for each person, a line where the playhead is, a click goes there. */
export function EmotionTimeline({ frames, duration, time, onSeek, person, onPerson }: TimelineProps) {
  const emotions = useMemo(() => emotionNames(frames), [frames]);
  const people = useMemo(() => timelines(frames, duration, COLUMNS), [frames, duration]);
  const within = (at: number) => Math.min(duration, Math.max(0, at));
  const seekAt = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    onSeek(within(((event.clientX - left) / width) * duration));
  };
  return (
    <div class="timeline">
      <ul class="timeline-legend">
        {emotions.map((name) => (
          <li key={name}>
            <i style={{ background: `var(--${emotionColour(name)})` }} aria-hidden="true" />
            {wordFor("emotion", name)}
          </li>
        ))}
      </ul>
      <div class="timeline-grid">
        <div class="timeline-names">
          {people.map((one) => (
            <button
              key={one.person}
              type="button"
              class="timeline-name"
              aria-pressed={person === one.person}
              onClick={() => onPerson(one.person)}
            >
              {t("media.person", { number: one.person + 1 })}
            </button>
          ))}
        </div>
        <div
          class="timeline-rows"
          role="slider"
          tabIndex={0}
          aria-label={t("media.playhead")}
          aria-valuemin={0}
          aria-valuemax={tenths(duration)}
          aria-valuenow={tenths(time)}
          aria-valuetext={clock(time)}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            seekAt(event);
          }}
          onPointerMove={(event) => {
            if (event.buttons & 1) seekAt(event);
          }}
          onKeyDown={(event) => {
            const target = targetOf(event.key, time, duration);
            if (target === null) return;
            event.preventDefault();
            onSeek(within(target));
          }}
        >
          {people.map((one) => (
            <Row
              key={one.person}
              timeline={one}
              emotions={emotions}
              isFaded={person !== null && person !== one.person}
            />
          ))}
          <span
            class="playhead"
            style={{ left: `${(100 * within(time)) / Math.max(duration, 1e-6)}%` }}
            aria-hidden="true"
          />
        </div>
        <div class="timeline-ends hint number" aria-hidden="true">
          <span>{clock(0)}</span>
          <span>{clock(duration / 2)}</span>
          <span>{clock(duration)}</span>
        </div>
      </div>
    </div>
  );
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

/** Seconds that a key moves the playhead by. */
const STEPS: Record<string, number | undefined> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowDown: -1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
};

/** Where a key moves the playhead to; null for keys that do not move it. */
function targetOf(key: string, time: number, duration: number): number | null {
  if (key === "Home") return 0;
  if (key === "End") return duration;
  const step = STEPS[key];
  return step === undefined ? null : time + step;
}

function Row({
  timeline,
  emotions,
  isFaded,
}: {
  timeline: PersonTimeline;
  emotions: string[];
  isFaded: boolean;
}) {
  const drawn = useMemo(() => bands(timeline.columns, emotions), [timeline, emotions]);
  return (
    <svg
      class={isFaded ? "timeline-row faded" : "timeline-row"}
      viewBox={`0 0 ${timeline.columns.length} 1`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {drawn.map(({ emotion, path }) => (
        <path key={emotion} d={path} style={{ fill: `var(--${emotionColour(emotion)})` }} />
      ))}
    </svg>
  );
}
