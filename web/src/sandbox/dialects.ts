// What an OpenAPI document cannot say of a dialect: how its credentials are put on a request, and which fields hold
// photos or sounds.

import type { Endpoint, Field } from "./openapi";

/** Credentials of an account, named as the command line names them. */
export interface Credentials {
  app_id: string;
  app_key: string;
  findface_token: string;
  perse_private_key: string;
  perse_api_key: string;
  machinesense_api_key: string;
}

export type CredentialName = keyof Credentials;

/** Where one credential goes; `{}` in the template stands for it. */
export interface CredentialPlace {
  credential: CredentialName;
  place: "header" | "body";
  name: string;
  template: string;
}

export interface Dialect {
  key: string;
  title: string;
  document: string;
  credentials: CredentialPlace[];
  /** Whether a photo can be given by its address on the web. */
  remote: boolean;
}

/** Dialects that fetch photos: the others take them in the request alone. */
const REMOTE = ["kairos", "kairos-media", "findface"];

const header = (credential: CredentialName, name: string, template = "{}"): CredentialPlace => ({
  credential,
  place: "header",
  name,
  template,
});

const KAIROS = [header("app_id", "app_id"), header("app_key", "app_key")];

const dialect = (key: string, title: string, credentials: CredentialPlace[]): Dialect => ({
  key,
  title,
  document: `/docs/openapi/${key}.json`,
  credentials,
  remote: REMOTE.includes(key),
});

export const DIALECTS: Dialect[] = [
  dialect("kairos", "Kairos", KAIROS),
  dialect("kairos-media", "Kairos v2 media", KAIROS),
  dialect("findface", "FindFace", [header("findface_token", "Authorization", "Token {}")]),
  dialect("perse", "Perse", [header("perse_api_key", "x-api-key")]),
  dialect("idv", "Kairos IDV", KAIROS),
  dialect("machinesense", "MachineSense", [
    { credential: "machinesense_api_key", place: "body", name: "api_key", template: "{}" },
  ]),
];

/** Fields whose text in JSON is a photo or sound, whatever their schema says. */
const FILE_NAMES = /^(image|selfie|photo\d?|source|source_image|target_image|(image|audio)_file\d?)$/;

/** Fields that are one, but hold a sound or a video. */
const SOUND_NAMES = /^audio_/;

/** Whether a file can be chosen for the field. In JSON it goes as base64 text, which every dialect takes. */
export function isFile(field: Field): boolean {
  return (
    field.kind === "file" || (field.place === "body" && field.kind !== "flag" && FILE_NAMES.test(field.name))
  );
}

/** The types of files that the field takes, as an input's `accept`. */
export function accepts(field: Field, dialectKey: string): string {
  if (SOUND_NAMES.test(field.name)) return "audio/wav,audio/ogg,.wav,.ogg";
  return dialectKey === "kairos-media" ? "image/*,video/*" : "image/*";
}

/** Whether what is in the field can be shown as a picture. */
export function isPicture(field: Field): boolean {
  return !SOUND_NAMES.test(field.name);
}

/** The login of Perse takes its credential as a field; the rest put theirs on every request. */
export function credentialsOf(dialect: Dialect, endpoint: Endpoint): CredentialPlace[] {
  if (dialect.key === "perse" && endpoint.path.endsWith("/login")) {
    return [{ credential: "perse_private_key", place: "body", name: "privateKey", template: "{}" }];
  }
  if (dialect.key === "findface" && endpoint.path.startsWith("/docs")) return [];
  return dialect.credentials;
}

/** The fields that the form shows: those of the credentials are filled elsewhere. */
export function shownFields(dialect: Dialect, endpoint: Endpoint): Field[] {
  const places = credentialsOf(dialect, endpoint);
  const known = [...places, ...dialect.credentials].map((place) => place.name.toLowerCase());
  const aliases = dialect.key === "perse" ? ["authorization"] : ["app-id", "app-key"];
  return endpoint.fields.filter((field) => {
    const name = field.name.toLowerCase();
    const isHeader = field.place === "header" && aliases.includes(name);
    return !isHeader && !known.includes(name);
  });
}
