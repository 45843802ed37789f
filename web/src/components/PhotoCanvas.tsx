import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Box, Point } from "../api/types";

export interface Mark {
  box: Box;
  /** Words above the box. */
  label?: string;
  landmarks?: readonly Point[];
  tone?: "accent" | "good" | "bad" | "warn";
}

/**
 * A photo with boxes, landmarks and labels drawn over it, placed in pixels of the photo (`width` × `height`).
 * Boxes can be chosen where `onChoose` is given. `children` (a video, say) stand in for the photo at `source`.
 */
export function PhotoCanvas({
  source,
  alt,
  width,
  height,
  marks,
  chosen,
  onChoose,
  children,
}: {
  source?: string;
  alt: string;
  width: number;
  height: number;
  marks: readonly Mark[];
  chosen?: number | null;
  onChoose?: (index: number) => void;
  children?: ComponentChildren;
}) {
  const description = useId();
  const percent = (value: number, of: number) => `${(100 * value) / of}%`;
  const dot = Math.max(width, height) / 260;
  return (
    <figure class="photo" aria-describedby={description}>
      <div class="photo-frame" style={{ aspectRatio: `${width} / ${height}` }}>
        {children ?? <img src={source} alt={alt} />}
        <svg class="photo-points" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          {marks.flatMap((mark, index) =>
            (mark.landmarks ?? []).map((point, at) => (
              <circle key={`${index}-${at}`} cx={point.x} cy={point.y} r={dot} />
            )),
          )}
        </svg>
        {marks.map((mark, index) => {
          const Tag = onChoose ? "button" : "div";
          return (
            <Tag
              key={index}
              type={onChoose ? "button" : undefined}
              class={`mark ${mark.tone ?? "accent"} ${chosen === index ? "chosen" : ""}`}
              aria-pressed={onChoose ? chosen === index : undefined}
              aria-label={onChoose ? (mark.label ?? String(index + 1)) : undefined}
              onClick={onChoose ? () => onChoose(index) : undefined}
              style={{
                left: percent(mark.box.x, width),
                top: percent(mark.box.y, height),
                width: percent(mark.box.width, width),
                height: percent(mark.box.height, height),
              }}
            >
              {mark.label && <span class="mark-label">{mark.label}</span>}
            </Tag>
          );
        })}
      </div>
      <figcaption id={description} class="visually-hidden">
        {alt}
        {marks.map((mark) => (mark.label ? ` · ${mark.label}` : "")).join("")}
      </figcaption>
    </figure>
  );
}
