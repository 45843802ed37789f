import { describe, expect, it } from "vitest";
import { address, all } from "../../src/api/client";
import type { TrafficPoint } from "../../src/api/types";
import { auditFilter } from "../../src/lib/audit";
import { enrol, type Photo } from "../../src/lib/enrolment";
import { append, atEnd, empty } from "../../src/lib/paging";
import { href, match, pathOf, within } from "../../src/lib/router";
import { lonely } from "../../src/lib/series";
import { rate, steps, total } from "../../src/lib/traffic";
import { everyDay } from "../../src/lib/usage";

describe("paging", () => {
  it("adds pages until the last", () => {
    const first = append(empty, undefined, { items: [1, 2], next: "b" });
    expect(atEnd(first)).toBe(false);
    const second = append(first, "b", { items: [3], next: null });
    expect(second.items).toEqual([1, 2, 3]);
    expect(atEnd(second)).toBe(true);
  });

  it("drops a page that came twice", () => {
    const first = append(empty, undefined, { items: [1], next: "b" });
    const second = append(first, "b", { items: [2], next: "c" });
    expect(append(second, "b", { items: [2], next: "c" })).toBe(second);
  });

  it("reads a whole list, and stops at its bound", async () => {
    const page = async (cursor: string | undefined) => ({
      items: [cursor ?? "0"],
      next: String(Number(cursor ?? 0) + 1),
    });
    expect(await all(page, 3)).toEqual(["0", "1", "2"]);
  });
});

describe("addresses", () => {
  it("escape their parts and leave empty parameters out", () => {
    expect(
      address(["accounts", "a/b", "galleries"], { q: "ü&", cursor: undefined, limit: 5, from: "" }),
    ).toBe("/admin/v1/accounts/a%2Fb/galleries?q=%C3%BC%26&limit=5");
  });

  it("lead back to what they were made of", () => {
    const path = pathOf("galleries", "a/b c", "50%");
    expect(match("/galleries/:gallery/:subject", within(href(path)))).toEqual({
      gallery: "a/b c",
      subject: "50%",
    });
  });

  it("fit no other pattern", () => {
    expect(match("/galleries/:gallery", "/galleries")).toBeNull();
    expect(match("/galleries/:gallery", "/galleries/%")).toBeNull();
    expect(match("/", within("/console/"))).toEqual({});
  });
});

describe("the audit's filter", () => {
  it("reaches from the start of the first day to the end of the last", () => {
    const filter = auditFilter({
      actor: " admin ",
      action: "",
      account: "",
      from: "2026-03-31",
      to: "2026-03-31",
    });
    expect(filter.actor).toBe("admin");
    expect(filter).not.toHaveProperty("action");
    expect(filter.from).toBe(new Date(2026, 2, 31).toISOString());
    expect(filter.to).toBe(new Date(2026, 3, 1).toISOString());
  });

  it("leaves out what is no day", () => {
    expect(auditFilter({ actor: "", action: "", account: "", from: "soon", to: "" })).toEqual({});
  });
});

describe("traffic", () => {
  const point = (at: string, count: number): TrafficPoint => ({
    at,
    count,
    ok: count - 1,
    client_error: 1,
    server_error: 0,
    refused: 0,
    p50_ms: 5,
    p95_ms: 9,
    p99_ms: 12,
  });
  const answer = {
    step_s: 600,
    from: "2026-01-01T10:00:00Z",
    to: "2026-01-01T10:40:00Z",
    series: [
      { dialect: "kairos", points: [point("2026-01-01T10:10:00Z", 600), point("2026-01-01T10:30:00Z", 300)] },
      { dialect: "perse", points: [point("2026-01-01T10:10:00Z", 300)] },
    ],
  };

  it("has every step, and nothing where there was no request", () => {
    const data = steps(answer, Date.parse("2026-01-01T10:35:00Z"));
    expect(data.x).toHaveLength(4);
    expect(data.series[0]?.points.map((one) => one?.count ?? null)).toEqual([null, 600, null, 300]);
  });

  it("adds the dialects up, and counts the step under way by what has passed of it", () => {
    const data = steps(answer, Date.parse("2026-01-01T10:35:00Z"));
    expect(rate(data, "count")).toEqual([0, 1.5, 0, 1]);
    expect(total(data, "ok")).toBe(1197);
  });

  it("leaves out a short step until it has ended", () => {
    const live = { step_s: 5, from: "2026-01-01T10:00:00Z", to: "2026-01-01T10:00:10Z", series: [] };
    expect(steps(live, Date.parse("2026-01-01T10:00:09Z")).x).toHaveLength(1);
    expect(steps(live, Date.parse("2026-01-01T10:00:10Z")).x).toHaveLength(2);
  });

  it("leaves out a step that has only begun", () => {
    expect(steps(answer, Date.parse("2026-01-01T10:32:00Z")).x).toHaveLength(3);
  });
});

describe("a line", () => {
  it("shows the values that stand alone as points", () => {
    expect(lonely([1, null, 2, 3, null, 4])).toEqual([0, 5]);
    expect(lonely([1, 2, null])).toBeNull();
  });
});

describe("usage", () => {
  it("has every day, today last", () => {
    const used = {
      date: "2026-02-28",
      dialects: { kairos: { ok: 3, client_error: 0, server_error: 0, refused: 0 } },
    };
    const days = everyDay([used], 3, new Date("2026-03-01T23:30:00Z"));
    expect(days.map((day) => day.date)).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
    expect(days[1]).toBe(used);
    expect(days[2]?.dialects).toEqual({});
  });
});

describe("enrolment", () => {
  const photos: Photo[] = ["a", "bad", "c"].map((name) => ({
    name,
    subject: "s",
    read: async () => new Blob(),
  }));

  it("goes on after a failure and tells which photo it was", async () => {
    const send = async ({ name }: Photo) => {
      if (name === "bad") throw new Error("no face");
      return 1;
    };
    const told: number[] = [];
    const state = await enrol(photos, send, new AbortController().signal, ({ done }) => told.push(done));
    expect(state).toMatchObject({ total: 3, done: 3, faces: 2, running: false });
    expect(state.failures.map(({ photo }) => photo.name)).toEqual(["bad"]);
    expect(told.at(-1)).toBe(3);
  });

  it("begins no more photos once it is stopped", async () => {
    const abort = new AbortController();
    const send = async () => {
      abort.abort();
      return 1;
    };
    const state = await enrol(photos, send, abort.signal, () => undefined);
    expect(state.done).toBeLessThan(3);
    expect(state.running).toBe(false);
  });
});
