// A person's time in a video, made small enough to be drawn: presence and emotions in columns of equal length.

import type { Box, Point } from "../sandbox/marks";

export interface FramePerson {
  person: number;
  box: Box;
  emotions: Record<string, number> | null;
  landmarks?: Point[] | null;
  attention?: number | null;
}

export interface Frame {
  at_s: number;
  people: FramePerson[];
}

/** A stretch of time: the mean of each emotion as a share of all of them, `null` where the person is not seen. */
export type Column = Record<string, number> | null;

export interface PersonTimeline {
  person: number;
  columns: Column[];
  /** Stretches in which the person is seen, in seconds. */
  seen: { from: number; to: number }[];
}

/** The order in which emotions are stacked; others follow by name. */
const ORDER = ["joy", "surprise", "neutral", "sadness", "fear", "anger", "disgust"];

/** The names of all emotions of the video, in the order in which they are stacked. */
export function emotionNames(frames: Frame[]): string[] {
  const names = new Set<string>();
  for (const frame of frames) {
    for (const { emotions } of frame.people) {
      for (const name of Object.keys(emotions ?? {})) names.add(name);
    }
  }
  const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return [...names].sort((one, other) => rank(one) - rank(other) || one.localeCompare(other));
}

/** One timeline for each person, in the order of their numbers, of at most this many columns and one for each frame. */
export function timelines(frames: Frame[], durationS: number, mostColumns: number): PersonTimeline[] {
  const length = Math.max(durationS, frames.at(-1)?.at_s ?? 0, Number.EPSILON);
  const step = frameLength(frames);
  const columnCount = Math.max(1, Math.min(mostColumns, Math.round(length / step)));
  const people = new Map<
    number,
    { sums: Map<string, number>[]; counts: number[]; seen: { from: number; to: number }[] }
  >();
  for (const frame of frames) {
    const middle = Math.max(0, frame.at_s - step / 2);
    const column = Math.min(columnCount - 1, Math.floor((middle / length) * columnCount));
    for (const { person, emotions } of frame.people) {
      const known = people.get(person) ?? { sums: [], counts: [], seen: [] };
      people.set(person, known);
      known.counts[column] = (known.counts[column] ?? 0) + 1;
      const sums = known.sums[column] ?? new Map<string, number>();
      known.sums[column] = sums;
      for (const [name, value] of Object.entries(emotions ?? {}))
        sums.set(name, (sums.get(name) ?? 0) + value);
      const from = Math.max(0, frame.at_s - step);
      const last = known.seen.at(-1);
      if (last !== undefined && from <= last.to + step / 2) last.to = frame.at_s;
      else known.seen.push({ from, to: frame.at_s });
    }
  }
  const ordered = [...people.entries()].sort(([one], [other]) => one - other);
  return ordered.map(([person, { sums, counts, seen }]) => ({
    person,
    seen,
    columns: filled(
      Array.from({ length: columnCount }, (_, index) => (counts[index] ? shares(sums[index]) : null)),
      seen.map(({ from, to }) => ({ from: (from / length) * columnCount, to: (to / length) * columnCount })),
    ),
  }));
}

/** Columns without a frame within a stretch are as the one before: frames come at uneven times. */
function filled(columns: Column[], seen: { from: number; to: number }[]): Column[] {
  let last: Column = null;
  return columns.map((column, index) => {
    const isSeen = seen.some(({ from, to }) => from <= index + 0.5 && index + 0.5 <= to);
    last = column ?? (isSeen ? last : null);
    return last;
  });
}

function shares(sums: Map<string, number> | undefined): Record<string, number> {
  const entries = [...(sums ?? new Map<string, number>())];
  const total = entries.reduce((sum, [, value]) => sum + value, 0);
  return Object.fromEntries(entries.map(([name, value]) => [name, total > 0 ? value / total : 0]));
}

/** The usual time between frames, in seconds. */
export function frameLength(frames: Frame[]): number {
  const steps = frames.slice(1).map((frame, index) => frame.at_s - (frames[index]?.at_s ?? 0));
  const sorted = steps.filter((step) => step > 0).sort((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 1 / 12;
}

/**
 * The frame that is shown at a time: a frame's time is the end of the stretch that it stands for, so it is the first one
 * at or after it. `null` before the first stretch begins and after the last frame.
 */
export function frameAt(frames: Frame[], timeS: number): Frame | null {
  let [low, high] = [0, frames.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((frames[middle]?.at_s ?? 0) < timeS) low = middle + 1;
    else high = middle;
  }
  const found = frames[low];
  if (found === undefined) return null;
  const isNear = found.at_s - timeS <= 2 * frameLength(frames.slice(Math.max(0, low - 5), low + 5));
  return isNear || frames.length === 1 ? found : null;
}

export interface Band {
  emotion: string;
  /** An SVG path in a space of `columns.length` by 1, the first emotion at the bottom. */
  path: string;
}

/** The stacked areas of a timeline. */
export function bands(columns: Column[], emotions: string[]): Band[] {
  return emotions.map((emotion, rank) => ({
    emotion,
    path: columns
      .map((column, index) => (column === null ? "" : bandPiece(column, emotions, rank, index)))
      .join(""),
  }));
}

function bandPiece(column: Record<string, number>, emotions: string[], rank: number, index: number): string {
  const below = emotions.slice(0, rank).reduce((sum, name) => sum + (column[name] ?? 0), 0);
  const own = column[emotions[rank] ?? ""] ?? 0;
  if (own <= 0) return "";
  const [top, bottom] = [1 - below - own, 1 - below];
  return `M${index} ${round(bottom)}V${round(top)}H${index + 1}V${round(bottom)}Z`;
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

/** `1:02.5` or `1:00:02.5`: a time in the video. */
export function clock(seconds: number): string {
  const tenths = Math.max(0, Math.round(seconds * 10));
  const [hours, minutes, rest] = [Math.floor(tenths / 36000), Math.floor(tenths / 600) % 60, tenths % 600];
  const tail = `${String(Math.floor(rest / 10)).padStart(2, "0")}.${rest % 10}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
