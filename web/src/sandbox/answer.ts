// Sends a request and keeps of the answer what is worth a look.

import { type CallRequest, isFileText } from "./request";

export interface Answer {
  status: number;
  statusText: string;
  headers: [string, string][];
  ms: number;
  bytes: number;
  text: string;
  /** The body, where it is JSON. */
  json: unknown;
}

/** Headers that say something of the call; the rest is the same in every answer. */
const HEADERS_SHOWN = [
  "content-type",
  "location",
  "retry-after",
  "www-authenticate",
  "x-live-servers",
  "x-liveness-model",
  "x-request-id",
  "api-canonical",
];

export async function send(request: CallRequest, signal?: AbortSignal): Promise<Answer> {
  const headers = new Headers(request.headers);
  const body = await bodyOf(request, headers);
  const from = performance.now();
  // The console's own session is nothing to a dialect.
  const response = await fetch(request.url, {
    method: request.method,
    headers,
    credentials: "omit",
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  const ms = performance.now() - from;
  const shown = HEADERS_SHOWN.flatMap((name): [string, string][] => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return {
    status: response.status,
    statusText: response.statusText,
    headers: shown,
    ms,
    bytes: new Blob([text]).size,
    text,
    json: parsed(text),
  };
}

async function bodyOf(request: CallRequest, headers: Headers): Promise<BodyInit | undefined> {
  const { body } = request;
  switch (body.kind) {
    case "none":
      return undefined;
    case "form": {
      const form = new FormData();
      for (const part of body.parts) {
        if ("value" in part) form.append(part.name, part.value);
        else form.append(part.name, part.file.blob, part.file.name);
      }
      return form;
    }
    case "urlencoded":
      return new URLSearchParams(body.parts.map(({ name, value }) => [name, value]));
    case "json": {
      headers.set("Content-Type", "application/json");
      const entries = body.entries.map(async ([name, value]) => [
        name,
        isFileText(value) ? await base64(value.base64Of.blob) : value,
      ]);
      return JSON.stringify(Object.fromEntries(await Promise.all(entries)));
    }
  }
}

async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(binary);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
