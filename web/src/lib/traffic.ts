import type { Traffic, TrafficPoint } from "../api/types";

/** Dialects in the order of their colours. */
export const dialects = ["kairos", "findface", "perse", "idv", "machinesense"] as const;

const names: Readonly<Record<string, string>> = {
  kairos: "Kairos",
  findface: "FindFace",
  perse: "Perse",
  idv: "Kairos IDV",
  machinesense: "MachineSense",
};

/** How a dialect is written. */
export function dialectName(dialect: string): string {
  return names[dialect] ?? dialect;
}

export function dialectColour(dialect: string): string {
  const index = (dialects as readonly string[]).indexOf(dialect);
  return `c${index < 0 ? 6 : index + 1}`;
}

/** Traffic on one axis: every step from the first to the one under way. */
export interface Steps {
  /** Where each step begins, in seconds since 1970. */
  readonly x: readonly number[];
  readonly series: readonly { dialect: string; points: readonly (TrafficPoint | null)[] }[];
  /** The length of a step, in seconds. */
  readonly step: number;
  /** How much of the last step has passed, in seconds. */
  readonly passed: number;
}

/** A step under way says little about rates before so much of it has passed, and is left out. */
const enough = 0.4;

/** Steps up to this length, in seconds, are left out as long as they are under way: they soon end. */
const short = 60;

/** Puts points onto the axis. Steps without requests are null. `now` is in ms since 1970. */
export function steps(traffic: Traffic, now = Date.now()): Steps {
  const step = traffic.step_s;
  const first = Math.floor(seconds(traffic.from) / step);
  let end = Math.max(first, Math.floor(seconds(traffic.to) / step));
  let passed = Math.min(step, now / 1000 - (end - 1) * step);
  if (passed < enough * step || (step <= short && passed < step)) {
    end -= 1;
    passed = step;
  }
  const x = Array.from({ length: Math.max(0, end - first) }, (_, index) => (first + index) * step);
  const series = traffic.series.map(({ dialect, points }) => {
    const placed = new Array<TrafficPoint | null>(x.length).fill(null);
    for (const point of points) {
      const index = Math.floor(seconds(point.at) / step) - first;
      if (index >= 0 && index < placed.length) placed[index] = point;
    }
    return { dialect, points: placed };
  });
  return { x, series, step, passed };
}

function seconds(at: string): number {
  return Date.parse(at) / 1000;
}

/** How much of a step has passed, in seconds. */
export function lengthOf(data: Steps, index: number): number {
  return index === data.x.length - 1 ? data.passed : data.step;
}

type Counter = "count" | "ok" | "client_error" | "server_error" | "refused";

/** Requests per second of all dialects together. */
export function rate(data: Steps, counter: Counter): number[] {
  return data.x.map(
    (_, index) =>
      data.series.reduce((sum, { points }) => sum + (points[index]?.[counter] ?? 0), 0) /
      lengthOf(data, index),
  );
}

/** Requests of all dialects in the whole window. */
export function total(data: Steps, counter: Counter): number {
  return data.series.reduce(
    (sum, { points }) => sum + points.reduce((inner, point) => inner + (point?.[counter] ?? 0), 0),
    0,
  );
}
