import type { Page } from "../lib/paging";
import type { Calibration, Candidate } from "../lib/scores";
import type { Frame } from "../lib/timeline";
import { address, request } from "./client";
import type { Box, Credentials, Point } from "./types";

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
  chosen: [number, number] | null;
  score: number | null;
  similarity: number | null;
  false_match_rate: number | null;
  extrapolated: boolean;
}

export interface Identification {
  width: number;
  height: number;
  gallery_faces: number;
  probes: { box: Box; candidates: Candidate[] }[];
}

export interface DetectedFace {
  box: Box;
  landmarks: Point[] | null;
}

export type MediumState = string;

export interface Medium {
  id: string;
  state: MediumState;
  created_at: string;
  kind?: string | null;
  duration_s?: number | null;
  people?: number | null;
  error?: string | null;
}

export interface MediumPerson {
  person: number;
  age?: number | string | null;
  gender?: string | null;
  duration_s?: number | null;
  attention?: number | null;
  dwell_s?: number | null;
  glances?: number | null;
  emotions?: Record<string, number> | null;
}

export interface MediumDetail {
  id: string;
  state: MediumState;
  error?: string | null;
  kind?: string | null;
  width?: number | null;
  height?: number | null;
  duration_s?: number | null;
  people?: MediumPerson[] | null;
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
  state: string;
  since?: string | null;
  retry_at?: string | null;
  error?: string | null;
  frames?: number;
  dropped?: number;
  events?: number;
  lost?: number;
}

export interface Camera {
  id: string;
  meta: string;
  url_shown: string;
  enabled: boolean;
  detector?: string;
  tracking_region?: Region | null;
  event_region?: Region | null;
  watch: Watch | null;
}

/** What is changed of a camera: what is absent stays. */
export interface CameraChange {
  meta?: string;
  url?: string;
  enabled?: boolean;
  detector?: string;
  tracking_region?: Region | null;
  event_region?: Region | null;
}

export interface HistoryEvent {
  face: string;
  person: string | null;
  camera: string | null;
  at: string;
  until?: string | null;
  friend: boolean;
}

export interface Person {
  id: string;
  events: number;
  first_at: string;
  last_at: string;
  face: string | null;
}

export interface PersonDetail extends Person {
  friend?: boolean;
  cameras?: (string | { camera: string; events?: number; last_at?: string })[];
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
  mark?: string;
  x_log?: boolean;
  y_log?: boolean;
}

export interface Figure {
  name: string;
  value: number;
  low?: number | null;
  high?: number | null;
  unit?: string | null;
}

export interface Report {
  pack: string;
  task: string;
  dataset: string;
  made_at?: string | null;
  summary?: string | null;
  curves: Curve[];
  figures: Figure[];
}

export interface ModelCard {
  pack: string;
  task: string;
  name: string;
  digest: string;
  licence?: string | null;
  source_package?: string | null;
  version?: string | null;
  bytes?: number | null;
  input?: string | null;
  provenance?: string | null;
  card?: string | null;
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
  detect: (account: string, photo: Blob, signal?: Signal) =>
    request<{ width: number; height: number; faces: DetectedFace[] }>(
      "POST",
      address(inAccount(account, "detect")),
      { body: formOf({ photo }), ...(signal ? { signal } : {}) },
    ),
  compare: (account: string, photo1: Blob, photo2: Blob) =>
    request<Comparison>("POST", address(inAccount(account, "compare")), { body: formOf({ photo1, photo2 }) }),
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
  accuracy: (signal?: Signal) => get<{ reports: Report[] }>(address(["accuracy"]), signal),
  models: (signal?: Signal) => get<Page<ModelCard>>(address(["models"]), signal),
};
