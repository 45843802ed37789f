import type { UsageDay } from "../api/types";

const dayMs = 86_400_000;

/** The last `count` days in UTC, today last. Those without requests are empty. */
export function everyDay(days: readonly UsageDay[], count: number, now = new Date()): UsageDay[] {
  const known = new Map(days.map((day) => [day.date, day]));
  return Array.from({ length: count }, (_, index) => {
    const date = new Date(now.getTime() - (count - 1 - index) * dayMs).toISOString().slice(0, 10);
    return known.get(date) ?? { date, dialects: {} };
  });
}
