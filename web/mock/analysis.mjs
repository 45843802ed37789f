// Comparing, media, cameras, history and accuracy.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hex, page, Refusal, random, uuid } from "./answers.mjs";
import { someFaces } from "./people.mjs";
import { facesOf } from "./photos.mjs";

const next = random(23);
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const root = fileURLToPath(new URL("../..", import.meta.url));
const json = (path) => JSON.parse(readFileSync(`${root}${path}`, "utf8"));

/** What confidences stand for, as the server fixes them. */
const anchors = [
  [0.5, 1e-2],
  [0.569, 3e-3],
  [0.6, 1e-3],
  [0.6616, 3e-4],
  [0.71, 2e-4],
  [0.75, 1e-4],
  [0.7834, 3e-5],
  [0.85, 1e-5],
  [0.92, 1e-6],
];
const named = [
  ["findface_low", 0.569],
  ["kairos_default", 0.6],
  ["findface_medium", 0.6616],
  ["findface_default", 0.75],
  ["findface_strict", 0.7834],
];

function rateOf(score) {
  const points = [[0, 0.5], ...anchors, [0.999, 1e-8]];
  const at = points.findIndex(([one]) => one >= score);
  if (at <= 0) return at < 0 ? 1e-8 : 0.5;
  const [[x0, y0], [x1, y1]] = [points[at - 1], points[at]];
  return Math.exp(Math.log(y0) + ((score - x0) / (x1 - x0)) * (Math.log(y1) - Math.log(y0)));
}

const calibration = {
  models: ["face-recognition", "faceres"],
  points: Array.from({ length: 100 }, (_, index) => ({
    score: index / 100,
    similarity: index / 40 - 1,
    false_match_rate: rateOf(index / 100),
    extrapolated: index > 85,
  })),
  named: named.map(([name, score]) => ({ name, score, false_match_rate: rateOf(score) })),
};

function reports() {
  return readdirSync(`${root}docs/accuracy`)
    .filter((name) => name.endsWith(".json"))
    .map((name) => {
      const report = json(`docs/accuracy/${name}`);
      const { pack, task, data, figures, plots = [] } = report;
      const curves = plots.flatMap((plot) =>
        plot.series.map((one) => ({
          name: one.name,
          mark: one.mark,
          points: one.points,
          plot: plot.name,
          title: plot.title,
          x_label: plot.x.label,
          y_label: plot.y.label,
          x_log: plot.x.is_logarithmic,
          y_log: plot.y.is_logarithmic,
        })),
      );
      const told = figures.map(({ name: of, value, interval, unit }) => ({
        name: of,
        value,
        unit,
        low: interval?.low ?? null,
        high: interval?.high ?? null,
      }));
      return {
        pack,
        task,
        dataset: data,
        licence: report.licence,
        command: report.command,
        published: true,
        summary: report.counts.map(({ of, count }) => `${count} ${of}`).join(", "),
        curves,
        figures: told,
      };
    });
}

const models = [
  ["detect", "ssd-mobilenet-v1", "MIT", "@vladmandic/face-api", "1.7.15", 5_612_000, "512 × 512 RGB"],
  ["embed", "face-recognition", "MIT", "@vladmandic/face-api", "1.7.15", 6_443_000, "150 × 150 RGB"],
  ["embed", "faceres", "MIT", "@vladmandic/human", "3.3.6", 6_970_000, "224 × 224 RGB"],
  ["liveness", "liveness", "MIT", "@vladmandic/human", "3.3.6", 592_000, "32 × 32 RGB"],
  ["voice", "voice-encoder", "Apache-2.0", "Resemblyzer", "0.1.4", 17_090_000, "40 mel bands, 1.6 s"],
].map(([task, name, licence, source_package, version, bytes, input]) => ({
  pack: "default",
  task,
  name,
  digest: hex(next, 64),
  licence,
  source_package,
  version,
  bytes,
  input,
  provenance:
    "Taken out of the package named above, whose digest is pinned, and converted to ONNX at installation.",
  needs_acceptance: false,
  weak: name === "liveness",
  installed: true,
  in_use: true,
}));

const emotions = ["neutral", "joy", "sadness", "anger", "fear", "disgust", "surprise"];

function expression(seed, at) {
  const raw = emotions.map(
    (_, index) =>
      Math.max(0.01, Math.sin(at * (0.5 + index / 9) + index * 2 + seed) ** 3) + (index === 0 ? 0.5 : 0),
  );
  const sum = raw.reduce((total, value) => total + value, 0);
  return Object.fromEntries(emotions.map((name, index) => [name, raw[index] / sum]));
}

/** Two people of a made-up video of 20 s, one of whom goes and comes back. */
function frames() {
  return Array.from({ length: 240 }, (_, index) => {
    const at = (index + 1) / 12;
    const people = [];
    const drift = 12 * Math.sin(at);
    if (at < 14 || at > 16.5)
      people.push({
        person: 0,
        box: { x: 370 + drift, y: 55, width: 66, height: 78 },
        emotions: expression(0, at),
        attention: 90,
      });
    if (at > 3 && at < 18)
      people.push({
        person: 1,
        box: { x: 196 + drift, y: 86, width: 60, height: 68 },
        emotions: expression(4, at),
        attention: 60,
      });
    return { at_s: at, people };
  });
}

const media = new Map();
function medium(state, seconds, rest = {}) {
  const id = hex(next, 24);
  media.set(id, {
    id,
    state,
    created_at: ago(seconds),
    kind: "video",
    duration_s: 20,
    people: 2,
    error: null,
    ...rest,
  });
  return id;
}
medium("complete", 4000);
medium("failed", 9000, { duration_s: null, people: null, error: "no_pictures" });
medium("complete", 90_000, { kind: "image", duration_s: 0, people: 3 });

const region = (width, height, x, y) => ({ width, height, x, y });
const cameras = new Map();
function camera(meta, url_shown, state, rest = {}) {
  const id = uuid(next);
  const watch = state && {
    state,
    since: ago(7200),
    retry_at: state === "waiting" ? ago(-40) : null,
    error: state === "waiting" ? "the host cannot be reached" : null,
    frames: 86_214,
    dropped: 311,
    events: 42,
    lost: 0,
  };
  cameras.set(id, {
    id,
    meta,
    url_shown,
    enabled: true,
    detector: "",
    tracking_region: null,
    event_region: null,
    watch,
    ...rest,
  });
  return id;
}
const seen = [
  camera("Front door", "rtsp://door.example/stream1", "running", { event_region: region(640, 480, 0, 120) }),
  camera("Loading bay", "rtsp://bay.example/live", "waiting"),
  camera("Reception", "https://reception.example/cam.m3u8", null, { enabled: false }),
];

let events;
function allEvents() {
  events ??= Array.from({ length: 60 }, (_, index) => {
    const person = 1 + Math.floor(next() ** 2 * 9);
    return {
      face: someFaces()[index % someFaces().length],
      person: String(person),
      camera: seen[Math.floor(next() * 2.2)],
      at: ago(index * 2900 + next() * 900),
      friend: person < 3,
    };
  });
  return events;
}

function persons() {
  const all = new Map();
  for (const event of allEvents()) {
    const known = all.get(event.person) ?? {
      name: "",
      id: event.person,
      events: 0,
      last_at: event.at,
      face: event.face,
      friend: event.friend,
      cameras: new Map(),
    };
    known.events += 1;
    known.first_at = event.at;
    known.cameras.set(event.camera, (known.cameras.get(event.camera) ?? 0) + 1);
    all.set(event.person, known);
  }
  return [...all.values()].map((one) => ({
    ...one,
    cameras: [...one.cameras].map(([id, count]) => ({ camera: id, events: count })),
  }));
}

const found = (map, id) => {
  const one = map.get(id);
  if (!one) throw new Refusal(404, "not_found", "there is no such thing");
  return one;
};
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const inAccount = "/accounts/:account";

export const routes = [
  ["GET", "/calibration", () => calibration],
  ["GET", "/accuracy", () => ({ reports: reports(), unreadable: [] })],
  ["GET", "/models", () => ({ items: models, next: null })],
  [
    "POST",
    `${inAccount}/sandbox-credentials`,
    () => ({
      credentials: {
        app_id: hex(next, 8),
        app_key: hex(next, 64),
        findface_token: hex(next, 64),
        perse_private_key: uuid(next),
        perse_api_key: hex(next, 64),
        machinesense_api_key: hex(next, 64),
      },
      expires_at: ago(-3600),
    }),
  ],
  [
    "POST",
    `${inAccount}/compare`,
    async ({ body }) => {
      await wait(300);
      const photos = [facesOf(body.get("photo1")), facesOf(body.get("photo2"))];
      const isSame = body.get("photo1").size === body.get("photo2").size;
      const score = isSame ? 0.8721 : 0.4418;
      return {
        photos: photos.map(({ width, height, boxes }) => ({
          width,
          height,
          faces: boxes.map((box) => ({ box })),
        })),
        chosen: [Number(body.get("face1") ?? 0), Number(body.get("face2") ?? 0)],
        score,
        similarity: isSame ? 2.214 : 0.118,
        false_match_rate: rateOf(score),
        extrapolated: score > 0.85,
      };
    },
  ],
  [
    "POST",
    `${inAccount}/galleries/:gallery/identify`,
    async ({ body, parts }) => {
      await wait(300);
      const { width, height, boxes } = facesOf(body.get("photo"));
      const faces = someFaces(parts.account, parts.gallery);
      const probes = boxes.map((box, at) => ({
        box,
        candidates: faces.slice(at * 6, at * 6 + 6).map(({ subject, face }, index) => {
          const score = [0.91, 0.72, 0.63, 0.58, 0.41, 0.33][index] - at * 0.06;
          const rate = rateOf(score);
          return {
            subject,
            face,
            score,
            false_match_rate: rate,
            extrapolated: score > 0.85,
            expected_false_positives: rate * 4200,
          };
        }),
      }));
      return { width, height, gallery_faces: 4200, probes };
    },
  ],
  [
    "GET",
    `${inAccount}/media`,
    ({ query }) =>
      page(
        [...media.values()].sort((one, other) => other.created_at.localeCompare(one.created_at)),
        query,
      ),
  ],
  [
    "POST",
    `${inAccount}/media`,
    async ({ body }) => {
      const file = body.get("file");
      const id = medium("running", 0, {
        kind: file.type.startsWith("image/") ? "image" : "video",
        people: null,
        duration_s: null,
      });
      setTimeout(
        () => Object.assign(media.get(id) ?? {}, { state: "complete", people: 2, duration_s: 20 }),
        1500,
      );
      return { status: 202, body: { id, state: "running" } };
    },
  ],
  [
    "GET",
    `${inAccount}/media/:id`,
    ({ parts }) => {
      const one = found(media, parts.id);
      const people = [0, 1].map((person) => ({
        person,
        age: 34 - 5 * person,
        gender: person === 0 ? "female" : "male",
        duration_s: 17.5 - 2 * person,
        attention: 88 - 20 * person,
        looked_s: 15.2 - 6 * person,
        glances: 3 + person,
        emotions: expression(person * 4, 2),
      }));
      return { ...one, width: 640, height: 360, people: one.state === "complete" ? people : [] };
    },
  ],
  [
    "GET",
    `${inAccount}/media/:id/frames`,
    ({ parts }) => {
      const one = found(media, parts.id);
      if (one.kind !== "image") return { width: 640, height: 360, frames: frames() };
      const { width, height, boxes } = facesOf({ name: "sample3.jpg" });
      const people = boxes.map((box, person) => ({
        person,
        box,
        emotions: expression(person, 1),
        attention: 70,
      }));
      return { width, height, frames: [{ at_s: 0, people }] };
    },
  ],
  ["DELETE", `${inAccount}/media/:id`, ({ parts }) => void media.delete(parts.id)],
  ["GET", `${inAccount}/cameras`, ({ query }) => page([...cameras.values()], query)],
  [
    "POST",
    `${inAccount}/cameras`,
    ({ body }) => {
      if (!/^(rtsp|https?|file):\/\//.test(body.url ?? ""))
        throw new Refusal(422, "invalid", "the address must be of rtsp, http, https or file", "url");
      const id = camera(body.meta ?? "", body.url.replace(/\/\/.*@/, "//"), "connecting", {
        enabled: body.enabled ?? true,
        event_region: body.event_region ?? null,
      });
      return { status: 201, body: cameras.get(id) };
    },
  ],
  ["PATCH", `${inAccount}/cameras/:id`, ({ parts, body }) => Object.assign(found(cameras, parts.id), body)],
  ["DELETE", `${inAccount}/cameras/:id`, ({ parts }) => void cameras.delete(parts.id)],
  [
    "GET",
    `${inAccount}/events`,
    ({ query }) => {
      const wanted = (name, value) => !query.get(name) || query.get(name) === String(value);
      const items = allEvents().filter(
        (event) =>
          wanted("person", event.person) &&
          wanted("camera", event.camera) &&
          wanted("friend", event.friend) &&
          event.at >= (query.get("from") ?? "") &&
          event.at <= (query.get("to") ?? "9"),
      );
      return page(
        items.map(({ face, ...rest }) => ({ ...rest, face: face.face, subject: "" })),
        query,
      );
    },
  ],
  [
    "GET",
    `${inAccount}/persons`,
    ({ query }) =>
      page(
        persons().map((one) => ({ ...one, face: one.face.face })),
        query,
      ),
  ],
  [
    "GET",
    `${inAccount}/persons/:id`,
    ({ parts }) => {
      const one = persons().find((person) => person.id === parts.id);
      if (!one) throw new Refusal(404, "not_found", "there is no such person");
      return { ...one, face: one.face.face };
    },
  ],
];
