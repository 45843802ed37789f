// Descriptions of the dialects and a few of their answers, as far as the sandbox needs them.
import { facesOf } from "./photos.mjs";

const text = (description, rest = {}) => ({ type: "string", description, ...rest });
const file = (description) => ({ type: "string", format: "binary", description });

function operation(
  summary,
  properties,
  required,
  { json = true, form = true, tag = "faces", parameters } = {},
) {
  const schema = { type: "object", required, properties };
  const content = {};
  if (json) content["application/json"] = { schema };
  if (form) content["multipart/form-data"] = { schema };
  return {
    summary,
    tags: [tag],
    ...(parameters ? { parameters } : {}),
    ...(properties ? { requestBody: { content } } : {}),
    responses: {},
  };
}

const photo = { image: file("A photo: a file, base64 text or its web address.") };
const gallery = { gallery_name: text("The gallery.", { example: "MyGallery" }) };
const subject = { subject_id: text("Who it is.", { example: "Elizabeth" }) };
const optional = {
  minHeadScale: {
    type: "number",
    minimum: 0.015,
    maximum: 0.5,
    description: "Smallest face, as a share of the photo’s shorter side.",
  },
  selector: text("FRONTAL, FULL, ROLL or LIVENESS."),
};
const id = { name: "id", in: "path", required: true, schema: { type: "string" } };

const documents = {
  kairos: {
    "/detect": { post: operation("Finds the faces of a photo", { ...photo, ...optional }, ["image"]) },
    "/enroll": {
      post: operation(
        "Enrols a face",
        { ...photo, ...subject, ...gallery, ...optional, multiple_faces: { type: "boolean" } },
        ["image", "subject_id", "gallery_name"],
      ),
    },
    "/recognize": {
      post: operation(
        "Searches a gallery",
        {
          ...photo,
          ...gallery,
          threshold: { type: "number", minimum: 0, maximum: 1, default: 0.6 },
          max_num_results: { type: "integer", minimum: 1 },
        },
        ["image", "gallery_name"],
      ),
    },
    "/compare": {
      post: operation(
        "Compares two photos",
        { source_image: file("The first photo."), target_image: file("The second photo.") },
        ["source_image", "target_image"],
      ),
    },
    "/gallery/list_all": { post: operation("Lists the galleries", undefined, []) },
  },
  "kairos-media": {
    "/v2/media": {
      post: operation(
        "Analyses an image or video",
        {
          source: file("The medium."),
          landmarks: { type: "integer", enum: [0, 1] },
          timeout: { type: "integer", minimum: 0, maximum: 60 },
        },
        ["source"],
        { json: false },
      ),
    },
    "/v2/media/{id}": {
      get: { summary: "Asks for a result", parameters: [id] },
      delete: { summary: "Deletes a result", parameters: [id] },
    },
  },
  findface: {
    "/detect": {
      post: operation(
        "Finds the faces of a photo",
        {
          photo: file("The photo."),
          gender: { type: "boolean" },
          age: { type: "boolean" },
          emotions: { type: "boolean" },
        },
        ["photo"],
      ),
    },
    "/identify": {
      post: operation(
        "Searches a gallery",
        {
          photo: file("The photo."),
          threshold: text("strict, medium, low, none or a number."),
          n: { type: "integer", minimum: 1 },
        },
        ["photo"],
      ),
    },
    "/face/id/{id}": { get: { summary: "Shows a face", parameters: [id] } },
  },
  perse: {
    "/v0/login": {
      post: operation(
        "Trades a private key for a token",
        { privateKey: text("The private key.") },
        ["privateKey"],
        { form: false, tag: "session" },
      ),
    },
    "/v0/face/detect": {
      post: operation(
        "Finds the faces of a photo",
        { image_file: file("The photo."), client_declaration_enduser_consent: { type: "boolean" } },
        ["image_file"],
        { json: false },
      ),
    },
  },
  idv: {
    "/v0.1/liveness-verification": {
      post: operation(
        "Is the selfie one of a living person?",
        { selfie: file("The selfie."), threshold: { type: "number", minimum: 0, maximum: 1 } },
        ["selfie"],
      ),
    },
  },
  machinesense: {
    "/faceapi/v1/face_age_detection": {
      post: operation(
        "Tells an age",
        { image: text("The photo in base64."), api_key: text("The key.") },
        ["image", "api_key"],
        { form: false },
      ),
    },
  },
};

export function isDialect(request, url) {
  return url.pathname.startsWith("/docs/openapi") || request.method !== "GET" || /^\/v\d/.test(url.pathname);
}

export async function answerDialect(request, response, url) {
  if (url.pathname === "/docs/openapi.json")
    return send(
      response,
      200,
      Object.keys(documents).map((name) => ({ name, title: name, url: `/docs/openapi/${name}.json` })),
    );
  const found = /^\/docs\/openapi\/([\w-]+)\.json$/.exec(url.pathname);
  if (found)
    return send(response, documents[found[1]] ? 200 : 404, {
      openapi: "3.1.0",
      info: { title: found[1], version: "0" },
      servers: found[1] === "findface" ? [{ url: "/v1" }, { url: "/v0" }, { url: "/" }] : undefined,
      paths: documents[found[1]] ?? {},
    });
  for await (const _ of request);
  await new Promise((done) => setTimeout(done, 200));
  if (!request.headers.app_id && url.pathname === "/detect") {
    response.writeHead(403, { "Content-Type": "text/plain" });
    return response.end("Authentication failed");
  }
  const { width, height, boxes } = facesOf({ name: "sample3.jpg" });
  const faces = boxes.map((box, index) => ({
    topLeftX: box.x,
    topLeftY: box.y,
    width: box.width,
    height: box.height,
    leftEyeCenterX: box.x + 145,
    leftEyeCenterY: box.y + 104,
    rightEyeCenterX: box.x + 50,
    rightEyeCenterY: box.y + 84,
    chinTipX: box.x + 63,
    chinTipY: box.y + 258,
    pitch: -4,
    roll: 12,
    yaw: -22,
    eyeDistance: 98,
    confidence: 0.91676,
    attributes: {
      age: 34 + index,
      gender: { femaleConfidence: 0.96947, maleConfidence: 0.03053, type: "F" },
      glasses: "None",
      lips: "Apart",
    },
    face_id: index + 1,
    quality: 0.8295,
  }));
  send(response, 200, { images: [{ status: "Complete", width, height, file: "sample3.jpg", faces }] });
}

function send(response, status, body) {
  response.writeHead(status, { "Content-Type": "application/json", "X-Liveness-Model": "human-liveness" });
  response.end(JSON.stringify(body));
}
