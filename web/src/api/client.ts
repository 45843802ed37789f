import type { Page } from "../lib/paging";

const root = "/admin/v1";

/** An answer that is no success. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | null = null,
    /** After how many seconds it can be tried again. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

let csrfToken = "";
let signedOut: (error: ApiError) => void = () => undefined;

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** Says whom to tell that the session has ended or wants a new password. */
export function onSessionError(listener: (error: ApiError) => void): void {
  signedOut = listener;
}

export interface RequestOptions {
  /** JSON where it is no form. */
  body?: unknown;
  signal?: AbortSignal;
  /** Lets the request outlive the page. */
  keepalive?: boolean;
}

type Query = Readonly<Record<string, string | number | null | undefined>>;

/** The address of an API call: parts are escaped, empty parameters left out. */
export function address(parts: readonly string[], query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const search = parameters.size > 0 ? `?${parameters}` : "";
  return `${root}/${parts.map(encodeURIComponent).join("/")}${search}`;
}

/** Sends a request and returns the JSON of its answer, undefined where it has none. */
export async function request<Answer>(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  url: string,
  { body, signal, keepalive }: RequestOptions = {},
): Promise<Answer> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrfToken;
  const form = body instanceof FormData;
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  const sent = body === undefined ? null : form ? body : JSON.stringify(body);
  const init: RequestInit = { method, headers, body: sent, credentials: "same-origin" };
  if (signal) init.signal = signal;
  if (keepalive) init.keepalive = true;
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "the server cannot be reached");
  }
  if (!response.ok) throw report(await errorOf(response));
  if (response.status === 204) return undefined as Answer;
  return (await response.json()) as Answer;
}

function report(error: ApiError): ApiError {
  if (error.code === "signed_out" || error.code === "password_change_required") signedOut(error);
  return error;
}

async function errorOf(response: Response): Promise<ApiError> {
  const retry = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const retryAfter = Number.isFinite(retry) ? retry : null;
  try {
    const body: unknown = await response.json();
    if (isErrorBody(body)) {
      return new ApiError(response.status, body.code, body.message, body.field ?? null, retryAfter);
    }
  } catch {
    // No JSON: something between the browser and the server answered.
  }
  return new ApiError(
    response.status,
    "unknown",
    `${response.status} ${response.statusText}`,
    null,
    retryAfter,
  );
}

function isErrorBody(body: unknown): body is { code: string; message: string; field?: string } {
  return typeof body === "object" && body !== null && "code" in body && "message" in body;
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** All pages of a list, at most `most` items. */
export async function all<Item>(
  page: (cursor: string | undefined) => Promise<Page<Item>>,
  most = 2000,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const answer = await page(cursor);
    items.push(...answer.items);
    cursor = answer.next ?? undefined;
  } while (cursor !== undefined && items.length < most);
  return items;
}
