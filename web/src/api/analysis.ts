import type { Page } from "../lib/paging";
import type { Calibration, Candidate } from "../lib/scores";
import type { Frame } from "../lib/timeline";
import { address, request } from "./client";
import type { Box, Credentials } from "./types";

type Signal = AbortSignal | undefined;

/** One photo of a comparison, with every face that was found on it. */
export interface ComparedPhoto {
  width: number;
  height: number;
  faces: { box: Box }[];
}

export interface Comparison {
  photos: ComparedPhoto[];
  /** Which face of each photo was compared. */
  chosen: [number, number];
  score: number;
  /** `null` where both templates are identical. */
  similarity: number | null;
  false_match_rate: number;
  extrapolated: boolean;
}

export interface Identification {
  width: number;
  height: number;
  gallery_faces: number;
  probes: { box: Box; candidates: Candidate[] }[];
}

export type MediumState = "waiting" | "running" | "complete" | "failed";

export interface Medium {
  id: string;
  state: MediumState;
  created_at: string;
  kind: "image" | "video" | null;
  duration_s: number | null;
  people: number | null;
  /** Why it failed, as a code. */
  error: string | null;
}

/** What is known of somebody in a medium; `null` where it is not. */
export interface MediumPerson {
  /** From 0, in the order in which people come. */
  person: number;
  age: number | null;
  gender: string | null;
  /** Seconds in which the person is seen. */
  duration_s: number | null;
  /** Seconds in which the person looks at the camera. */
  looked_s: number | null;
  attention: number | null;
  glances: number | null;
  emotions: Record<string, number> | null;
}

export interface MediumDetail extends Omit<Medium, "people"> {
  width: number | null;
  height: number | null;
  people: MediumPerson[] | null;
}

export interface MediumFrames {
  width: number;
  height: number;
  frames: Frame[];
}

export interface Region {
  width: number;
  height: number;
  x: number;
  y: number;
}

export interface Watch {
  state: "connecting" | "running" | "waiting" | "finished";
  since: string;
  retry_at: string | null;
  error: string | null;
  frames: number;
  dropped: number;
  events: number;
  lost: number;
}

export interface Camera {
  id: string;
  meta: string;
  url_shown: string;
  enabled: boolean;
  tracking_region: Region | null;
  event_region: Region | null;
  watch: Watch | null;
}

/** What is changed of a camera: what is absent stays. */
export interface CameraChange {
  meta?: string;
  url?: string;
  enabled?: boolean;
  tracking_region?: Region | null;
  event_region?: Region | null;
}

export interface HistoryEvent {
  face: string;
  person: string | null;
  camera: string | null;
  at: string;
  friend: boolean;
  /** The name that the face was given; empty where it has none. */
  subject: string;
}

export interface Person {
  id: string;
  /** The subject of the first face; may be empty. */
  name: string;
  events: number;
  /** `null` where no event is left. */
  first_at: string | null;
  last_at: string | null;
  face: string | null;
}

export interface PersonDetail extends Person {
  cameras: { camera: string; events: number; first_at: string; last_at: string; face: string }[];
}

export interface HistoryFilter {
  person?: string;
  camera?: string;
  from?: string;
  to?: string;
  friend?: string;
}

export interface Curve {
  name: string;
  x_label: string;
  y_label: string;
  points: [number, number][];
  low?: number[];
  high?: number[];
  plot?: string;
  title?: string;
  mark?: "line" | "guide" | "steps";
  x_log?: boolean;
  y_log?: boolean;
}

export interface Figure {
  name: string;
  value: number;
  low?: number | null;
  high?: number | null;
  unit: string;
}

export interface Report {
  pack: string;
  task: string;
  dataset: string;
  licence: string;
  command: string;
  /** Whether it is one of those that come with the server, rather than the operator's own. */
  published: boolean;
  summary: string;
  curves: Curve[];
  figures: Figure[];
}

export interface ModelCard {
  pack: string;
  task: string;
  name: string;
  digest: string | null;
  licence: string;
  needs_acceptance: boolean;
  source_package: string;
  version: string;
  bytes: number | null;
  input: string;
  provenance: string | null;
  /** Whether its figures are too poor to rely on it. */
  weak: boolean;
  installed: boolean;
  in_use: boolean;
}

function get<Answer>(url: string, signal?: Signal): Promise<Answer> {
  return request<Answer>("GET", url, signal ? { signal } : {});
}

function formOf(parts: Record<string, Blob | string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(parts)) {
    if (typeof value === "string") form.set(name, value);
    else form.set(name, value, value instanceof File ? value.name : name);
  }
  return form;
}

const inAccount = (account: string, ...parts: string[]): string[] => ["accounts", account, ...parts];

/** The calls about comparing, media, cameras and accuracy. */
export const analysis = {
  lendCredentials: (account: string) =>
    request<{ credentials: Credentials; expires_at: string }>(
      "POST",
      address(inAccount(account, "sandbox-credentials")),
    ),
  calibration: (signal?: Signal) => get<Calibration>(address(["calibration"]), signal),
  /** Compares the largest faces, or those at the given places of an earlier answer. */
  compare: (account: string, photos: readonly [Blob, Blob], faces: readonly [number, number] | null) => {
    const [photo1, photo2] = photos;
    const body = formOf({ photo1, photo2 });
    for (const [at, face] of (faces ?? []).entries()) body.set(`face${at + 1}`, String(face));
    return request<Comparison>("POST", address(inAccount(account, "compare")), { body });
  },
  identify: (account: string, gallery: string, photo: Blob, limit: number) =>
    request<Identification>("POST", address(inAccount(account, "galleries", gallery, "identify")), {
      body: formOf({ photo, limit: String(limit) }),
    }),
  media: {
    address: (account: string) => address(inAccount(account, "media")),
    list: (account: string, cursor?: string, signal?: Signal) =>
      get<Page<Medium>>(address(inAccount(account, "media"), { cursor, limit: 50 }), signal),
    get: (account: string, id: string, signal?: Signal) =>
      get<MediumDetail>(address(inAccount(account, "media", id)), signal),
    frames: (account: string, id: string, signal?: Signal) =>
      get<MediumFrames>(address(inAccount(account, "media", id, "frames")), signal),
    remove: (account: string, id: string) =>
      request<void>("DELETE", address(inAccount(account, "media", id))),
  },
  cameras: {
    list: (account: string, cursor?: string, signal?: Signal) =>
      get<Page<Camera>>(address(inAccount(account, "cameras"), { cursor, limit: 200 }), signal),
    create: (account: string, camera: CameraChange) =>
      request<Camera>("POST", address(inAccount(account, "cameras")), { body: camera }),
    change: (account: string, id: string, change: CameraChange) =>
      request<Camera>("PATCH", address(inAccount(account, "cameras", id)), { body: change }),
    remove: (account: string, id: string) =>
      request<void>("DELETE", address(inAccount(account, "cameras", id))),
  },
  history: {
    events: (account: string, filter: HistoryFilter, cursor?: string, signal?: Signal) =>
      get<Page<HistoryEvent>>(
        address(inAccount(account, "events"), { ...filter, cursor, limit: 48 }),
        signal,
      ),
    persons: (account: string, cursor?: string, signal?: Signal) =>
      get<Page<Person>>(address(inAccount(account, "persons"), { cursor, limit: 48 }), signal),
    person: (account: string, id: string, signal?: Signal) =>
      get<PersonDetail>(address(inAccount(account, "persons", id)), signal),
  },
  accuracy: (signal?: Signal) =>
    get<{ reports: Report[]; unreadable: string[] }>(address(["accuracy"]), signal),
  models: (signal?: Signal) => get<Page<ModelCard>>(address(["models"]), signal),
};
