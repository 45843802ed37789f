import { useMemo, useState } from "preact/hooks";
import type { Figure, Report } from "../../api/analysis";
import { Code } from "../../components/Code";
import { Select } from "../../components/Field";
import { Card } from "../../components/Page";
import { Plot, type Series } from "../../components/Plot";
import { Badge, Empty, Notice } from "../../components/states";
import { Table } from "../../components/Table";
import { align, figureText, groupCurves, type PlotGroup, withIntervals } from "../../lib/curves";
import { format, locale, t } from "../../lib/i18n";
import { power, withNumbers } from "../../lib/powers";
import { wordFor } from "../../lib/words";

/** Results of evaluations: one data set at a time, the packs beside each other. */
export function Reports({ reports, unreadable }: { reports: Report[]; unreadable: string[] }) {
  const tasks = [...new Set(reports.map((report) => report.task))].sort(byOrder);
  const [task, setTask] = useState("");
  const [dataset, setDataset] = useState("");
  if (reports.length === 0) {
    return (
      <Card>
        <Empty icon="accuracy" title={t("accuracy.no_reports")}>
          {t("accuracy.no_reports_text")}
        </Empty>
      </Card>
    );
  }
  const shownTask = tasks.includes(task) ? task : (tasks[0] ?? "");
  const ofTask = reports.filter((report) => report.task === shownTask);
  const datasets = [...new Set(ofTask.map((report) => report.dataset))];
  const shownData = datasets.includes(dataset) ? dataset : (datasets[0] ?? "");
  const shown = ofTask.filter((report) => report.dataset === shownData);
  return (
    <>
      <Card>
        <div class="form-grid">
          <Select
            label={t("accuracy.task")}
            value={shownTask}
            options={tasks.map((one) => ({ value: one, label: wordFor("task", one) }))}
            onChange={setTask}
          />
          <Select
            label={t("accuracy.data")}
            value={shownData}
            options={datasets.map((one) => ({ value: one, label: one }))}
            onChange={setDataset}
          />
        </div>
      </Card>
      {unreadable.length > 0 && (
        <Notice kind="bad">{t("accuracy.unreadable", { names: unreadable.join(", ") })}</Notice>
      )}
      <Figures reports={shown} />
      {shown.map((report) => (
        <Curves key={`${report.pack} ${report.dataset}`} report={report} />
      ))}
    </>
  );
}

/** What most people look for first; other tasks follow by name. */
const ORDER = ["verify", "identify", "pad", "voice", "detect", "attributes", "quality", "cluster"];

function byOrder(one: string, other: string): number {
  const rank = (task: string) => (ORDER.includes(task) ? ORDER.indexOf(task) : ORDER.length);
  return rank(one) - rank(other) || one.localeCompare(other);
}

/** Figures beyond this number are unfolded on demand. */
const FIRST_FIGURES = 10;

function Figures({ reports }: { reports: Report[] }) {
  const names = [...new Set(reports.flatMap((report) => report.figures.map((figure) => figure.name)))];
  const rest = names.slice(FIRST_FIGURES);
  const [first] = reports;
  return (
    <Card
      title={t("accuracy.figures")}
      actions={first && !first.published ? <Badge>{t("accuracy.own")}</Badge> : undefined}
    >
      <div class="stack">
        <p class="report-summary">
          {first?.summary && `${withNumbers(first.summary, locale.value)}.`}{" "}
          {first?.licence && t("accuracy.licence_of_data", { licence: first.licence })}
        </p>
        <FigureTable names={names.slice(0, FIRST_FIGURES)} reports={reports} />
        {rest.length > 0 && (
          <details class="more-fields">
            <summary>{t("accuracy.more_figures", { count: rest.length })}</summary>
            <FigureTable names={rest} reports={reports} />
          </details>
        )}
        <p class="hint">{t("accuracy.intervals")}</p>
        <details class="more-fields">
          <summary>{t("accuracy.repeat")}</summary>
          <Code label={t("accuracy.repeat")}>{reports.map((report) => report.command).join("\n")}</Code>
        </details>
      </div>
    </Card>
  );
}

function FigureTable({ names, reports }: { names: string[]; reports: Report[] }) {
  const find = (report: Report, name: string): Figure | undefined =>
    report.figures.find((figure) => figure.name === name);
  return (
    <Table
      label={t("accuracy.figures")}
      rows={names}
      rowKey={(name) => name}
      columns={[
        { key: "name", label: t("accuracy.measure"), cell: (name) => withNumbers(name, locale.value) },
        ...reports.map((report) => ({
          key: report.pack,
          label: report.pack,
          number: true,
          cell: (name: string) => {
            const figure = find(report, name);
            return figure === undefined ? "–" : figureText(figure, locale.value);
          },
        })),
      ]}
    />
  );
}

function Curves({ report }: { report: Report }) {
  const groups = useMemo(() => groupCurves(report.curves), [report]);
  if (groups.length === 0) return null;
  return (
    <Card title={t("accuracy.of_pack", { pack: report.pack })}>
      <div class="curves">
        {groups.map((group) => (
          <CurvePlot key={group.key} group={group} />
        ))}
      </div>
    </Card>
  );
}

const COLOURS = ["c1", "c2", "c3", "c4", "c5"];

function CurvePlot({ group }: { group: PlotGroup }) {
  const { x, aligned } = useMemo(() => align(withIntervals(group.curves, t("accuracy.interval"))), [group]);
  const [curve] = group.curves;
  const series = useMemo((): Series[] => {
    const solid = aligned.filter(({ curve: { mark } }) => mark !== "guide").map(({ curve: one }) => one);
    return aligned.map(({ curve: one, values }) => {
      const at = solid.indexOf(one);
      const colour = at < 0 ? "c6" : (COLOURS[at % COLOURS.length] ?? "c1");
      return { label: one.name, values, colour, dashed: at < 0 };
    });
  }, [aligned]);
  if (!curve || x.length === 0) return null;
  const xLog = group.curves.some((one) => one.x_log);
  const yLog = group.curves.some((one) => one.y_log);
  return (
    <div class="curve">
      <h3>{group.title}</h3>
      <Plot
        title={group.title}
        x={x}
        series={series}
        xScale={xLog ? "log" : "linear"}
        yScale={yLog ? "log" : "linear"}
        xLabel={curve.x_label}
        yLabel={curve.y_label}
        formatX={xLog ? rate : short}
        formatY={yLog ? rate : short}
        height={240}
      />
    </div>
  );
}

function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 0.001) return format.decimal(Number(value.toPrecision(4)));
  return power(value, locale.value, 2);
}

/** The same for logarithmic axes, where neighbours are written alike. */
function rate(value: number): string {
  return value >= 0.1 ? short(value) : power(value, locale.value, 2);
}
