import { useMemo, useState } from "preact/hooks";
import { Fetched } from "../components/Fetched";
import { Select } from "../components/Field";
import { Card, Page } from "../components/Page";
import { Empty } from "../components/states";
import { errorText } from "../lib/errors";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { navigate, query } from "../lib/router";
import { send } from "../sandbox/answer";
import { credentialsOf, DIALECTS, type Dialect, isFile, isPicture, shownFields } from "../sandbox/dialects";
import { type BodyType, type Endpoint, type Field, readDocument } from "../sandbox/openapi";
import { buildRequest, problemOf, type Values } from "../sandbox/request";
import { CallForm } from "./sandbox/CallForm";
import { CredentialsCard } from "./sandbox/CredentialsCard";
import { PhotoMarks, type SentPhoto } from "./sandbox/PhotoMarks";
import { RequestView } from "./sandbox/RequestView";
import { type Outcome, ResponseView, ShortAnswer } from "./sandbox/ResponseView";
import { credentials, filled, lastPhoto, readOpenApi } from "./sandbox/state";

/** Every endpoint of every dialect, to be tried. */
export default function Sandbox() {
  const dialect = DIALECTS.find((one) => one.key === query.value.get("dialect")) ?? DIALECTS[0];
  if (!dialect) return null;
  return <DialectSandbox key={dialect.key} dialect={dialect} />;
}

function show(dialect: string, endpoint?: string): void {
  const parameters = new URLSearchParams({ dialect, ...(endpoint ? { call: endpoint } : {}) });
  navigate(`/sandbox?${parameters}`, { replace: true });
}

function DialectSandbox({ dialect }: { dialect: Dialect }) {
  const document = useResource(() => readOpenApi(dialect.document), dialect.document);
  const endpoints = useMemo(() => readDocument(document.value), [document.value]);
  const endpoint = endpoints.find((one) => one.id === query.value.get("call")) ?? endpoints[0];
  return (
    <Page title={t("sandbox.title")} lead={t("sandbox.lead")}>
      <div class="stack">
        <Card class="sandbox-call">
          <div class="form-grid">
            <Select
              label={t("sandbox.dialect")}
              value={dialect.key}
              options={DIALECTS.map(({ key, title }) => ({ value: key, label: title }))}
              onChange={(key) => show(key)}
            />
            <Select
              label={t("sandbox.endpoint")}
              value={endpoint?.id ?? ""}
              disabled={!endpoint}
              options={endpoints.map(({ id, summary }) => ({
                value: id,
                label: summary ? `${id} – ${summary}` : id,
              }))}
              onChange={(id) => show(dialect.key, id)}
            />
          </div>
          {endpoint && (endpoint.summary || endpoint.description) && (
            <p class="sandbox-summary">
              {endpoint.summary && <strong>{endpoint.summary}</strong>} {endpoint.description}
            </p>
          )}
        </Card>
        <Fetched from={document} height={320}>
          {() =>
            endpoint ? (
              <Call key={endpoint.id} dialect={dialect} endpoint={endpoint} />
            ) : (
              <Empty icon="sandbox" title={t("sandbox.no_endpoints")} />
            )
          }
        </Fetched>
      </div>
    </Page>
  );
}

function Call({ dialect, endpoint }: { dialect: Dialect; endpoint: Endpoint }) {
  const key = `${dialect.key} ${endpoint.id}`;
  const fields = useMemo(() => shownFields(dialect, endpoint), [dialect, endpoint]);
  const places = useMemo(() => credentialsOf(dialect, endpoint), [dialect, endpoint]);
  const values = filled.value[key] ?? firstValues(fields);
  const [chosenType, setBodyType] = useState<BodyType | null>(null);
  const bodyType = chosenType ?? firstType(endpoint, fields);
  const [outcome, setOutcome] = useState<Outcome>({ kind: "none" });
  const [photos, setPhotos] = useState<SentPhoto[]>([]);
  const [busy, setBusy] = useState(false);
  const [isTried, setTried] = useState(false);
  const draft = { endpoint, fields, values, bodyType, places, credentials: credentials.value };
  const request = buildRequest({ ...draft, origin: location.origin });

  const change = (field: Field, value: Values[string]) => {
    filled.value = { ...filled.value, [key]: { ...values, [field.name]: value } };
    if (typeof value === "object" && isPicture(field)) lastPhoto.value = value;
  };

  const run = async () => {
    setTried(true);
    if (fields.some((field) => problemOf(field, values[field.name]) !== null)) return;
    setBusy(true);
    setPhotos(photosOf(fields, values));
    try {
      setOutcome({ kind: "answer", answer: await send(request) });
    } catch (error) {
      setOutcome({ kind: "failed", reason: t("sandbox.not_reached", { reason: errorText(error) }) });
    } finally {
      setBusy(false);
    }
  };

  const shownPhotos = outcome.kind === "none" ? photosOf(fields, values) : photos;
  const hasPhotos = fields.some((field) => isFile(field) && isPicture(field));
  return (
    <>
      <div class={hasPhotos ? "columns" : ""}>
        <div class="stack wide-gap">
          <CredentialsCard places={places} />
          <Card title={t("sandbox.fields")}>
            <CallForm
              dialect={dialect}
              endpoint={endpoint}
              fields={fields}
              values={values}
              bodyType={bodyType}
              onBodyType={setBodyType}
              onValue={change}
              onSend={() => void run()}
              busy={busy}
              status={<ShortAnswer outcome={outcome} />}
              isTried={isTried}
            />
          </Card>
        </div>
        {hasPhotos && (
          <PhotoMarks photos={shownPhotos} answer={outcome.kind === "answer" ? outcome.answer.json : null} />
        )}
      </div>
      <div class="columns">
        <RequestView request={request} />
        <ResponseView outcome={outcome} busy={busy} />
      </div>
    </>
  );
}

/** A form begins with the photo that was chosen last; texts with the examples that must be given anyway. */
function firstValues(fields: Field[]): Values {
  const photo = fields.find((field) => isFile(field) && isPicture(field));
  const values: Values = {};
  for (const field of fields) {
    if (field === photo && lastPhoto.value) values[field.name] = lastPhoto.value;
    else if (field.required && !isFile(field) && field.example !== "") values[field.name] = field.example;
  }
  return values;
}

function firstType(endpoint: Endpoint, fields: Field[]): BodyType | null {
  const wanted = fields.some(isFile) ? "multipart/form-data" : "application/json";
  return endpoint.bodyTypes.find((type) => type === wanted) ?? endpoint.bodyTypes[0] ?? null;
}

function photosOf(fields: Field[], values: Values): SentPhoto[] {
  return fields.flatMap((field) => {
    const value = values[field.name];
    const isPhoto = isFile(field) && isPicture(field) && typeof value === "object";
    return isPhoto ? [{ field: field.name, file: value }] : [];
  });
}
