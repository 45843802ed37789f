import "uplot/dist/uPlot.min.css";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { format, language, locale, t } from "../lib/i18n";
import { lonely } from "../lib/series";
import { dark } from "../lib/theme";
import { Button } from "./Button";

export interface Series {
  label: string;
  values: readonly (number | null)[];
  /** A colour of the design tokens: `c1` to `c6`, `good`, `warn`, `bad`. */
  colour: string;
  fill?: boolean;
  dashed?: boolean;
}

export interface PlotProps {
  /** What is shown, for screen readers and above the table. */
  title: string;
  /** Seconds since 1970 where `xScale` is `time`. Ascending. */
  x: readonly number[];
  series: readonly Series[];
  xScale?: "time" | "linear" | "log";
  yScale?: "linear" | "log";
  xLabel?: string;
  yLabel?: string;
  formatX?: (value: number) => string;
  formatY?: (value: number) => string;
  height?: number;
  xRange?: readonly [number, number];
  yRange?: readonly [number, number];
  /** A vertical line: a threshold, or the playhead. */
  marker?: number | null;
  /** Called with the place on the x axis that was clicked. */
  onSeek?: (x: number) => void;
}

/** Lines over one axis, in the colours of the theme, with a legend that follows the pointer and a table. */
export function Plot(props: PlotProps) {
  const { title, x, series, height = 200, xScale = "time", marker = null } = props;
  const formatX =
    props.formatX ??
    (xScale === "time" ? (value: number) => format.dateTime(new Date(value * 1000)) : format.number);
  const formatY = props.formatY ?? format.number;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const markerAt = useRef(marker);
  markerAt.current = marker;
  const latest = useRef(props);
  latest.current = props;
  const [at, setAt] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const data = useMemo(
    () => [x, ...series.map((one) => one.values)] as unknown as uPlot.AlignedData,
    [x, series],
  );
  const shape = [
    dark.value,
    language.value,
    height,
    xScale,
    props.yScale,
    props.xLabel,
    props.yLabel,
    props.xRange?.join(),
    props.yRange?.join(),
    ...series.map((one) => `${one.label}${one.colour}${one.fill}${one.dashed}`),
  ].join("|");

  useEffect(() => {
    const target = box.current;
    if (!target || asTable) return;
    const made = new uPlot(options(target, latest, setAt, markerAt, formatX, formatY), data, target);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      if (target.clientWidth > 0 && target.clientWidth !== made.width)
        made.setSize({ width: target.clientWidth, height });
    });
    observer.observe(target);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, asTable]);

  useEffect(() => plot.current?.setData(data), [data]);
  useEffect(() => plot.current?.redraw(false), [marker]);

  return (
    <figure class="plot">
      <figcaption class="plot-legend">
        <span class="visually-hidden">{title}</span>
        <span class="legend-items">
          {series.filter(hasLabel).map((one) => (
            <span key={one.label} class="legend-item">
              <i
                class={one.dashed ? "dashed" : ""}
                style={{ color: `var(--${one.colour})` }}
                aria-hidden="true"
              />
              {one.label}
              <span class="legend-value" aria-hidden="true">
                {at === null ? "" : shown(one.values[at], formatY)}
              </span>
            </span>
          ))}
          <span class="legend-x" aria-hidden="true">
            {at === null || x[at] === undefined ? "" : formatX(x[at])}
          </span>
        </span>
        <Button small kind="quiet" pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {t("plot.table")}
        </Button>
      </figcaption>
      {asTable ? (
        <PlotTable {...props} formatX={formatX} formatY={formatY} height={height} />
      ) : (
        <div
          ref={box}
          class="plot-area"
          role="img"
          aria-label={summary(title, series, formatY)}
          style={{ height: `${height}px` }}
        />
      )}
    </figure>
  );
}

function PlotTable(props: PlotProps & Required<Pick<PlotProps, "formatX" | "formatY" | "height">>) {
  const { title, x, series, xScale, xLabel, formatX, formatY, height } = props;
  const rows = xScale === "time" || xScale === undefined ? [...x.keys()].reverse() : [...x.keys()];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
    <section class="plot-table" style={{ height: `${height}px` }} tabIndex={0} aria-label={title}>
      <table class="table compact">
        <thead>
          <tr>
            <th scope="col">{xLabel ?? t("plot.time")}</th>
            {series.map((one) => (
              <th key={one.label} scope="col" class="number">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, 500).map((index) => (
            <tr key={index}>
              <th scope="row">{formatX(x[index] ?? 0)}</th>
              {series.map((one) => (
                <td key={one.label} class="number">
                  {shown(one.values[index], formatY)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function shown(value: number | null | undefined, formatY: (value: number) => string): string {
  return value === null || value === undefined ? "–" : formatY(value);
}

function summary(title: string, series: readonly Series[], formatY: (value: number) => string): string {
  const parts = series.filter(hasLabel).map((one) => {
    const known = one.values.filter((value): value is number => value !== null);
    return known.length === 0
      ? `${one.label}: –`
      : t("plot.range", {
          label: one.label,
          from: formatY(Math.min(...known)),
          to: formatY(Math.max(...known)),
          last: formatY(known.at(-1) ?? 0),
        });
  });
  return `${title}. ${parts.join("; ")}`;
}

/** A line without a label belongs to the one before it: the other end of an interval. */
function hasLabel(one: Series): boolean {
  return one.label !== "";
}

function options(
  target: HTMLElement,
  latest: { current: PlotProps },
  setAt: (index: number | null) => void,
  marker: { current: number | null },
  formatX: (value: number) => string,
  formatY: (value: number) => string,
): uPlot.Options {
  const {
    series,
    xScale = "time",
    yScale = "linear",
    xLabel,
    yLabel,
    xRange,
    yRange,
    height = 200,
  } = latest.current;
  const colour = (name: string, share = 100) =>
    resolved(target, `color-mix(in srgb, var(--${name}) ${share}%, transparent)`);
  const text = colour("text");
  const font = `11px ${getComputedStyle(target).fontFamily}`;
  const axis = {
    stroke: colour("text-soft"),
    font,
    labelFont: font,
    ticks: { show: false },
    labelSize: 18,
    labelGap: 0,
  };
  const grid = { stroke: colour("line"), width: 1 };
  return {
    width: target.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: {
      x: {
        time: xScale === "time",
        ...(xScale === "log" ? { distr: 3 } : {}),
        ...(xRange ? { range: [...xRange] } : {}),
      },
      y:
        yScale === "log"
          ? { distr: 3, ...(yRange ? { range: [...yRange] } : {}) }
          : { range: yRange ? [...yRange] : fromZero },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        ...(xLabel ? { label: xLabel } : {}),
        ...(xScale === "time"
          ? timeAxis()
          : { values: written(formatX), ...(xScale === "log" ? POWERS : {}) }),
      },
      {
        ...axis,
        grid,
        size: (_plot, values) =>
          14 + 6.2 * Math.max(3, ...(values ?? []).map((value) => (value ?? "").length)),
        values: written(formatY),
        ...(yScale === "log" ? POWERS : {}),
        ...(yLabel ? { label: yLabel } : {}),
      },
    ],
    series: [
      {},
      ...series.map((one) => ({
        label: one.label,
        stroke: colour(one.colour),
        width: 1.5,
        ...(one.fill ? { fill: colour(one.colour, 15) } : {}),
        ...(one.dashed ? { dash: [5, 4] } : {}),
        points: {
          size: 4,
          show: one.values.length < 3,
          // uPlot wants null where all points are drawn, or only the line.
          filter: (_plot: uPlot, _index: number, shown: boolean) => (shown ? null : lonely(one.values)),
        },
        spanGaps: false,
      })),
    ],
    hooks: {
      setCursor: [(self) => setAt(self.cursor.idx ?? null)],
      draw: [(self) => drawMarker(self, marker.current, text)],
      ready: [
        (self) =>
          self.over.addEventListener("click", () => {
            const left = self.cursor.left ?? -1;
            if (left >= 0) latest.current.onSeek?.(self.posToVal(left, "x"));
          }),
      ],
    },
  };
}

/** A colour as a canvas takes it: there, variables and colours that depend on the theme have no meaning. */
function resolved(element: HTMLElement, colour: string): string {
  const before = element.style.color;
  element.style.color = colour;
  const shown = getComputedStyle(element).color;
  element.style.color = before;
  return shown;
}

function written(format: (value: number) => string): uPlot.Axis.DynamicValues {
  return (_plot, splits) => splits.map((value) => (value === null ? "" : format(value)));
}

/** Of a logarithmic axis only the powers of ten have lines and labels. */
const POWERS: Partial<uPlot.Axis> = {
  splits: (_plot, _axis, low, high) => {
    const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const step = Math.max(1, Math.ceil((to - from) / 8));
    return Array.from(
      { length: Math.floor((to - from) / step) + 1 },
      (_, index) => 10 ** (from + index * step),
    );
  },
};

function timeAxis(): Partial<uPlot.Axis> {
  return {
    space: 80,
    values: (_plot, splits, _axis, _space, step) =>
      splits.map((at) => {
        const date = new Date(at * 1000);
        if (step >= 86_400) return date.toLocaleDateString(locale.value, { day: "numeric", month: "short" });
        const clock: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
        if (step < 60) clock.second = "2-digit";
        return date.toLocaleTimeString(locale.value, clock);
      }),
  };
}

/** From zero to a bit above the highest value. */
function fromZero(_plot: uPlot, _low: number | null, high: number | null): uPlot.Range.MinMax {
  return [0, high && high > 0 ? high * 1.1 : 1];
}

function drawMarker(self: uPlot, marker: number | null, colour: string): void {
  if (marker === null) return;
  const x = Math.round(self.valToPos(marker, "x", true));
  const { left, top, width, height } = self.bbox;
  if (x < left || x > left + width) return;
  self.ctx.save();
  self.ctx.strokeStyle = colour;
  self.ctx.lineWidth = devicePixelRatio;
  self.ctx.beginPath();
  self.ctx.moveTo(x, top);
  self.ctx.lineTo(x, top + height);
  self.ctx.stroke();
  self.ctx.restore();
}
