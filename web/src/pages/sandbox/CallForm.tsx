import type { ComponentChildren } from "preact";
import { Button } from "../../components/Button";
import { Segments, Select, Field as TextField } from "../../components/Field";
import { PhotoInput } from "../../components/PhotoInput";
import { t } from "../../lib/i18n";
import { accepts, type Dialect, isFile } from "../../sandbox/dialects";
import type { BodyType, Endpoint, Field } from "../../sandbox/openapi";
import { problemOf, type Values } from "../../sandbox/request";
import { account } from "../../session";

interface CallFormProps {
  dialect: Dialect;
  endpoint: Endpoint;
  fields: Field[];
  values: Values;
  bodyType: BodyType | null;
  onBodyType: (type: BodyType) => void;
  onValue: (field: Field, value: Values[string]) => void;
  onSend: () => void;
  busy: boolean;
  /** What came of it, in a few words. */
  status: ComponentChildren;
  /** Whether what is missing is shown: not before the first try to send. */
  isTried: boolean;
}

/** A form for one endpoint, made from its description. What must be given comes first, the rest can be unfolded. */
export function CallForm(props: CallFormProps) {
  const { endpoint, fields, values, bodyType, onBodyType, onSend, busy } = props;
  const isFirst = (field: Field) => field.required || isFile(field);
  const more = fields.filter((field) => !isFirst(field));
  const isFilled = more.some((field) => values[field.name] !== undefined && values[field.name] !== "");
  return (
    <form
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) onSend();
      }}
    >
      {fields.filter(isFirst).map((field) => (
        <CallField key={field.name} {...props} field={field} />
      ))}
      {more.length > 0 && (
        <details class="more-fields" open={isFilled || fields.length === more.length}>
          <summary>{t("sandbox.more_fields", { count: more.length })}</summary>
          <div class="form-grid">
            {more.map((field) => (
              <CallField key={field.name} {...props} field={field} />
            ))}
          </div>
        </details>
      )}
      {fields.length === 0 && <p class="hint">{t("sandbox.no_fields")}</p>}
      {endpoint.bodyTypes.length > 1 && bodyType !== null && (
        <div class="row">
          <span class="hint">{t("sandbox.send_as")}</span>
          <Segments
            label={t("sandbox.send_as")}
            value={bodyType}
            options={endpoint.bodyTypes.map((type) => ({ value: type, label: t(BODY_NAMES[type]) }))}
            onChange={onBodyType}
          />
        </div>
      )}
      <div class="row">
        <Button type="submit" kind="primary" busy={busy}>
          {t("sandbox.send")}
        </Button>
        {!busy && props.status}
      </div>
    </form>
  );
}

const BODY_NAMES = {
  "multipart/form-data": "sandbox.body_form",
  "application/json": "sandbox.body_json",
  "application/x-www-form-urlencoded": "sandbox.body_urlencoded",
} as const;

function CallField(props: CallFormProps & { field: Field }) {
  const { dialect, field, values, onValue, isTried } = props;
  const value = values[field.name];
  const text = typeof value === "string" ? value : "";
  const problem = isTried || text !== "" ? problemOf(field, value) : null;
  const error = problem === null ? null : problemText(field, problem);
  const label = field.required ? t("sandbox.required", { name: field.name }) : field.name;
  const hint = field.description === "" ? undefined : field.description;
  const change = (next: string) => onValue(field, next);
  if (isFile(field)) return <FileField {...props} label={label} error={error} />;
  if (field.kind === "choice" || field.kind === "flag") {
    const choices = field.kind === "flag" ? ["true", "false"] : field.choices;
    const options = choices.map((choice) => ({ value: choice, label: choice }));
    return (
      <Select
        label={label}
        hint={hint}
        error={error}
        value={text}
        options={[{ value: "", label: t("sandbox.not_sent") }, ...options]}
        onChange={change}
      />
    );
  }
  const example = field.example === "" ? undefined : t("sandbox.example", { example: field.example });
  return (
    <TextField
      label={label}
      hint={[hint, example].filter(Boolean).join(" ") || undefined}
      error={error}
      value={text}
      name={`${dialect.key}-${field.name}`}
      onInput={change}
    />
  );
}

function FileField({
  dialect,
  field,
  values,
  onValue,
  label,
  error,
}: CallFormProps & { field: Field; label: string; error: string | null }) {
  const value = values[field.name];
  const file = typeof value === "object" ? (value.blob as File) : null;
  return (
    <div class="stack tight">
      <PhotoInput
        label={label}
        file={file}
        accept={accepts(field, dialect.key)}
        account={account.value}
        onFile={(next) =>
          onValue(field, next === null ? undefined : { name: next.name, type: next.type, blob: next })
        }
      />
      {file === null && dialect.remote && (
        <TextField
          label={t("sandbox.or_address", { name: field.name })}
          type="url"
          value={typeof value === "string" ? value : ""}
          onInput={(next) => onValue(field, next)}
        />
      )}
      {error && <p class="field-error">{error}</p>}
    </div>
  );
}

function problemText(field: Field, problem: NonNullable<ReturnType<typeof problemOf>>): string {
  if (problem !== "range") return t(PROBLEMS[problem]);
  if (field.maximum === null) return t("sandbox.problem_least", { least: field.minimum ?? 0 });
  if (field.minimum === null) return t("sandbox.problem_most", { most: field.maximum });
  return t("sandbox.problem_range", { least: field.minimum, most: field.maximum });
}

const PROBLEMS = {
  required: "sandbox.problem_required",
  number: "sandbox.problem_number",
  whole: "sandbox.problem_whole",
  json: "sandbox.problem_json",
} as const;
