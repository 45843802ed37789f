// Sessions, operators, overview, traffic, accounts and audit.
import { hex, page, Refusal, random, uuid } from "./answers.mjs";
import { totals } from "./people.mjs";

const next = random(7);
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const day = 86_400;

const operators = [
  operator("admin", "administrator", 64, 0.001),
  operator("m.okafor", "operator", 60, 0.2),
  operator("s.lindqvist", "operator", 41, 3),
  operator("revision", "auditor", 22, 9),
  { ...operator("j.former", "operator", 60, 48), disabled_at: ago(30 * day) },
];
// With MOCK_FIRST_START the administrator has a one-time password, as after the first start of a server.
const first = process.env.MOCK_FIRST_START ? `once-${hex(next, 16)}` : "vultus-console";
if (process.env.MOCK_FIRST_START) console.log(`one-time password of admin: ${first}`);
const passwords = new Map([["admin", first]]);
const sessions = new Map();

export const accounts = [
  account("acme", 64, null, 812, 18_423),
  account("northgate-clinic", 40, 5000, 3120, 9_310),
  account("harbour-logistics", 12, 1000, 990, 1_204),
  { ...account("pilot-2025", 200, null, 0, 0), disabled_at: ago(20 * day) },
];

function operator(name, role, createdDays, seenDays) {
  return {
    name,
    role,
    created_at: ago(createdDays * day),
    disabled_at: null,
    last_sign_in_at: ago(seenDays * day),
  };
}

function account(name, days, quota, used, requests) {
  return {
    id: uuid(next),
    name,
    created_at: ago(days * day),
    disabled_at: null,
    liveness_per_month: quota,
    liveness_used: used,
    requests_per_minute: quota,
    requests_30d: requests,
  };
}

function credentials() {
  return {
    app_id: hex(next, 8),
    app_key: hex(next, 32),
    findface_token: hex(next, 32),
    perse_private_key: hex(next, 40),
    perse_api_key: hex(next, 40),
    machinesense_api_key: hex(next, 32),
  };
}

export function currentSession(request) {
  const cookie = /vultus_session=(\w+)/.exec(request.headers.cookie ?? "");
  return cookie ? sessions.get(cookie[1]) : undefined;
}

/** Writes down what an operator changes. */
export function note({ session, parts }, action, target) {
  audit.unshift({
    id: audit.length + 1,
    at: ago(0),
    actor: session.operator.name,
    role: session.operator.role,
    action,
    account: parts.account ?? parts.name ?? null,
    target,
    outcome: "ok",
    address: "127.0.0.1",
  });
}

function find(list, name, key = "name") {
  const found = list.find((one) => one[key] === name);
  if (!found) throw new Refusal(404, "not_found", "there is none of that name");
  return found;
}

const dialects = [
  ["kairos", 9],
  ["findface", 5],
  ["perse", 2.2],
  ["idv", 0.7],
  ["machinesense", 1.4],
];
const windows = {
  "10m": [600, 5],
  "1h": [3600, 60],
  "24h": [day, 600],
  "7d": [7 * day, 3600],
  "30d": [30 * day, 4 * 3600],
};

function traffic(name) {
  const [length, step] = windows[name] ?? windows["1h"];
  const end = (Math.floor(Date.now() / 1000 / step) + 1) * step;
  const series = dialects.map(([dialect, rate], order) => ({
    dialect,
    points: Array.from({ length: length / step }, (_, index) => {
      const at = end - length + index * step;
      const noise = random(at + order * 977);
      for (let skip = 0; skip < 5; skip += 1) noise();
      const hour = (at / 3600) % 24;
      const busy = 0.25 + Math.exp(-(((hour - 11) / 5) ** 2)) + 0.5 * Math.exp(-(((hour - 17) / 3) ** 2));
      const whole = at + step > Date.now() / 1000 ? (Date.now() / 1000 - at) / step : 1;
      const count = Math.round(whole * rate * step * busy * (0.7 + 0.6 * noise()) * 0.4);
      const client_error = Math.round(count * 0.03 * noise() * 2);
      const refused = noise() > 0.97 ? Math.round(count * 0.1) : 0;
      const server_error = noise() > 0.995 ? 1 : 0;
      const p50 = (60 + 25 * order) * (0.9 + 0.3 * noise());
      return {
        at: new Date(at * 1000).toISOString(),
        count,
        ok: Math.max(0, count - client_error - refused - server_error),
        client_error,
        server_error,
        refused,
        p50_ms: p50,
        p95_ms: p50 * (1.9 + 0.5 * noise()),
        p99_ms: p50 * (2.8 + 1.5 * noise()),
      };
    }).filter((point) => point.count > 0),
  }));
  return {
    step_s: step,
    from: new Date((end - length) * 1000).toISOString(),
    to: new Date(end * 1000).toISOString(),
    series,
  };
}

function overview() {
  const counted = totals();
  return {
    version: "0.9.0",
    started_at: ago(3.4 * day),
    ready: true,
    node: "b3f1",
    queue: { running: 2, waiting: Math.floor(Math.random() * 6), capacity: 64 },
    index: { faces: counted.faces, lag_changes: 0 },
    models: [
      model("detect", "yunet-2023mar", "MIT", 232_589),
      model("embed", "human-faceres", "MIT", 6_978_814),
      model("age-gender", "human-faceres", "MIT", 6_978_814),
      model("expression", "human-emotion", "MIT", 820_516),
      model("liveness", "human-liveness", "MIT", 592_976),
      model("voice", "wespeaker-resnet34-lm", "CC-BY-4.0", 26_530_550),
    ],
    totals: { accounts: accounts.length, galleries: counted.galleries.length, faces: counted.faces },
    galleries: counted.galleries.toSorted((one, other) => other.faces - one.faces).slice(0, 20),
    ffmpeg: true,
    capabilities: { liveness: true, voice: true, attributes: true },
  };
}

function model(task, name, licence, bytes) {
  const digest = hex(random(name.length * 31 + bytes), 64);
  return { task, name, digest, licence, package: `${name}@1`, bytes };
}

function usage(days) {
  return {
    days: Array.from({ length: days }, (_, index) => {
      const noise = random(index + 3);
      for (let skip = 0; skip < 5; skip += 1) noise();
      const entry = (rate) => ({
        ok: Math.round(rate * (0.4 + noise())),
        client_error: Math.round(rate * 0.04 * noise()),
        server_error: 0,
        refused: noise() > 0.9 ? 3 : 0,
      });
      return {
        date: ago((days - 1 - index) * day).slice(0, 10),
        dialects: { kairos: entry(420), findface: entry(180), perse: entry(60) },
      };
    }),
  };
}

const actions = [
  ["session.sign_in", null, "ok"],
  ["session.sign_in_failed", null, "refused"],
  ["face.view", "subject/ada", "ok"],
  ["face.enrol", "gallery/staff", "ok"],
  ["subject.delete", "subject/visitor-17", "ok"],
  ["subject.merge", "subject/b.jones", "ok"],
  ["gallery.create", "gallery/visitors", "ok"],
  ["account.rotate", null, "ok"],
  ["account.quota", null, "ok"],
  ["operator.create", "operator/revision", "ok"],
  ["camera.change", "camera/3", "ok"],
];

const audit = Array.from({ length: 420 }, (_, index) => {
  const noise = random(index * 13 + 5);
  for (let skip = 0; skip < 5; skip += 1) noise();
  const [action, target, outcome] = actions[Math.floor(noise() * actions.length)];
  const who = noise() > 0.9 ? null : operators[Math.floor(noise() * operators.length)];
  const aboutAccount = !action.startsWith("session.") && !action.startsWith("operator.");
  return {
    id: 420 - index,
    at: ago(index * 1900 + noise() * 900),
    actor: who?.name ?? "cli",
    role: who?.role ?? null,
    action,
    account: aboutAccount ? accounts[Math.floor(noise() * accounts.length)].name : null,
    target,
    outcome,
    address: who ? `10.20.${Math.floor(noise() * 4)}.${Math.floor(noise() * 200)}` : null,
  };
});

function audited(query) {
  const [actor, action, account, from, to] = ["actor", "action", "account", "from", "to"].map((name) =>
    query.get(name),
  );
  return audit.filter(
    (entry) =>
      (!actor || entry.actor === actor) &&
      (!action || entry.action === action || entry.action.startsWith(`${action}.`)) &&
      (!account || entry.account === account) &&
      (!from || entry.at >= from) &&
      (!to || entry.at < to),
  );
}

let failures = 0;

export const routes = [
  [
    "POST",
    "/session",
    ({ body, response }) => {
      const known = operators.find((one) => one.name === body.name && !one.disabled_at);
      if (!known || passwords.get(body.name) !== body.password) {
        failures += 1;
        if (failures > 5) {
          failures = 0;
          response.setHeader("Retry-After", "300");
          throw new Refusal(429, "too_many_attempts", "too many attempts");
        }
        throw new Refusal(401, "sign_in_failed", "the name or the password is wrong");
      }
      failures = 0;
      const key = hex(next, 32);
      const session = {
        operator: { name: known.name, role: known.role },
        csrf_token: hex(next, 32),
        expires_at: ago(-8 * 3600),
        must_change_password: body.password.startsWith("once-"),
      };
      sessions.set(key, session);
      response.setHeader("Set-Cookie", `vultus_session=${key}; HttpOnly; SameSite=Strict; Path=/admin`);
      return session;
    },
  ],
  ["GET", "/session", ({ session }) => session],
  [
    "DELETE",
    "/session",
    ({ session }) => {
      for (const [key, one] of sessions) if (one === session) sessions.delete(key);
    },
  ],
  [
    "PUT",
    "/session/password",
    ({ body, session }) => {
      if (passwords.get(session.operator.name) !== body.current) {
        throw new Refusal(422, "invalid", "the current password is wrong", "current");
      }
      if (body.new.length < 12) throw new Refusal(422, "invalid", "the password is too short", "new");
      passwords.set(session.operator.name, body.new);
      session.must_change_password = false;
    },
  ],
  ["GET", "/operators", ({ query }) => page(operators, query)],
  [
    "POST",
    "/operators",
    ({ body }) => {
      if (operators.some((one) => one.name === body.name)) {
        throw new Refusal(409, "conflict", "there is an operator of that name already", "name");
      }
      const made = { ...operator(body.name, body.role, 0, 0), last_sign_in_at: null };
      operators.push(made);
      const one_time_password = `once-${hex(next, 16)}`;
      passwords.set(body.name, one_time_password);
      return { status: 201, body: { operator: made, one_time_password } };
    },
  ],
  [
    "PATCH",
    "/operators/:name",
    ({ parts, body }) => {
      const found = find(operators, parts.name);
      if (body.role) found.role = body.role;
      if (body.disabled !== undefined) found.disabled_at = body.disabled ? ago(0) : null;
      return found;
    },
  ],
  [
    "POST",
    "/operators/:name/reset-password",
    ({ parts }) => {
      const one_time_password = `once-${hex(next, 16)}`;
      passwords.set(find(operators, parts.name).name, one_time_password);
      return { one_time_password };
    },
  ],
  ["GET", "/overview", overview],
  ["GET", "/traffic", ({ query }) => traffic(query.get("window"))],
  [
    "GET",
    "/accounts",
    ({ query }) => {
      const counted = totals();
      return page(
        accounts.map((one) => ({
          ...one,
          faces: counted.galleries.filter((g) => g.account === one.name).reduce((sum, g) => sum + g.faces, 0),
        })),
        query,
      );
    },
  ],
  [
    "POST",
    "/accounts",
    ({ body }) => {
      if (!/^[\w.-]{1,64}$/.test(body.name))
        throw new Refusal(
          422,
          "invalid",
          "the name has other characters than letters, digits, dots, dashes and underscores",
          "name",
        );
      if (accounts.some((one) => one.name === body.name)) {
        throw new Refusal(409, "conflict", "there is an account of that name already", "name");
      }
      const made = { ...account(body.name, 0, null, 0, 0), faces: 0 };
      accounts.push(made);
      return { status: 201, body: { account: made, credentials: credentials() } };
    },
  ],
  [
    "POST",
    "/accounts/:name/rotate",
    (call) => {
      note(call, "account.rotate", null);
      return { account: find(accounts, call.parts.name), credentials: credentials() };
    },
  ],
  [
    "POST",
    "/accounts/:name/sandbox-credentials",
    () => ({ credentials: credentials(), expires_at: ago(-3600) }),
  ],
  [
    "PATCH",
    "/accounts/:name",
    ({ parts, body }) => {
      const found = find(accounts, parts.name);
      if (body.disabled !== undefined) found.disabled_at = body.disabled ? ago(0) : null;
      for (const limit of ["liveness_per_month", "requests_per_minute"])
        if (body[limit] !== undefined) found[limit] = body[limit];
      return found;
    },
  ],
  ["GET", "/accounts/:name/usage", ({ query }) => usage(Number(query.get("days") ?? 30))],
  ["GET", "/audit", ({ query }) => page(audited(query), query)],
  [
    "GET",
    "/audit/export",
    ({ query }) => {
      const names = ["id", "at", "actor", "role", "action", "account", "target", "outcome", "address"];
      const entries = audited(query);
      const csv = query.get("format") === "csv";
      const raw = csv
        ? [names, ...entries.map((one) => names.map((name) => one[name] ?? ""))]
            .map((row) => row.join(","))
            .join("\r\n")
        : entries.map((one) => JSON.stringify(one)).join("\n");
      const headers = { "Content-Disposition": `attachment; filename="audit.${csv ? "csv" : "jsonl"}"` };
      return { raw, type: csv ? "text/csv" : "application/jsonl", headers };
    },
  ],
];
