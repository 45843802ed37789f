import { useMemo, useState } from "preact/hooks";
import type { Report } from "../../api/analysis";
import { Select } from "../../components/Field";
import { Card } from "../../components/Page";
import { Plot, type Series } from "../../components/Plot";
import { Empty } from "../../components/states";
import { Table } from "../../components/Table";
import { align, figureText, groupCurves, type PlotGroup } from "../../lib/curves";
import { format, language, t } from "../../lib/i18n";
import { wordFor } from "../../lib/words";

/** Results of evaluations: figures with their intervals, and plots. */
export function Reports({ reports }: { reports: Report[] }) {
  const tasks = [...new Set(reports.map((report) => report.task))];
  const packs = [...new Set(reports.map((report) => report.pack))];
  const [task, setTask] = useState("");
  const [pack, setPack] = useState("");
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
  const shown = reports.filter(
    (report) => report.task === shownTask && (pack === "" || report.pack === pack),
  );
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
            label={t("accuracy.pack")}
            value={pack}
            options={[
              { value: "", label: t("accuracy.all_packs") },
              ...packs.map((one) => ({ value: one, label: one })),
            ]}
            onChange={setPack}
          />
        </div>
        <p class="hint">{t("accuracy.intervals")}</p>
      </Card>
      {shown.length === 0 && <Empty icon="accuracy" title={t("accuracy.none_of_pack")} />}
      {shown.map((report) => (
        <OneReport key={`${report.pack} ${report.task} ${report.dataset}`} report={report} />
      ))}
    </>
  );
}

/** Figures beyond this number are unfolded on demand. */
const FIRST_FIGURES = 8;

function OneReport({ report }: { report: Report }) {
  const groups = useMemo(() => groupCurves(report.curves), [report]);
  const [first, rest] = [report.figures.slice(0, FIRST_FIGURES), report.figures.slice(FIRST_FIGURES)];
  return (
    <Card title={`${report.dataset} · ${report.pack}`}>
      <div class="stack">
        {report.summary && <p class="report-summary">{report.summary}</p>}
        <FigureTable figures={first} />
        {rest.length > 0 && (
          <details class="more-fields">
            <summary>{t("accuracy.more_figures", { count: rest.length })}</summary>
            <FigureTable figures={rest} />
          </details>
        )}
        {groups.length > 0 && (
          <div class="grid">
            {groups.map((group) => (
              <CurvePlot key={group.key} group={group} />
            ))}
          </div>
        )}
        {report.made_at && <p class="hint">{t("accuracy.made", { date: format.date(report.made_at) })}</p>}
      </div>
    </Card>
  );
}

function FigureTable({ figures }: { figures: Report["figures"] }) {
  return (
    <Table
      label={t("accuracy.figures")}
      rows={figures}
      rowKey={(figure) => figure.name}
      columns={[
        { key: "name", label: t("accuracy.measure"), cell: (figure) => figure.name },
        {
          key: "value",
          label: t("accuracy.value"),
          number: true,
          cell: (figure) => figureText(figure, language.value),
        },
      ]}
    />
  );
}

const COLOURS = ["c1", "c2", "c3", "c4", "c5"];

function CurvePlot({ group }: { group: PlotGroup }) {
  const { x, aligned } = useMemo(() => align(group.curves), [group]);
  const [curve] = group.curves;
  const series = useMemo((): Series[] => {
    let colour = 0;
    return aligned.map(({ curve: { name, mark }, values }) => {
      const isGuide = mark === "guide";
      const own = isGuide ? "c6" : (COLOURS[colour++ % COLOURS.length] ?? "c1");
      return { label: name, values, colour: own, dashed: isGuide };
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
        formatX={short}
        formatY={short}
        height={240}
      />
    </div>
  );
}

function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size < 0.001 ? value.toExponential(size < 1e-9 ? 0 : 1).replace(".0e", "e") : format.decimal(value);
}
