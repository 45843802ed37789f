import { signal } from "@preact/signals";
import type { Credentials } from "../../sandbox/dialects";
import type { ChosenFile, Values } from "../../sandbox/request";

/** Credentials of the sandbox. They are nowhere but in the memory of this tab. */
export const credentials = signal<Partial<Credentials>>({});

/** Until when lent credentials are taken, and whose they are; null for pasted ones. */
export const lent = signal<{ account: string; until: string } | null>(null);

/** What was filled in, by dialect and endpoint, so that nothing is lost by looking at another one. */
export const filled = signal<Record<string, Values>>({});

/** The photo that was chosen last: the next endpoint begins with it. */
export const lastPhoto = signal<ChosenFile | null>(null);

const documents = new Map<string, Promise<unknown>>();

/** The OpenAPI document of a dialect, read once. */
export function readOpenApi(address: string): Promise<unknown> {
  const known = documents.get(address);
  if (known) return known;
  const reading = fetch(address, { headers: { Accept: "application/json" } }).then((response) => {
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`.trim());
    return response.json() as Promise<unknown>;
  });
  documents.set(address, reading);
  reading.catch(() => documents.delete(address));
  return reading;
}
