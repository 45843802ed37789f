import type { Page } from "../lib/paging";
import { address, request } from "./client";
import type * as types from "./types";

type Signal = AbortSignal | undefined;
type List<Item> = Promise<Page<Item>>;

function get<Answer>(url: string, signal?: Signal): Promise<Answer> {
  return request<Answer>("GET", url, signal ? { signal } : {});
}

const subjectPath = (account: string, gallery: string, subject: string): string[] => [
  "accounts",
  account,
  "galleries",
  gallery,
  "subjects",
  subject,
];

export interface AuditFilter {
  actor?: string;
  action?: string;
  account?: string;
  from?: string;
  to?: string;
}

/** Every call of the console, by what it is about. */
export const api = {
  session: {
    get: () => get<types.Session>(address(["session"])),
    open: (name: string, password: string) =>
      request<types.Session>("POST", address(["session"]), { body: { name, password } }),
    close: () => request<void>("DELETE", address(["session"])),
    changePassword: (current: string, next: string) =>
      request<void>("PUT", address(["session", "password"]), { body: { current, new: next } }),
  },
  operators: {
    list: (cursor?: string, signal?: Signal): List<types.Operator> =>
      get(address(["operators"], { cursor, limit: 200 }), signal),
    create: (name: string, role: types.Role) =>
      request<{ operator: types.Operator; one_time_password: string }>("POST", address(["operators"]), {
        body: { name, role },
      }),
    change: (name: string, change: { role?: types.Role; disabled?: boolean }) =>
      request<types.Operator>("PATCH", address(["operators", name]), { body: change }),
    resetPassword: (name: string) =>
      request<{ one_time_password: string }>("POST", address(["operators", name, "reset-password"])),
  },
  overview: (signal?: Signal) => get<types.Overview>(address(["overview"]), signal),
  traffic: (window: types.TrafficWindow, signal?: Signal) =>
    get<types.Traffic>(address(["traffic"], { window }), signal),
  accounts: {
    list: (cursor?: string, signal?: Signal): List<types.Account> =>
      get(address(["accounts"], { cursor, limit: 200 }), signal),
    create: (name: string) =>
      request<{ account: types.Account; credentials: types.Credentials }>("POST", address(["accounts"]), {
        body: { name },
      }),
    rotate: (name: string) =>
      request<{ account: types.Account; credentials: types.Credentials }>(
        "POST",
        address(["accounts", name, "rotate"]),
      ),
    change: (
      name: string,
      change: {
        disabled?: boolean;
        liveness_per_month?: number | null;
        requests_per_minute?: number | null;
      },
    ) => request<types.Account>("PATCH", address(["accounts", name]), { body: change }),
    usage: (name: string, days: number, signal?: Signal) =>
      get<{ days: types.UsageDay[] }>(address(["accounts", name, "usage"], { days }), signal),
  },
  audit: {
    list: (filter: AuditFilter, cursor?: string, signal?: Signal): List<types.AuditEntry> =>
      get(address(["audit"], { ...filter, cursor, limit: 50 }), signal),
    exportUrl: (filter: AuditFilter, format: "csv" | "jsonl") =>
      address(["audit", "export"], { ...filter, format }),
  },
  galleries: {
    list: (account: string, cursor?: string, signal?: Signal): List<types.Gallery> =>
      get(address(["accounts", account, "galleries"], { cursor, limit: 200 }), signal),
    create: (account: string, name: string) =>
      request<types.Gallery | undefined>("POST", address(["accounts", account, "galleries"]), {
        body: { name },
      }),
    remove: (account: string, gallery: string, keepalive = false) =>
      request<void>("DELETE", address(["accounts", account, "galleries", gallery]), { keepalive }),
    enrol: (
      account: string,
      gallery: string,
      photo: { subject: string; photo: Blob; name: string; allFaces?: boolean },
      signal?: Signal,
    ) => {
      const body = new FormData();
      body.set("subject", photo.subject);
      if (photo.allFaces) body.set("all_faces", "true");
      body.set("photo", photo.photo, photo.name);
      const url = address(["accounts", account, "galleries", gallery, "enrol"]);
      return request<{ faces: { id: string; box: types.Box }[] }>(
        "POST",
        url,
        signal ? { body, signal } : { body },
      );
    },
  },
  subjects: {
    list: (
      account: string,
      gallery: string,
      q: string,
      cursor?: string,
      signal?: Signal,
    ): List<types.Subject> =>
      get(address(["accounts", account, "galleries", gallery, "subjects"], { q, cursor, limit: 60 }), signal),
    faces: (
      account: string,
      gallery: string,
      subject: string,
      cursor?: string,
      signal?: Signal,
    ): List<types.Face> =>
      get<types.SubjectFaces>(
        address(subjectPath(account, gallery, subject), { cursor, limit: 60 }),
        signal,
      ).then(({ faces, next }) => ({ items: faces, next })),
    merge: (account: string, gallery: string, subject: string, into: string) =>
      request<unknown>("POST", address([...subjectPath(account, gallery, subject), "merge"]), {
        body: { into },
      }),
    move: (account: string, from: string, subject: string, gallery: string) =>
      request<void>("POST", address([...subjectPath(account, from, subject), "move"]), { body: { gallery } }),
    remove: (account: string, gallery: string, subject: string, keepalive = false) =>
      request<void>("DELETE", address(subjectPath(account, gallery, subject)), { keepalive }),
  },
  faces: {
    remove: (account: string, id: string, keepalive = false) =>
      request<void>("DELETE", address(["accounts", account, "faces", id]), { keepalive }),
    /** Addresses for `<img>`. */
    thumbnail: (account: string, id: string) => address(["accounts", account, "faces", id, "thumbnail"]),
    photo: (account: string, id: string) => address(["accounts", account, "faces", id, "photo"]),
  },
};
