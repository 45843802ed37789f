import { useMemo, useState } from "preact/hooks";
import { api } from "../api";
import { analysis, type Camera, type HistoryEvent, type HistoryFilter, type Person } from "../api/analysis";
import { Button, Link } from "../components/Button";
import { DateField } from "../components/DateField";
import { FetchedList } from "../components/Fetched";
import { Field, Segments, Select } from "../components/Field";
import { Card, Page } from "../components/Page";
import { Badge, Empty } from "../components/states";
import { format, t } from "../lib/i18n";
import { localTime, utcTime } from "../lib/moments";
import { usePaged, useResource } from "../lib/resource";
import { navigate, pathOf, query } from "../lib/router";
import { account } from "../session";
import { cameraName } from "./Cameras";

/** Who was seen where: events with their best shots, and the people they are of. */
export default function History() {
  const mode = query.value.get("show") === "persons" ? "persons" : "events";
  return (
    <Page title={t("history.title")} lead={t("history.lead")}>
      <div class="stack">
        <Segments
          label={t("history.show")}
          value={mode}
          options={[
            { value: "events", label: t("history.events") },
            { value: "persons", label: t("history.persons") },
          ]}
          onChange={(next) =>
            navigate(next === "persons" ? "/history?show=persons" : "/history", { replace: true })
          }
        />
        {mode === "events" ? <Events /> : <Persons />}
      </div>
    </Page>
  );
}

/** Cameras by their ids, for their names. */
export function useCameras(name: string): ReadonlyMap<string, Camera> {
  const list = useResource((signal) => analysis.cameras.list(name, undefined, signal), name);
  return useMemo(() => new Map((list.value?.items ?? []).map((camera) => [camera.id, camera])), [list.value]);
}

const FILTERS = ["person", "camera", "from", "to", "friend"] as const;

function filterOf(parameters: URLSearchParams): HistoryFilter {
  return Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = parameters.get(name);
      return value ? [[name, value]] : [];
    }),
  );
}

function Events() {
  const name = account.value ?? "";
  const filter = filterOf(query.value);
  const cameras = useCameras(name);
  const key = `${name} ${JSON.stringify(filter)}`;
  const list = usePaged((cursor, signal) => analysis.history.events(name, filter, cursor, signal), key);
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      <Filters filter={filter} cameras={[...cameras.values()]} />
      <FetchedList from={list} height={240}>
        {list.items.length === 0 ? (
          <Card>
            <Empty icon="history" title={t(isFiltered ? "history.none_found" : "history.none")}>
              {t(isFiltered ? "history.none_found_text" : "history.none_text")}
            </Empty>
          </Card>
        ) : (
          <EventGrid account={name} events={list.items} cameras={cameras} />
        )}
      </FetchedList>
    </>
  );
}

function Filters({ filter, cameras }: { filter: HistoryFilter; cameras: Camera[] }) {
  // What is no date is in the fields only.
  const [cleared, setCleared] = useState(0);
  const change = (name: (typeof FILTERS)[number], value: string) => {
    const parameters = new URLSearchParams(filter as Record<string, string>);
    if (value === "") parameters.delete(name);
    else parameters.set(name, value);
    navigate(parameters.size > 0 ? `/history?${parameters}` : "/history", { replace: true });
  };
  const known = cameras.map((camera) => ({ value: camera.id, label: cameraName(camera) }));
  const isStrange = filter.camera !== undefined && !cameras.some((camera) => camera.id === filter.camera);
  const id = filter.camera ?? "";
  const strange = isStrange ? [{ value: id, label: cameraName({ id, meta: "" }) }] : [];
  return (
    <Card class="history-filters">
      <div class="form-grid five">
        <Select
          label={t("history.camera")}
          value={filter.camera ?? ""}
          options={[{ value: "", label: t("history.any_camera") }, ...known, ...strange]}
          onChange={(value) => change("camera", value)}
        />
        <Field
          label={t("history.person")}
          value={filter.person ?? ""}
          placeholder={t("history.any_person")}
          onInput={(value) => change("person", value.replace(/\D/g, ""))}
        />
        <DateField
          key={`from ${cleared}`}
          label={t("history.from")}
          kind="minute"
          value={localTime(filter.from)}
          onInput={(value) => change("from", utcTime(value))}
        />
        <DateField
          key={`to ${cleared}`}
          label={t("history.to")}
          kind="minute"
          isEnd
          value={localTime(filter.to)}
          onInput={(value) => change("to", utcTime(value && `${value}:59.999`))}
        />
        <Select
          label={t("history.friend")}
          value={filter.friend ?? ""}
          options={[
            { value: "", label: t("history.everyone") },
            { value: "true", label: t("history.friends") },
            { value: "false", label: t("history.others") },
          ]}
          onChange={(value) => change("friend", value)}
        />
      </div>
      {Object.keys(filter).length > 0 && (
        <div class="row">
          <Button
            small
            onClick={() => {
              setCleared(cleared + 1);
              navigate("/history", { replace: true });
            }}
          >
            {t("history.clear")}
          </Button>
        </div>
      )}
    </Card>
  );
}

export function personName(person: { id: string; name: string }): string {
  return person.name === "" ? t("history.person_number", { id: person.id }) : person.name;
}

export function EventGrid({
  account: name,
  events,
  cameras,
  withPerson = true,
}: {
  account: string;
  events: readonly HistoryEvent[];
  cameras: ReadonlyMap<string, Camera>;
  withPerson?: boolean;
}) {
  return (
    <ul class="shots">
      {events.map((event) => {
        const camera = event.camera === null ? undefined : cameras.get(event.camera);
        return (
          <li key={event.face} class="shot">
            <img src={api.faces.thumbnail(name, event.face)} alt={t("history.best_shot")} loading="lazy" />
            <div class="shot-text">
              {withPerson && event.person !== null && (
                <p class="row spread">
                  <Link to={pathOf("persons", event.person)}>
                    {personName({ id: event.person, name: event.subject })}
                  </Link>
                  {event.friend && <Badge tone="good">{t("history.is_friend")}</Badge>}
                </p>
              )}
              <p>
                <time dateTime={event.at} title={format.dateTime(event.at)}>
                  {format.minute(event.at)}
                </time>
              </p>
              <p class="hint">
                {event.camera === null ? "" : cameraName(camera ?? { id: event.camera, meta: "" })}
              </p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function Persons() {
  const name = account.value ?? "";
  const list = usePaged(
    (cursor, signal) => analysis.history.persons(name, cursor, signal),
    `persons ${name}`,
  );
  return (
    <FetchedList from={list} height={240}>
      {list.items.length === 0 ? (
        <Card>
          <Empty icon="operators" title={t("history.no_persons")}>
            {t("history.none_text")}
          </Empty>
        </Card>
      ) : (
        <ul class="shots">
          {list.items.map((person) => (
            <PersonShot key={person.id} account={name} person={person} />
          ))}
        </ul>
      )}
    </FetchedList>
  );
}

function PersonShot({ account: name, person }: { account: string; person: Person }) {
  return (
    <li class="shot">
      {person.face === null ? (
        <span class="no-shot" />
      ) : (
        <img src={api.faces.thumbnail(name, person.face)} alt={t("history.best_shot")} loading="lazy" />
      )}
      <div class="shot-text">
        <p>
          <Link to={pathOf("persons", person.id)}>{personName(person)}</Link>
        </p>
        <p>{t("history.seen_times", { count: person.events })}</p>
        {person.last_at !== null && (
          <p class="hint">{t("history.last_seen", { ago: format.ago(person.last_at) })}</p>
        )}
      </div>
    </li>
  );
}
