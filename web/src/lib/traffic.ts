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

/** Traffic on one axis: every step from the first to the last whole one. */
export interface Steps {
  /** Where each step begins, in seconds since 1970. */
  readonly x: readonly number[];
  readonly series: readonly { dialect: string; points: readonly (TrafficPoint | null)[] }[];
  readonly step: number;
}

/** Puts points onto the axis. Steps without requests are null; the step that has not ended is left out. */
export function steps(traffic: Traffic): Steps {
  const step = traffic.step_s;
  const first = Math.floor(seconds(traffic.from) / step);
  const end = Math.max(first, Math.floor(seconds(traffic.to) / step));
  const x = Array.from({ length: end - first }, (_, index) => (first + index) * step);
  const series = traffic.series.map(({ dialect, points }) => {
    const placed = new Array<TrafficPoint | null>(x.length).fill(null);
    for (const point of points) {
      const index = Math.floor(seconds(point.at) / step) - first;
      if (index >= 0 && index < placed.length) placed[index] = point;
    }
    return { dialect, points: placed };
  });
  return { x, series, step };
}

function seconds(at: string): number {
  return Date.parse(at) / 1000;
}

type Counter = "count" | "ok" | "client_error" | "server_error" | "refused";

/** Requests per second of all dialects together. */
export function rate(data: Steps, counter: Counter): number[] {
  return data.x.map(
    (_, index) =>
      data.series.reduce((sum, { points }) => sum + (points[index]?.[counter] ?? 0), 0) / data.step,
  );
}

/** Requests of all dialects in the whole window. */
export function total(data: Steps, counter: Counter): number {
  return data.series.reduce(
    (sum, { points }) => sum + points.reduce((inner, point) => inner + (point?.[counter] ?? 0), 0),
    0,
  );
}
