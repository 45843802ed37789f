import type { AuditFilter } from "../api";

export const auditFields = ["actor", "action", "account", "from", "to"] as const;

/** The filter as the form shows it: days without times, empty where nothing is asked for. */
export type AuditQuery = Record<(typeof auditFields)[number], string>;

/** The filter as the API takes it: from the start of the first day to the end of the last, in the local time zone. */
export function auditFilter(query: AuditQuery): AuditFilter {
  const filter: AuditFilter = {};
  if (query.actor.trim()) filter.actor = query.actor.trim();
  if (query.action.trim()) filter.action = query.action.trim();
  if (query.account) filter.account = query.account;
  const from = startOfDay(query.from, 0);
  const to = startOfDay(query.to, 1);
  if (from) filter.from = from;
  if (to) filter.to = to;
  return filter;
}

function startOfDay(day: string, later: number): string | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!parts) return null;
  return new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + later).toISOString();
}
