/** What `/admin/v1` answers. Times are RFC 3339 strings in UTC, lengths are pixels of the upright photo. */
export type Role = "administrator" | "operator" | "auditor";

export interface Session {
  operator: { name: string; role: Role };
  csrf_token: string;
  expires_at: string;
  must_change_password: boolean;
}

export interface Operator {
  name: string;
  role: Role;
  created_at: string;
  disabled_at: string | null;
  last_sign_in_at: string | null;
}

export interface Overview {
  version: string;
  started_at: string;
  ready: boolean;
  node?: string;
  queue: { running: number; waiting: number; capacity: number };
  index: { faces: number; lag_changes?: number };
  models: { task: string; name: string; digest: string; licence: string; package?: string; bytes?: number }[];
  totals: { accounts: number; galleries: number; faces: number };
  galleries: { account: string; gallery: string; faces: number; subjects: number }[];
  ffmpeg: boolean;
  capabilities: { liveness: boolean; voice: boolean; attributes: boolean };
}

export const trafficWindows = ["10m", "1h", "24h", "7d", "30d"] as const;
export type TrafficWindow = (typeof trafficWindows)[number];

export interface TrafficPoint {
  at: string;
  count: number;
  ok: number;
  client_error: number;
  server_error: number;
  refused: number;
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
}

export interface Traffic {
  step_s: number;
  from: string;
  to: string;
  series: { dialect: string; points: TrafficPoint[] }[];
}

export interface Account {
  id: string;
  name: string;
  created_at: string;
  disabled_at: string | null;
  liveness_per_month: number | null;
  liveness_used?: number;
  requests_per_minute: number | null;
  faces?: number;
  requests_30d?: number;
}

/** Secrets by name, as `vultus accounts create --json` names them. */
export type Credentials = Record<string, string>;

export interface UsageDay {
  date: string;
  dialects: Record<string, { ok: number; client_error: number; server_error: number; refused: number }>;
}

export interface AuditEntry {
  id: number;
  at: string;
  actor: string;
  role: string | null;
  action: string;
  account: string | null;
  target: string | null;
  outcome: string;
  address: string | null;
}

export interface Gallery {
  name: string;
  subjects: number;
  faces: number;
}

export interface Subject {
  /** Empty for faces of cameras. */
  subject: string;
  faces: number;
  first_face: string | null;
  latest_at: string | null;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Face {
  id: string;
  enrolled_at: string;
  /** In pixels of the stored photo. */
  box: Box | null;
  quality?: number | null;
  has_photo: boolean;
  galleries: string[];
  /** Who was seen, where and when: only for faces of cameras. */
  person?: string | null;
  camera?: string | null;
  seen_at?: string | null;
}

export interface SubjectFaces {
  subject: string;
  gallery: string;
  faces: Face[];
  next: string | null;
}
