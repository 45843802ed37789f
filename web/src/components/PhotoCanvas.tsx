import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Box, Point } from "../api/types";
import { placeLabels } from "../lib/labels";

export interface Mark {
  box: Box;
  /** Words next to the box. */
  label?: string;
  /** What stands for them where there is no place: the number of the mark, unless said otherwise. */
  short?: string;
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
  const frame = useRef<HTMLDivElement>(null);
  const shownWidth = useWidth(frame);
  const labels = useMemo(
    () => labelsOf(marks, width, height, shownWidth, frame.current),
    [marks, width, height, shownWidth],
  );
  const shortened = labels.flatMap((label, index) =>
    label?.isShort ? [{ short: label.text, label: marks[index]?.label ?? "" }] : [],
  );
  const percent = (value: number, of: number) => `${(100 * value) / of}%`;
  const dot = Math.max(width, height) / 260;
  return (
    <figure class="photo" aria-describedby={description}>
      <div
        ref={frame}
        class="photo-frame"
        style={{
          aspectRatio: `${width} / ${height}`,
          width: `min(100%, calc(var(--photo-height, 62vh) * ${width / height}))`,
        }}
      >
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
          const label = labels[index];
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
              {label && (
                <span
                  class="mark-label"
                  style={{
                    "--x": `${label.x - (mark.box.x * shownWidth) / width}px`,
                    "--y": `${label.y - (mark.box.y * shownWidth) / width}px`,
                    width: `${label.width}px`,
                    fontSize: `${textSize(shownWidth)}px`,
                  }}
                >
                  {label.text}
                </span>
              )}
            </Tag>
          );
        })}
      </div>
      {shortened.length > 0 && !children && (
        <ul class="photo-names" aria-hidden="true">
          {shortened.map(({ short, label }) => (
            <li key={short}>
              {!label.split(/\W+/).includes(short) && <b>{short}</b>} {label}
            </li>
          ))}
        </ul>
      )}
      <figcaption id={description} class="visually-hidden">
        {alt}
        {marks.map((mark) => (mark.label ? ` · ${mark.label}` : "")).join("")}
      </figcaption>
    </figure>
  );
}

/** The width of an element on the screen, followed as it changes. */
function useWidth(element: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const observer = new ResizeObserver(() => setWidth(target.clientWidth));
    observer.observe(target);
    setWidth(target.clientWidth);
    return () => observer.disconnect();
  }, []);
  return width;
}

/** Words are smaller on small photos. */
function textSize(shownWidth: number): number {
  return shownWidth > 480 ? 12 : 10;
}

const pen = typeof document === "undefined" ? null : document.createElement("canvas").getContext("2d");

function labelsOf(
  marks: readonly Mark[],
  width: number,
  height: number,
  shownWidth: number,
  frame: HTMLElement | null,
) {
  if (!frame || !pen || shownWidth === 0) return [];
  const scale = shownWidth / width;
  const size = textSize(shownWidth);
  pen.font = `600 ${size}px ${getComputedStyle(frame).fontFamily}`;
  const measure = (text: string) => ({
    width: Math.min(Math.ceil(pen.measureText(text).width) + 10, Math.max(60, shownWidth / 2)),
    height: Math.ceil(size * 1.45),
  });
  const faces = marks.map(({ box, label = "", short }, index) => ({
    box: { x: box.x * scale, y: box.y * scale, width: box.width * scale, height: box.height * scale },
    label,
    short: short ?? String(index + 1),
  }));
  return placeLabels(faces, { width: shownWidth, height: height * scale }, measure);
}
