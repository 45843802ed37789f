// Galleries, subjects and faces. Thumbnails are the test photos in ../.cache/photos where these were fetched.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { page, Refusal, random, uuid } from "./answers.mjs";

const next = random(11);
const photos = fileURLToPath(new URL("../../.cache/photos", import.meta.url));
const samples = existsSync(photos) ? readdirSync(photos).filter((name) => name.endsWith(".jpg")) : [];

const given =
  "ada,grace,alan,katherine,edsger,barbara,donald,margaret,dennis,radia,ken,frances,john,annie,tim,mary".split(
    ",",
  );
const family =
  "okafor,lindqvist,marchetti,novak,tanaka,silva,haddad,jensen,kowalska,moreau,schmidt,oduya".split(",");

/** Faces by account, gallery and subject. */
const store = new Map([
  ["acme", new Map([gallery("staff", 84), gallery("visitors", 31), gallery("contractors", 0)])],
  ["northgate-clinic", new Map([gallery("patients", 140), gallery("staff", 46)])],
  ["harbour-logistics", new Map([gallery("drivers", 58)])],
]);

function gallery(name, subjects) {
  const people = new Map();
  for (let index = 0; index < subjects; index += 1) {
    const subject = `${given[index % given.length]}.${family[Math.floor(index / 3) % family.length]}`;
    if (!people.has(subject)) people.set(subject, []);
    const count = 1 + Math.floor(next() * 3);
    for (let face = 0; face < count; face += 1) people.get(subject).push(newFace(name));
  }
  return [name, people];
}

function newFace(galleryName, at = Date.now() - next() * 40 * 86_400_000) {
  return {
    id: uuid(next),
    enrolled_at: new Date(at).toISOString(),
    box: { x: 120 + Math.round(next() * 40), y: 90, width: 180, height: 240 },
    has_photo: next() > 0.1,
    galleries: [galleryName],
    quality: 0.5 + next() / 2,
    person: null,
    camera: null,
    seen_at: null,
    sample: samples[Math.floor(next() * samples.length)],
  };
}

function galleriesOf(account) {
  if (!store.has(account)) store.set(account, new Map());
  return store.get(account);
}

function galleryOf({ account, gallery: name }) {
  const found = galleriesOf(account).get(name);
  if (!found) throw new Refusal(404, "not_found", "there is no such gallery");
  return found;
}

function subjectOf(parts) {
  const found = galleryOf(parts).get(parts.subject);
  if (!found) throw new Refusal(404, "not_found", "there is no such subject");
  return found;
}

function counted(name, people) {
  return {
    name,
    subjects: people.size,
    faces: [...people.values()].reduce((sum, faces) => sum + faces.length, 0),
  };
}

export function totals() {
  const galleries = [...store].flatMap(([account, all]) =>
    [...all].map(([name, people]) => {
      const { subjects, faces } = counted(name, people);
      return { account, gallery: name, faces, subjects };
    }),
  );
  return { galleries, faces: galleries.reduce((sum, one) => sum + one.faces, 0) };
}

export function faceOf(account, id) {
  for (const people of galleriesOf(account).values()) {
    for (const faces of people.values()) {
      const found = faces.find((face) => face.id === id);
      if (found) return found;
    }
  }
  throw new Refusal(404, "not_found", "there is no such face");
}

export function sampleOf(face) {
  if (!face.sample) throw new Refusal(404, "not_found", "no photo is kept");
  return { file: `${photos}/${face.sample}` };
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const galleries = "/accounts/:account/galleries";
const subject = `${galleries}/:gallery/subjects/:subject`;

export const routes = [
  [
    "GET",
    galleries,
    ({ parts, query }) =>
      page(
        [...galleriesOf(parts.account)].map(([name, people]) => counted(name, people)),
        query,
      ),
  ],
  [
    "POST",
    galleries,
    ({ parts, body }) => {
      const all = galleriesOf(parts.account);
      if (all.has(body.name))
        throw new Refusal(409, "conflict", "there is a gallery of that name already", "name");
      all.set(body.name, new Map());
      return { status: 201, body: { name: body.name, subjects: 0, faces: 0 } };
    },
  ],
  ["DELETE", `${galleries}/:gallery`, ({ parts }) => void galleriesOf(parts.account).delete(parts.gallery)],
  [
    "GET",
    `${galleries}/:gallery/subjects`,
    ({ parts, query }) => {
      const part = (query.get("q") ?? "").toLowerCase();
      const items = [...galleryOf(parts)]
        .filter(([name]) => name.toLowerCase().includes(part))
        .sort(([one], [other]) => one.localeCompare(other))
        .map(([name, faces]) => ({
          subject: name,
          faces: faces.length,
          first_face: faces[0]?.id ?? null,
          latest_at:
            faces
              .map((face) => face.enrolled_at)
              .sort()
              .at(-1) ?? null,
        }));
      return page(items, query);
    },
  ],
  [
    "GET",
    subject,
    ({ parts, query }) => {
      const { items, next: cursor } = page(subjectOf(parts), query);
      return { subject: parts.subject, gallery: parts.gallery, faces: items, next: cursor };
    },
  ],
  [
    "POST",
    `${subject}/merge`,
    (call) => {
      const { parts, body, note } = call;
      note(call, "subject.merge", `subject/${parts.subject}`);
      const from = subjectOf(parts);
      const into = subjectOf({ ...parts, subject: body.into });
      into.push(...from);
      galleryOf(parts).delete(parts.subject);
      return { subject: body.into, faces: into };
    },
  ],
  [
    "POST",
    `${subject}/move`,
    ({ parts, body }) => {
      const faces = subjectOf(parts);
      const into = galleryOf({ ...parts, gallery: body.gallery });
      if (into.has(parts.subject))
        throw new Refusal(409, "conflict", "the other gallery has a subject of that name");
      into.set(parts.subject, faces);
      galleryOf(parts).delete(parts.subject);
    },
  ],
  ["DELETE", subject, ({ parts }) => void galleryOf(parts).delete(parts.subject)],
  [
    "DELETE",
    "/accounts/:account/faces/:id",
    ({ parts }) => {
      const face = faceOf(parts.account, parts.id);
      for (const people of galleriesOf(parts.account).values()) {
        for (const [name, faces] of people) {
          const left = faces.filter((one) => one !== face);
          if (left.length === 0 && faces.length > 0) people.delete(name);
          else people.set(name, left);
        }
      }
    },
  ],
  ["GET", "/accounts/:account/faces/:id/thumbnail", ({ parts }) => sampleOf(faceOf(parts.account, parts.id))],
  [
    "GET",
    "/accounts/:account/faces/:id/photo",
    ({ parts }) => {
      const face = faceOf(parts.account, parts.id);
      if (!face.has_photo) throw new Refusal(404, "not_found", "no photo is kept");
      return sampleOf(face);
    },
  ],
  [
    "POST",
    `${galleries}/:gallery/enrol`,
    async ({ parts, body }) => {
      await wait(250);
      const photo = body.get("photo");
      if ((photo?.size ?? 0) < 100)
        throw new Refusal(422, "unreadable_image", "the file is no image that can be read", "photo");
      if (photo.name.includes("noface"))
        throw new Refusal(422, "no_face", "the photo shows no face", "photo");
      if (/sample|group/.test(photo.name) && body.get("all_faces") !== "true") {
        throw new Refusal(422, "several_faces", "the photo shows several faces", "photo");
      }
      const people = galleryOf(parts);
      const face = newFace(parts.gallery, Date.now());
      people.set(body.get("subject"), [...(people.get(body.get("subject")) ?? []), face]);
      return { status: 201, body: { faces: [{ id: face.id, box: face.box }] } };
    },
  ],
];
