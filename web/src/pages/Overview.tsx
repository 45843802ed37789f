import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { api } from "../api";
import { type Overview as Answer, type TrafficWindow, trafficWindows } from "../api/types";
import { Link } from "../components/Button";
import { Fetched } from "../components/Fetched";
import { Segments } from "../components/Field";
import { Card, Page } from "../components/Page";
import { Plot, type Series } from "../components/Plot";
import { Badge, Empty } from "../components/states";
import { type Column, Table } from "../components/Table";
import { format, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { pathOf } from "../lib/router";
import { dialectColour, dialectName, lengthOf, rate, type Steps, steps, total } from "../lib/traffic";
import { wordFor } from "../lib/words";
import { chooseAccount, role } from "../session";

/** How often what the server does now is asked for, in ms. */
const live = 5000;

export default function Overview() {
  const overview = useResource(api.overview, "overview", live);
  return (
    <Page title={t("nav.overview")}>
      <div class="stack">
        <Fetched from={overview} height={88}>
          {(now) => <Status overview={now} />}
        </Fetched>
        <TrafficPlots />
        {overview.value && (
          <>
            <div class="grid">
              <Galleries overview={overview.value} />
              <Capabilities overview={overview.value} />
            </div>
            <Models overview={overview.value} />
          </>
        )}
      </div>
    </Page>
  );
}

function Status({ overview }: { overview: Answer }) {
  const { queue, index, totals } = overview;
  return (
    <dl class="tiles">
      <Tile label={t("overview.state")} note={t("overview.since", { when: format.ago(overview.started_at) })}>
        <Badge tone={overview.ready ? "good" : "bad"}>
          {t(overview.ready ? "overview.ready" : "overview.not_ready")}
        </Badge>
      </Tile>
      <Tile
        label={t("overview.queue")}
        note={t("overview.queue_note", { running: queue.running, capacity: queue.capacity })}
      >
        {t("overview.waiting", { count: queue.waiting })}
      </Tile>
      <Tile
        label={t("overview.faces")}
        note={
          index.lag_changes === undefined
            ? t("overview.indexed", { count: index.faces })
            : index.lag_changes > 0
              ? t("overview.lag", { count: index.lag_changes })
              : t("overview.index_current")
        }
      >
        {format.number(totals.faces)}
      </Tile>
      <Tile label={t("overview.galleries")} note={t("overview.in_accounts", { count: totals.accounts })}>
        {format.number(totals.galleries)}
      </Tile>
      <Tile
        label={t("overview.version")}
        note={overview.node ? t("overview.node", { node: overview.node }) : ""}
      >
        {overview.version}
      </Tile>
    </dl>
  );
}

function Tile({ label, note, children }: { label: string; note: string; children: ComponentChildren }) {
  return (
    <div class="tile">
      <dt>{label}</dt>
      <dd class="tile-value number">{children}</dd>
      <dd class="tile-note">{note}</dd>
    </div>
  );
}

function TrafficPlots() {
  const [window, setWindow] = useState<TrafficWindow>("10m");
  const [dialect, setDialect] = useState("");
  const { value, error, loading, reload } = useResource(
    (signal) => api.traffic(window, signal),
    window,
    window === "10m" ? live : 60_000,
  );
  const data = useMemo(() => value && steps(value), [value]);
  return (
    <section class="stack" aria-label={t("overview.traffic")} aria-busy={loading && !value}>
      <div class="row spread">
        <h2>{t("overview.traffic")}</h2>
        <div class="row">
          <Segments
            label={t("overview.window")}
            value={window}
            onChange={setWindow}
            options={trafficWindows.map((one) => ({ value: one, label: t(`window.${one}`) }))}
          />
        </div>
      </div>
      <Fetched from={{ value: data, error, reload }} height={560}>
        {(read) => <Plots data={read} dialect={dialect} onDialect={setDialect} />}
      </Fetched>
    </section>
  );
}

function Plots({
  data,
  dialect,
  onDialect,
}: {
  data: Steps;
  dialect: string;
  onDialect: (dialect: string) => void;
}) {
  const shown = useMemo(
    () => (dialect ? { ...data, series: data.series.filter((one) => one.dialect === dialect) } : data),
    [data, dialect],
  );
  const requests = useMemo(() => requestSeries(data), [data]);
  const outcomes = useMemo(() => outcomeSeries(shown), [shown]);
  const latency = useMemo(() => latencySeries(shown), [shown]);
  const xRange: readonly [number, number] = [data.x[0] ?? 0, (data.x.at(-1) ?? 0) + data.step];
  const axes = { x: data.x, xRange };
  const perSecond = (value: number) => `${format.number(value)}/s`;
  const quiet = total(data, "count") === 0;
  const options = [
    { value: "", label: t("overview.all_dialects") },
    ...data.series.map((one) => ({ value: one.dialect, label: dialectName(one.dialect) })),
  ];
  return (
    <div class="stack">
      <Card title={t("overview.requests")} actions={<Total data={data} />}>
        {quiet ? (
          <Empty icon="overview" title={t("overview.quiet")}>
            {t("overview.quiet_text")}
          </Empty>
        ) : (
          <Plot title={t("overview.requests")} {...axes} series={requests} formatY={perSecond} />
        )}
      </Card>
      {!quiet && (
        <>
          <Segments label={t("overview.dialect")} value={dialect} options={options} onChange={onDialect} />
          <div class="grid">
            <Card title={t("overview.outcomes")}>
              <Plot title={t("overview.outcomes")} {...axes} series={outcomes} formatY={perSecond} />
            </Card>
            <Card title={t(shown.series.length === 1 ? "overview.latency" : "overview.latency_p95")}>
              <Plot title={t("overview.latency")} {...axes} series={latency} formatY={format.milliseconds} />
            </Card>
          </div>
        </>
      )}
    </div>
  );
}

function Total({ data }: { data: Steps }) {
  const all = total(data, "count");
  const failed = total(data, "server_error") + total(data, "refused");
  return (
    <span class="soft number">
      {t("overview.total", { count: all })}
      {all > 0 && ` · ${t("overview.failed", { share: format.percent(failed / all) })}`}
    </span>
  );
}

function requestSeries(data: Steps): Series[] {
  return data.series.map(({ dialect, points }) => ({
    label: dialectName(dialect),
    colour: dialectColour(dialect),
    values: points.map((point, index) => (point?.count ?? 0) / lengthOf(data, index)),
  }));
}

function outcomeSeries(data: Steps): Series[] {
  return [
    { label: t("outcome.ok"), colour: "good", values: rate(data, "ok"), fill: true },
    { label: t("outcome.client_error"), colour: "c2", values: rate(data, "client_error") },
    { label: t("outcome.refused"), colour: "c3", values: rate(data, "refused") },
    { label: t("outcome.server_error"), colour: "bad", values: rate(data, "server_error") },
  ];
}

/** Percentiles cannot be added up: all dialects show their 95th, a single one shows three. */
function latencySeries(data: Steps): Series[] {
  const only = data.series.length === 1 ? data.series[0] : undefined;
  if (!only) {
    return data.series.map(({ dialect, points }) => ({
      label: dialectName(dialect),
      colour: dialectColour(dialect),
      values: points.map((point) => point?.p95_ms ?? null),
    }));
  }
  const percentile = (label: string, key: "p50_ms" | "p95_ms" | "p99_ms", colour: string): Series => ({
    label,
    colour,
    values: only.points.map((point) => point?.[key] ?? null),
  });
  return [
    percentile("p50", "p50_ms", "c1"),
    percentile("p95", "p95_ms", "c3"),
    percentile("p99", "p99_ms", "c5"),
  ];
}

function Galleries({ overview }: { overview: Answer }) {
  const most = Math.max(1, ...overview.galleries.map((one) => one.faces));
  return (
    <Card title={t("overview.biggest")}>
      {overview.galleries.length === 0 ? (
        <Empty icon="galleries" title={t("overview.no_galleries")}>
          {t("overview.no_galleries_text")}
        </Empty>
      ) : (
        <ol class="bars">
          {overview.galleries.map((one) => (
            <li key={`${one.account}/${one.gallery}`}>
              <span class="bar-name">
                {role.value === "auditor" ? (
                  one.gallery
                ) : (
                  <Link to={pathOf("galleries", one.gallery)} onClick={() => chooseAccount(one.account)}>
                    {one.gallery}
                  </Link>
                )}
                <span class="soft"> {one.account}</span>
              </span>
              <span class="number">
                {t("subjects.faces", { count: one.faces })} · {t("subjects.count", { count: one.subjects })}
              </span>
              <span class="bar" aria-hidden="true">
                <i style={{ width: `${(100 * one.faces) / most}%` }} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function Capabilities({ overview }: { overview: Answer }) {
  const { liveness, voice, attributes } = overview.capabilities;
  const rows = [
    [t("capability.attributes"), attributes],
    [t("capability.liveness"), liveness],
    [t("capability.voice"), voice],
    [t("capability.video"), overview.ffmpeg],
  ] as const;
  return (
    <Card title={t("overview.capabilities")}>
      <dl class="facts">
        {rows.map(([name, here]) => (
          <>
            <dt>{name}</dt>
            <dd>
              <Badge tone={here ? "good" : "neutral"}>
                {t(here ? "capability.here" : "capability.missing")}
              </Badge>
            </dd>
          </>
        ))}
      </dl>
      {!overview.ffmpeg && <p class="hint">{t("capability.no_ffmpeg")}</p>}
    </Card>
  );
}

const modelColumns: () => Column<Answer["models"][number]>[] = () => [
  { key: "task", label: t("models.task"), cell: (model) => wordFor("task", model.task) },
  { key: "name", label: t("models.name"), cell: (model) => model.name },
  { key: "licence", label: t("models.licence"), cell: (model) => model.licence },
  {
    key: "bytes",
    label: t("models.size"),
    number: true,
    cell: (model) => (model.bytes === undefined ? "–" : format.bytes(model.bytes)),
  },
  {
    key: "digest",
    label: t("models.digest"),
    cell: (model) => (
      <code title={model.digest} class="digest">
        {model.digest.replace(/^sha256:/, "").slice(0, 12)}…
      </code>
    ),
  },
];

function Models({ overview }: { overview: Answer }) {
  return (
    <Card title={t("overview.models")}>
      <Table
        label={t("overview.models")}
        columns={modelColumns()}
        rows={overview.models}
        rowKey={(model) => `${model.task} ${model.name}`}
      />
    </Card>
  );
}
