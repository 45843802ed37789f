import { api } from "../api";
import { analysis, type Camera, type PersonDetail } from "../api/analysis";
import { Link } from "../components/Button";
import { Fetched, FetchedList } from "../components/Fetched";
import { Card, Page } from "../components/Page";
import { format, t } from "../lib/i18n";
import { usePaged, useResource } from "../lib/resource";
import type { PageParameters } from "../pages";
import { account } from "../session";
import { cameraName } from "./Cameras";
import { EventGrid, personName, useCameras } from "./History";

/** One person of the history: when and where they were seen. */
export default function PersonPage({ parameters }: PageParameters) {
  const name = account.value ?? "";
  const id = parameters.person ?? "";
  const person = useResource((signal) => analysis.history.person(name, id, signal), `${name}/${id}`);
  const events = usePaged(
    (cursor, signal) => analysis.history.events(name, { person: id }, cursor, signal),
    `events ${name}/${id}`,
  );
  const cameras = useCameras(name);
  return (
    <Page
      title={person.value ? personName(person.value) : t("history.person_number", { id })}
      trail={[
        { title: t("history.title"), to: "/history" },
        { title: t("history.persons"), to: "/history?show=persons" },
      ]}
    >
      <div class="stack">
        <Fetched from={person}>
          {(known) => <Summary account={name} person={known} cameras={cameras} />}
        </Fetched>
        <Card title={t("history.events")}>
          <FetchedList from={events} height={240}>
            <EventGrid account={name} events={events.items} cameras={cameras} withPerson={false} />
          </FetchedList>
        </Card>
      </div>
    </Page>
  );
}

function Summary({
  account: name,
  person,
  cameras,
}: {
  account: string;
  person: PersonDetail;
  cameras: ReadonlyMap<string, Camera>;
}) {
  return (
    <Card>
      <div class="person-head">
        {person.face !== null && (
          <img src={api.faces.thumbnail(name, person.face)} alt={t("history.best_shot")} />
        )}
        <dl class="facts">
          <dt>{t("history.person")}</dt>
          <dd class="number">{person.id}</dd>
          <dt>{t("history.events")}</dt>
          <dd class="number">{format.number(person.events)}</dd>
          <dt>{t("history.first_seen")}</dt>
          <dd>{person.first_at === null ? "–" : format.dateTime(person.first_at)}</dd>
          <dt>{t("history.last_seen_at")}</dt>
          <dd>{person.last_at === null ? "–" : format.dateTime(person.last_at)}</dd>
          {person.cameras.length > 0 && (
            <>
              <dt>{t("cameras.title")}</dt>
              <dd>
                <ul class="row">
                  {person.cameras.map(({ camera, events }) => {
                    const known = cameras.get(camera);
                    return (
                      <li key={camera}>
                        <Link to={`/history?${new URLSearchParams({ camera, person: person.id })}`}>
                          {cameraName(known ?? { id: camera, meta: "" })}
                        </Link>
                        <span class="hint"> ({format.number(events)})</span>
                      </li>
                    );
                  })}
                </ul>
              </dd>
            </>
          )}
        </dl>
      </div>
    </Card>
  );
}
