import type { Curve, Figure } from "../api/analysis";
import { power } from "./powers";

/** The curves of one picture. */
export interface PlotGroup {
  key: string;
  title: string;
  curves: Curve[];
}

/** Curves that belong into one picture, in their order; a curve that says nothing of it has a picture of its own. */
export function groupCurves(curves: Curve[]): PlotGroup[] {
  const groups = new Map<string, PlotGroup>();
  curves.forEach((curve, index) => {
    const key = curve.plot ?? `#${index}`;
    const group = groups.get(key) ?? { key, title: curve.title ?? curve.name, curves: [] };
    group.curves.push(curve);
    groups.set(key, group);
  });
  return [...groups.values()];
}

/** Curves with their intervals as dashed lines around them: one with a name for the legend, one without. */
export function withIntervals(curves: Curve[], name: string): Curve[] {
  return curves.flatMap((curve) => {
    const bound = (values: number[] | undefined, label: string): Curve[] =>
      values === undefined
        ? []
        : [
            {
              ...curve,
              name: label,
              mark: "guide",
              points: curve.points.flatMap(([x], index): [number, number][] => {
                const y = values[index];
                return y === undefined ? [] : [[x, y]];
              }),
            },
          ];
    return [curve, ...bound(curve.low, name), ...bound(curve.high, "")];
  });
}

export interface AlignedCurve {
  curve: Curve;
  values: (number | null)[];
}

/**
 * All curves over one ascending axis. Between its own points a curve's values are on a straight line (of logarithms, where
 * an axis has them); beyond its ends it has none. Points that a logarithmic axis cannot show are left out.
 */
export function align(curves: Curve[]): { x: number[]; aligned: AlignedCurve[] } {
  const xLog = curves.some((curve) => curve.x_log);
  const yLog = curves.some((curve) => curve.y_log);
  const kept = curves.map((curve) => ({
    curve,
    points: curve.points
      .filter(([x, y]) => (!xLog || x > 0) && (!yLog || y > 0))
      .sort(([one], [other]) => one - other),
  }));
  const x = [...new Set(kept.flatMap(({ points }) => points.map(([at]) => at)))].sort(
    (one, other) => one - other,
  );
  return {
    x,
    aligned: kept.map(({ curve, points }) => ({
      curve,
      values: x.map((at) => valueAt(points, at, curve.mark === "steps", xLog, yLog)),
    })),
  };
}

function valueAt(
  points: [number, number][],
  at: number,
  isStep: boolean,
  xLog: boolean,
  yLog: boolean,
): number | null {
  const index = points.findIndex(([x]) => x >= at);
  const above = points[index];
  if (above === undefined) return null;
  if (above[0] === at) return above[1];
  const below = points[index - 1];
  if (below === undefined) return null;
  if (isStep) return below[1];
  const [px, py] = [xLog ? Math.log : identity, yLog ? Math.log : identity];
  const part = (px(at) - px(below[0])) / (px(above[0]) - px(below[0]));
  const value = py(below[1]) + part * (py(above[1]) - py(below[1]));
  return yLog ? Math.exp(value) : value;
}

function identity(value: number): number {
  return value;
}

/** A figure in words: `1.12 % (0.48 – 2.00)`, as the documents have it. */
export function figureText(figure: Figure, locale: string): string {
  const { value, unit } = figure;
  const low = figure.low ?? null;
  const high = figure.high ?? null;
  const percent = unit === "share" ? 100 : 1;
  const write = (number: number) => written(number * percent, locale);
  const mark = unit === "share" ? " %" : (UNITS[unit] ?? ` ${unit}`);
  const interval = low !== null && high !== null ? ` (${write(low)} – ${write(high)})` : "";
  return `${write(value)}${mark}${interval}`;
}

const UNITS: Record<string, string> = { score: "", milliseconds: " ms", degrees: "°" };

/** Three digits, small numbers as `1.2·10⁻³`. */
function written(value: number, locale: string): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 0.01) return power(value, locale, 2);
  return value.toLocaleString(locale, {
    maximumSignificantDigits: size >= 1000 ? 21 : 3,
    maximumFractionDigits: 3,
  });
}
