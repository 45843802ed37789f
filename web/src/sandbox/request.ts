// Builds a request out of a filled form. The same request is sent, shown, and written as source code.

import { type CredentialPlace, type Credentials, isFile } from "./dialects";
import type { BodyType, Endpoint, Field } from "./openapi";

/** A chosen file: enough of it to build requests without reading it. */
export interface ChosenFile {
  name: string;
  type: string;
  blob: Blob;
}

/** What was filled in, by field. Absent and empty fields are not sent. */
export type Values = Record<string, string | ChosenFile | undefined>;

export type Part = { name: string; value: string } | { name: string; file: ChosenFile };

export type Body =
  | { kind: "none" }
  | { kind: "form"; parts: Part[] }
  | { kind: "urlencoded"; parts: { name: string; value: string }[] }
  | { kind: "json"; entries: [string, unknown][] };

export interface CallRequest {
  method: string;
  url: string;
  headers: [string, string][];
  body: Body;
  /** What must not be on the screen. */
  secrets: string[];
}

/** Marks a file in a JSON body, where its base64 text goes. */
export interface FileText {
  base64Of: ChosenFile;
}

export function isFileText(value: unknown): value is FileText {
  return typeof value === "object" && value !== null && "base64Of" in value;
}

export interface Draft {
  endpoint: Endpoint;
  fields: Field[];
  values: Values;
  bodyType: BodyType | null;
  places: CredentialPlace[];
  credentials: Partial<Credentials>;
  /** `https://host`, without a slash at the end. */
  origin: string;
}

export function buildRequest(draft: Draft): CallRequest {
  const { endpoint, fields, values, origin } = draft;
  const filled = (place: Field["place"]) =>
    fields.filter((field) => field.place === place && hasValue(values[field.name]));
  const textOf = (field: Field) => String(values[field.name]);
  const path = endpoint.path.replace(/\{([^}]+)\}/g, (whole, name: string) => {
    const value = values[name];
    return typeof value === "string" && value !== "" ? encodeURIComponent(value) : whole;
  });
  const query = filled("query").map(
    (field) => `${encodeURIComponent(field.name)}=${encodeURIComponent(textOf(field))}`,
  );
  const headers = filled("header").map((field): [string, string] => [field.name, textOf(field)]);
  const given = draft.places.flatMap((place) => {
    const secret = draft.credentials[place.credential]?.trim() ?? "";
    return secret === "" ? [] : [{ place, value: place.template.replace("{}", secret), secret }];
  });
  for (const { place, value } of given) {
    if (place.place === "header") headers.push([place.name, value]);
  }
  const extra = given
    .filter(({ place }) => place.place === "body")
    .map(({ place, value }) => ({ name: place.name, value }));
  return {
    method: endpoint.method,
    url: `${origin}${path}${query.length > 0 ? `?${query.join("&")}` : ""}`,
    headers,
    body: buildBody(draft, filled("body"), extra),
    secrets: given.map(({ secret }) => secret),
  };
}

function hasValue(value: Values[string]): boolean {
  return value !== undefined && value !== "";
}

function buildBody(draft: Draft, fields: Field[], extra: { name: string; value: string }[]): Body {
  const { values, bodyType } = draft;
  if (bodyType === null || (fields.length === 0 && extra.length === 0)) return { kind: "none" };
  if (bodyType === "application/json") {
    const entries = fields.map((field): [string, unknown] => [
      field.name,
      jsonValue(field, values[field.name]),
    ]);
    return {
      kind: "json",
      entries: [...entries, ...extra.map(({ name, value }): [string, unknown] => [name, value])],
    };
  }
  const parts = fields.map((field): Part => {
    const value = values[field.name];
    return typeof value === "object"
      ? { name: field.name, file: value }
      : { name: field.name, value: String(value) };
  });
  if (bodyType === "multipart/form-data") return { kind: "form", parts: [...parts, ...extra] };
  return { kind: "urlencoded", parts: [...parts.filter((part) => "value" in part), ...extra] };
}

function jsonValue(field: Field, value: Values[string]): unknown {
  if (typeof value === "object") return { base64Of: value } satisfies FileText;
  const text = value ?? "";
  if (field.kind === "number" && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  if (field.kind === "flag") return text === "true";
  if (field.kind === "json" && !isFile(field)) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  return text;
}

/** What keeps a filled form from being sent; `null` where nothing does. */
export function problemOf(
  field: Field,
  value: Values[string],
): "required" | "number" | "whole" | "range" | "json" | null {
  if (!hasValue(value)) return field.required ? "required" : null;
  if (typeof value !== "string") return null;
  if (field.kind === "number") {
    const number = Number(value);
    if (!Number.isFinite(number)) return "number";
    if (field.whole && !Number.isInteger(number)) return "whole";
    const isBelow = field.minimum !== null && number < field.minimum;
    if (isBelow || (field.maximum !== null && number > field.maximum)) return "range";
  }
  if (field.kind === "json" && /^\s*[[{"]/.test(value)) {
    try {
      JSON.parse(value);
    } catch {
      return "json";
    }
  }
  return null;
}

/** A text with every secret replaced by dots; the last four characters stay, so that one can be told from another. */
export function masked(text: string, secrets: string[]): string {
  const longest = [...secrets]
    .filter((secret) => secret !== "")
    .sort((one, other) => other.length - one.length);
  return longest.reduce((shown, secret) => {
    const rest = secret.length > 12 ? secret.slice(-4) : "";
    return shown.replaceAll(secret, `••••••••${rest}`);
  }, text);
}
