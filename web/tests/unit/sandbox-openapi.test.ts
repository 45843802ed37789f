import { describe, expect, test } from "vitest";
import { accepts, credentialsOf, DIALECTS, isFile, shownFields } from "../../src/sandbox/dialects";
import { readDocument } from "../../src/sandbox/openapi";

const document = {
  openapi: "3.1.0",
  paths: {
    "/detect": {
      post: {
        summary: "Finds faces",
        tags: ["faces"],
        parameters: [{ name: "app_id", in: "header", required: true, schema: { type: "string" } }],
        requestBody: {
          content: {
            "application/json": {
              schema: { $ref: "#/components/schemas/Detect" },
              example: { minHeadScale: 0.015 },
            },
            "multipart/form-data": {
              schema: {
                type: "object",
                required: ["image"],
                properties: { image: { type: "string", format: "binary" }, selector: { type: "string" } },
              },
            },
          },
        },
      },
    },
    "/face/id/{id}": {
      parameters: [
        { name: "id", in: "path", required: true, schema: { type: "integer", minimum: 1 }, example: 7 },
      ],
      get: {},
      delete: { summary: "Deletes a face" },
    },
  },
  components: {
    schemas: {
      Detect: {
        type: "object",
        required: ["image"],
        properties: {
          image: { type: "string", description: "base64 text" },
          minHeadScale: { type: ["number", "null"], minimum: 0.015, maximum: 0.5 },
          selector: { oneOf: [{ type: "null" }, { $ref: "#/components/schemas/Selector" }] },
          multiple_faces: { type: "boolean", default: false },
          galleries: { type: "array", items: { type: "string" } },
        },
      },
      Selector: { type: "string", enum: ["FRONTAL", "FULL"] },
    },
  },
};

describe("an OpenAPI document", () => {
  const [detect, show, remove] = readDocument(document);
  const field = (name: string) => detect?.fields.find((item) => item.name === name);

  test("gives an endpoint for each method of each path, in its order", () => {
    expect([detect?.id, show?.id, remove?.id]).toEqual([
      "POST /detect",
      "GET /face/id/{id}",
      "DELETE /face/id/{id}",
    ]);
    expect([detect?.group, detect?.summary, remove?.summary]).toEqual([
      "faces",
      "Finds faces",
      "Deletes a face",
    ]);
    expect(detect?.bodyTypes).toEqual(["multipart/form-data", "application/json"]);
  });

  test("has the parameters of a path for every method below it", () => {
    expect(show?.fields).toEqual(remove?.fields);
    expect(show?.fields[0]).toMatchObject({
      place: "path",
      kind: "number",
      whole: true,
      minimum: 1,
      example: "7",
    });
  });

  test("has one set of fields for all content types, and a file wins over its base64 text", () => {
    expect(detect?.fields.map((item) => item.name)).toEqual([
      "app_id",
      "image",
      "selector",
      "minHeadScale",
      "multiple_faces",
      "galleries",
    ]);
    expect(field("image")).toMatchObject({ kind: "file", required: true, description: "base64 text" });
  });

  test("tells kinds through references, null types and choices with null", () => {
    expect(field("minHeadScale")).toMatchObject({
      kind: "number",
      minimum: 0.015,
      maximum: 0.5,
      example: "0.015",
    });
    expect(field("multiple_faces")).toMatchObject({ kind: "flag", example: "false" });
    expect(field("galleries")?.kind).toBe("json");
    const only = readDocument({
      paths: {
        "/a": {
          post: {
            requestBody: {
              content: {
                "application/json": {
                  schema: { properties: { s: document.components.schemas.Detect.properties.selector } },
                },
              },
            },
          },
        },
      },
      components: document.components,
    });
    expect(only[0]?.fields[0]).toMatchObject({ kind: "choice", choices: ["FRONTAL", "FULL"] });
  });

  test("tells the body's type without its parameters, and a path's own server", () => {
    const content = {
      "application/json; charset=UTF-8": { schema: { properties: { a: { type: "string" } } } },
    };
    const paths = { "/docs": { servers: [{ url: "/" }], post: { requestBody: { content } } } };
    const [only] = readDocument({ servers: [{ url: "/v1" }], paths });
    expect([only?.path, only?.bodyTypes, only?.fields.length]).toEqual(["/docs", ["application/json"], 1]);
  });

  test("has the path of its first server before every path", () => {
    const pathOf = (url: string) =>
      readDocument({ servers: [{ url }], paths: { "/detect": { post: {} } } })[0]?.path;
    expect(["/v0", "/v0/", "/", "https://host", "https://host/v1", "nonsense"].map(pathOf)).toEqual([
      "/v0/detect",
      "/v0/detect",
      "/detect",
      "/detect",
      "/v1/detect",
      "/detect",
    ]);
  });

  test("that is none gives no endpoints", () => {
    for (const value of [null, undefined, 5, [], {}, { paths: { "/a": null } }])
      expect(readDocument(value)).toEqual([]);
  });

  test("with a reference to itself ends", () => {
    const looped = {
      paths: {
        "/a": {
          post: {
            requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/A" } } } },
          },
        },
      },
      components: {
        schemas: {
          A: { allOf: [{ $ref: "#/components/schemas/A" }], properties: { b: { type: "string" } } },
        },
      },
    };
    expect(readDocument(looped)[0]?.fields.map((item) => item.name)).toEqual(["b"]);
  });
});

describe("a dialect", () => {
  const [detect] = readDocument(document);
  const [kairos] = DIALECTS;
  const perse = DIALECTS.find((dialect) => dialect.key === "perse");

  test("keeps credentials out of the form", () => {
    if (!kairos || !detect) throw new Error("missing");
    expect(shownFields(kairos, detect).map((item) => item.name)).not.toContain("app_id");
  });

  test("takes the login's credential as a field and the others' as a header", () => {
    if (!perse || !detect) throw new Error("missing");
    expect(credentialsOf(perse, detect)[0]).toMatchObject({ place: "header", name: "x-api-key" });
    expect(credentialsOf(perse, { ...detect, path: "/v0/login" })[0]).toMatchObject({
      place: "body",
      name: "privateKey",
      credential: "perse_private_key",
    });
  });

  test("knows photos and sounds by their names where the schema says text", () => {
    const named = (name: string) => ({ ...(detect?.fields[1] ?? fail()), name, kind: "text" as const });
    expect(["image", "photo1", "selfie", "source", "audio_file2"].map((name) => isFile(named(name)))).toEqual(
      Array(5).fill(true),
    );
    expect(isFile(named("subject_id"))).toBe(false);
    expect(accepts(named("audio_file1"), "perse")).toContain("audio/wav");
    expect(accepts(named("source"), "kairos-media")).toContain("video/*");
    expect(accepts(named("photo"), "findface")).toBe("image/*");
  });
});

function fail(): never {
  throw new Error("missing");
}
