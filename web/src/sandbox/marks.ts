// What of an answer can be drawn over the photo that was sent: boxes, points, a label. The shapes of all dialects
// differ enough to be told apart by their keys, so one walk reads them all.

export interface Point {
  x: number;
  y: number;
}

export interface Box extends Point {
  width: number;
  height: number;
}

export interface Mark {
  /** The field of the photo that it belongs to; `null` where there is only one photo. */
  photo: string | null;
  box: Box;
  points: Point[];
  label: string;
}

type Json = Record<string, unknown>;

/** Keys below which everything belongs to one of two photos. */
const PHOTO_OF: Record<string, string> = {
  SourceImageFace: "source_image",
  MatchedFaces: "target_image",
  UnmatchedFaces: "target_image",
  bbox1: "photo1",
  bbox2: "photo2",
};

/** Marks beyond this number are not drawn. */
const MOST_MARKS = 500;

export function marksOf(answer: unknown): Mark[] {
  const marks: Mark[] = [];
  walk(answer, null, "", marks);
  return marks.slice(0, MOST_MARKS);
}

function walk(value: unknown, photo: string | null, label: string, marks: Mark[]): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, photo, label, marks);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const object = value as Json;
  const own = labelOf(object) || label;
  const box = boxOf(object);
  if (box !== null) {
    marks.push({ photo, box, points: pointsOf(object), label: own });
    return;
  }
  for (const [key, item] of Object.entries(object)) {
    const edges = edgesOf(key);
    if (edges !== null) {
      // The faces below are those of the gallery, whose boxes are of other photos.
      marks.push({ photo, box: edges, points: [], label: candidateLabel(item) });
    } else if (key === "frames" && Array.isArray(item)) {
      // The boxes of later frames are of other pictures.
      walk(item.slice(0, 1), photo, own, marks);
    } else if (key !== "candidates") {
      walk(item, PHOTO_OF[key] ?? photo, own, marks);
    }
  }
}

function boxOf(object: Json): Box | null {
  const corner = numbers(object, ["x1", "y1", "x2", "y2"]);
  if (corner !== null) return fromEdges(corner);
  const top = numbers(object, ["topLeftX", "topLeftY", "width", "height"]);
  if (top !== null) return fromSize(top);
  const { bounding_box: listed, face, top_left: start, delta } = object;
  if (Array.isArray(listed)) {
    const size = listed.filter((item): item is number => typeof item === "number");
    return size.length === 4 ? fromSize(size) : null;
  }
  if (isObject(start) && isObject(delta)) {
    const [from, size] = [numbers(start, ["x", "y"]), numbers(delta, ["x", "y"])];
    return from !== null && size !== null ? fromSize([...from, ...size]) : null;
  }
  if (isObject(face)) {
    const size = numbers(face, ["x", "y", "width", "height"]);
    return size === null ? null : fromSize(size);
  }
  return null;
}

/** `"[x1, y1, x2, y2]"`, the keys of an identification. */
function edgesOf(key: string): Box | null {
  const found = /^\[(-?\d+), (-?\d+), (-?\d+), (-?\d+)\]$/.exec(key);
  return found === null ? null : fromEdges(found.slice(1).map(Number));
}

function fromEdges(edges: number[]): Box {
  const [x = 0, y = 0, right = 0, bottom = 0] = edges;
  return { x, y, width: right - x, height: bottom - y };
}

function fromSize(size: number[]): Box {
  const [x = 0, y = 0, width = 0, height = 0] = size;
  return { x, y, width, height };
}

/** Eyes and chin as `leftEyeCenterX`, a table of pairs, or a list of named points. */
function pointsOf(object: Json): Point[] {
  const points: Point[] = [];
  for (const name of ["leftEyeCenter", "rightEyeCenter", "chinTip"]) {
    const found = numbers(object, [`${name}X`, `${name}Y`]);
    if (found !== null) points.push({ x: found[0] ?? 0, y: found[1] ?? 0 });
  }
  const { landmarks } = object;
  if (Array.isArray(landmarks)) {
    for (const item of landmarks) {
      for (const place of Object.values(isObject(item) ? item : {})) {
        const found = isObject(place) ? numbers(place, ["x", "y"]) : null;
        if (found !== null) points.push({ x: found[0] ?? 0, y: found[1] ?? 0 });
      }
    }
  } else if (isObject(landmarks)) {
    for (const pair of Object.values(landmarks)) {
      if (!Array.isArray(pair)) continue;
      const [x, y] = pair;
      if (typeof x === "number" && typeof y === "number") points.push({ x, y });
    }
  }
  return points;
}

/** Who it is and how sure that is, or else what is told of the face. */
function labelOf(object: Json): string {
  const name = [object.subject_id, object.meta, object.user_token].find(
    (text) => typeof text === "string" && text !== "",
  );
  const score = [object.similarity, name === undefined ? undefined : object.confidence].find(
    (number) => typeof number === "number",
  );
  const verified = "verified" in object && "bbox1" in object ? object.confidence : undefined;
  const parts = [name, score ?? verified].filter((part) => part !== undefined).map(short);
  return parts.length > 0 ? parts.join(" · ") : aboutFace(object);
}

function aboutFace(object: Json): string {
  const inner = isObject(object.attributes) ? object.attributes : object;
  const { demographics } = object;
  const told = isObject(demographics) ? demographics : inner;
  const gender = isObject(told.gender) ? told.gender.type : told.gender;
  const age = told.age ?? told.age_group;
  const parts = [gender, age].filter(
    (part) => (typeof part === "string" && part !== "") || typeof part === "number",
  );
  const { liveness_score: liveness } = object;
  if (typeof liveness === "number") parts.push(`liveness ${short(liveness)}`);
  return parts.map(short).join(", ");
}

function candidateLabel(candidates: unknown): string {
  const [best] = Array.isArray(candidates) ? candidates : [];
  if (!isObject(best)) return "";
  const face = isObject(best.face) ? best.face : {};
  return [face.meta, best.confidence]
    .filter((part) => part !== undefined && part !== "")
    .map(short)
    .join(" · ");
}

function short(value: unknown): string {
  return typeof value === "number" && !Number.isInteger(value)
    ? String(Math.round(value * 1e4) / 1e4)
    : String(value);
}

function numbers(object: Json, keys: string[]): number[] | null {
  const found = keys.map((key) => object[key]);
  return found.every((value): value is number => typeof value === "number") ? found : null;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
