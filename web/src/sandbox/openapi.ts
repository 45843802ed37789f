// Reads an OpenAPI 3.1 document into what a form needs: endpoints with their fields.

export type Place = "path" | "query" | "header" | "body";

/** What is asked for: `file` is binary, `json` any value that is no plain text, number or flag. */
export type FieldKind = "text" | "number" | "flag" | "choice" | "file" | "json";

export interface Field {
  name: string;
  place: Place;
  kind: FieldKind;
  required: boolean;
  choices: string[];
  description: string;
  /** Text to begin with: the document's example. */
  example: string;
  minimum: number | null;
  maximum: number | null;
  /** Number fields that take whole numbers only. */
  whole: boolean;
}

export type BodyType = "multipart/form-data" | "application/json" | "application/x-www-form-urlencoded";

export interface Endpoint {
  /** `POST /detect`: unique in its document. */
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  group: string;
  fields: Field[];
  bodyTypes: BodyType[];
}

type Json = Record<string, unknown>;

const METHODS = ["get", "post", "put", "patch", "delete"];
const BODY_TYPES: BodyType[] = [
  "multipart/form-data",
  "application/json",
  "application/x-www-form-urlencoded",
];

/** Every endpoint of the document, in its order. What cannot be read is left out, not guessed. */
export function readDocument(document: unknown): Endpoint[] {
  const root = object(document);
  const endpoints: Endpoint[] = [];
  for (const [path, item] of Object.entries(object(root.paths))) {
    const { parameters, servers } = object(item);
    const base = basePath(list(servers ?? root.servers)[0]);
    for (const method of METHODS) {
      const operation = object(item)[method];
      if (operation !== undefined) {
        endpoints.push(readOperation(root, base + path, method, object(operation), list(parameters)));
      }
    }
  }
  return endpoints;
}

/** The path of the first server, which stands before the paths: `/v0`. Its host is this one. */
function basePath(server: unknown): string {
  const url = text(object(server).url);
  const path = url.startsWith("/") ? url : /^https?:\/\/[^/]*(\/.*)?$/.exec(url)?.[1];
  return (path ?? "").replace(/\/+$/, "");
}

function readOperation(
  root: Json,
  path: string,
  method: string,
  operation: Json,
  shared: unknown[],
): Endpoint {
  const parameters = [...shared, ...list(operation.parameters)].map((item) => resolve(root, item));
  const { fields, bodyTypes } = readBody(root, operation.requestBody);
  const [tag] = list(operation.tags);
  return {
    id: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    summary: text(operation.summary),
    description: text(operation.description),
    group: text(tag),
    fields: [...parameters.flatMap((item) => readParameter(root, item)), ...fields],
    bodyTypes,
  };
}

function readParameter(root: Json, parameter: Json): Field[] {
  const place = parameter.in;
  if (place !== "path" && place !== "query" && place !== "header") return [];
  const field = readField(root, text(parameter.name), place, parameter.schema, parameter.required === true);
  const example = exampleOf(parameter);
  return [
    {
      ...field,
      description: text(parameter.description) || field.description,
      example: example === undefined ? field.example : written(example),
    },
  ];
}

/** The fields of all content types together: a form that is sent either way has one set of fields. */
function readBody(root: Json, body: unknown): { fields: Field[]; bodyTypes: BodyType[] } {
  // A content type may have parameters: `application/json; charset=UTF-8`.
  const given = Object.entries(object(resolve(root, body).content));
  const contents = Object.fromEntries(
    given.map(([type, content]) => [type.split(";")[0]?.trim() ?? "", content]),
  );
  const bodyTypes = BODY_TYPES.filter((type) => type in contents);
  const fields = new Map<string, Field>();
  for (const type of bodyTypes) {
    const content = object(contents[type]);
    const schema = flatten(root, content.schema);
    const required = list(schema.required);
    const example = object(exampleOf(content));
    for (const [name, property] of Object.entries(object(schema.properties))) {
      const field = readField(root, name, "body", property, required.includes(name));
      if (name in example) field.example = written(example[name]);
      const known = fields.get(name);
      fields.set(name, known ? merge(known, field) : field);
    }
  }
  return { fields: [...fields.values()], bodyTypes };
}

/** A field that is a file in a form is base64 text in JSON: the file wins. */
function merge(one: Field, other: Field): Field {
  const file = [one, other].find((field) => field.kind === "file");
  const base = file ?? one;
  return {
    ...base,
    required: one.required && other.required,
    example: one.example || other.example,
    description: one.description || other.description,
  };
}

function readField(root: Json, name: string, place: Place, given: unknown, required: boolean): Field {
  const schema = flatten(root, given);
  const choices = list(schema.enum).filter((choice) => choice !== null);
  const example = exampleOf(schema) ?? schema.default;
  return {
    name,
    place,
    kind: kindOf(schema, choices.length > 0),
    required,
    choices: choices.map(written),
    description: text(schema.description),
    example: example === undefined ? "" : written(example),
    minimum: number(schema.minimum),
    maximum: number(schema.maximum),
    whole: types(schema).includes("integer"),
  };
}

function kindOf(schema: Json, hasChoices: boolean): FieldKind {
  if (hasChoices) return "choice";
  if (schema.format === "binary" || "contentMediaType" in schema) return "file";
  const kinds = types(schema);
  if (kinds.includes("string")) return "text";
  if (kinds.includes("integer") || kinds.includes("number")) return "number";
  if (kinds.includes("boolean")) return "flag";
  return kinds.length > 0 || "oneOf" in schema || "anyOf" in schema ? "json" : "text";
}

/** The types of a schema, `null` left out: 3.1 writes an optional text as `["string", "null"]`. */
function types(schema: Json): string[] {
  const given = Array.isArray(schema.type) ? schema.type : [schema.type];
  return given.filter((type): type is string => typeof type === "string" && type !== "null");
}

/** A schema with its reference followed, `allOf` joined and `oneOf` of one schema and `null` made plain. */
function flatten(root: Json, given: unknown, depth = 0): Json {
  const schema = resolve(root, given);
  if (depth > 8) return schema;
  const choices = [...list(schema.oneOf), ...list(schema.anyOf)].map((item) => resolve(root, item));
  const solid = choices.filter((choice) => choice.type !== "null");
  const [only] = solid;
  if (only !== undefined && solid.length === 1) {
    return { ...flatten(root, only, depth + 1), ...without(schema, ["oneOf", "anyOf"]) };
  }
  const file = solid.find((choice) => choice.format === "binary");
  if (file !== undefined) return { ...file, ...without(schema, ["oneOf", "anyOf"]) };
  let joined = schema;
  for (const part of list(schema.allOf)) {
    const other = flatten(root, part, depth + 1);
    joined = {
      ...other,
      ...joined,
      properties: { ...object(other.properties), ...object(joined.properties) },
      required: [...list(other.required), ...list(joined.required)],
    };
  }
  return joined;
}

function resolve(root: Json, given: unknown): Json {
  let value = object(given);
  for (let step = 0; step < 8 && typeof value.$ref === "string"; step += 1) {
    const { $ref, ...beside } = value;
    value = { ...object(follow(root, String($ref))), ...beside };
  }
  return value;
}

function follow(root: Json, pointer: string): unknown {
  if (!pointer.startsWith("#/")) return undefined;
  const steps = pointer
    .slice(2)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.reduce<unknown>((value, step) => object(value)[step], root);
}

function exampleOf(holder: Json): unknown {
  if (holder.example !== undefined) return holder.example;
  const { examples } = holder;
  if (Array.isArray(examples)) return examples[0];
  const [first] = Object.values(object(examples));
  return first === undefined ? undefined : object(first).value;
}

function without(value: Json, keys: string[]): Json {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

function written(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
