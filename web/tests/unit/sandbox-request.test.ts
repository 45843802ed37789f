import { describe, expect, test } from "vitest";
import type { CredentialPlace } from "../../src/sandbox/dialects";
import type { BodyType, Endpoint, Field } from "../../src/sandbox/openapi";
import { pretty, prettyTokens } from "../../src/sandbox/pretty";
import { buildRequest, type Draft, masked, problemOf, type Values } from "../../src/sandbox/request";
import { snippet } from "../../src/sandbox/snippets";

const field = (name: string, rest: Partial<Field> = {}): Field => ({
  name,
  place: "body",
  kind: "text",
  required: false,
  choices: [],
  description: "",
  example: "",
  minimum: null,
  maximum: null,
  whole: false,
  ...rest,
});

const photo = { name: "it's.jpg", type: "image/jpeg", blob: new Blob(["x"]) };
const token: CredentialPlace = {
  credential: "findface_token",
  place: "header",
  name: "Authorization",
  template: "Token {}",
};
const apiKey: CredentialPlace = {
  credential: "machinesense_api_key",
  place: "body",
  name: "api_key",
  template: "{}",
};

function draft(values: Values, bodyType: BodyType | null, fields: Field[], rest: Partial<Draft> = {}): Draft {
  const endpoint: Endpoint = {
    id: "POST /v0/face/gallery/{gallery}",
    method: "POST",
    path: "/v0/face/gallery/{gallery}",
    summary: "",
    description: "",
    group: "",
    fields,
    bodyTypes: [],
  };
  const credentials = { findface_token: "0123456789abcdef0123", machinesense_api_key: "key-of-machinesense" };
  return { endpoint, fields, values, bodyType, places: [token], credentials, origin: "http://h", ...rest };
}

const fields = [
  field("gallery", { place: "path" }),
  field("n", { place: "query", kind: "number" }),
  field("photo", { kind: "file" }),
  field("meta"),
  field("age", { kind: "flag" }),
  field("count", { kind: "number" }),
  field("galleries", { kind: "json" }),
];

describe("a request", () => {
  test("has its values where they belong, escaped, and leaves out what is empty", () => {
    const values = { gallery: "a b/c", n: "3", photo, meta: "Sam & Co", age: "" };
    const request = buildRequest(draft(values, "multipart/form-data", fields));
    expect(request.url).toBe("http://h/v0/face/gallery/a%20b%2Fc?n=3");
    expect(request.headers).toEqual([["Authorization", "Token 0123456789abcdef0123"]]);
    expect(request.body).toEqual({
      kind: "form",
      parts: [
        { name: "photo", file: photo },
        { name: "meta", value: "Sam & Co" },
      ],
    });
    expect(request.secrets).toEqual(["0123456789abcdef0123"]);
  });

  test("in JSON has numbers, flags, lists and photos as such", () => {
    const values = { gallery: "g", photo, age: "true", count: "0.5", galleries: '["a"]' };
    const request = buildRequest(draft(values, "application/json", fields, { places: [apiKey] }));
    expect(request.body).toEqual({
      kind: "json",
      entries: [
        ["photo", { base64Of: photo }],
        ["age", true],
        ["count", 0.5],
        ["galleries", ["a"]],
        ["api_key", "key-of-machinesense"],
      ],
    });
    expect(request.headers).toEqual([]);
  });

  test("without anything in its body has none", () => {
    expect(buildRequest(draft({ gallery: "g" }, "multipart/form-data", fields)).body).toEqual({
      kind: "none",
    });
    expect(buildRequest(draft({ gallery: "g", meta: "m" }, null, fields)).body).toEqual({ kind: "none" });
  });

  test("without credentials has no header for them", () => {
    expect(buildRequest(draft({}, null, fields, { credentials: {} })).headers).toEqual([]);
  });
});

describe("what is filled in", () => {
  test("is checked against the document", () => {
    const number = field("t", { kind: "number", minimum: 0, maximum: 1 });
    expect(problemOf(field("a", { required: true }), "")).toBe("required");
    expect(problemOf(field("a"), "")).toBeNull();
    expect(problemOf(number, "x")).toBe("number");
    expect(problemOf(number, "1.5")).toBe("range");
    expect(problemOf(number, ".5")).toBeNull();
    expect(problemOf({ ...number, whole: true }, "0.5")).toBe("whole");
    expect(problemOf(field("j", { kind: "json" }), '{"a":')).toBe("json");
    expect(problemOf(field("j", { kind: "json" }), "a,b")).toBeNull();
  });
});

describe("secrets", () => {
  test("are dots on the screen, with an end by which to tell them apart", () => {
    expect(masked("H: Token 0123456789abcdef0123", ["0123456789abcdef0123"])).toBe("H: Token ••••••••0123");
    expect(masked("a short-1 b", ["short-1"])).toBe("a •••••••• b");
    expect(masked("abcabc", [""])).toBe("abcabc");
  });

  test("of which one is part of another are covered whole", () => {
    expect(masked("47ff7a22-and-more", ["47ff7a22", "47ff7a22-and-more"])).toBe("••••••••more");
  });
});

describe("a snippet", () => {
  const form = buildRequest(
    draft({ gallery: "g", photo, meta: "it's @ $HOME" }, "multipart/form-data", fields),
  );
  const json = buildRequest(
    draft({ gallery: "g", photo, meta: "$HOME `x` \\" }, "application/json", fields, { places: [apiKey] }),
  );

  test("for curl escapes what the shell and -F would read", () => {
    expect(snippet(form, "curl")).toBe(
      "curl -s 'http://h/v0/face/gallery/g' \\\n  -H 'Authorization: Token 0123456789abcdef0123' \\\n" +
        "  -F 'photo=@\"it'\\''s.jpg\"' \\\n  --form-string 'meta=it'\\''s @ $HOME'\n",
    );
  });

  test("for curl with a photo in JSON reads it from a here-document", () => {
    const text = snippet(json, "curl");
    expect(text).toContain("PHOTO=$(base64 < 'it'\\''s.jpg' | tr -d '\\n')\ncurl -s ");
    expect(text).toContain(
      '{"photo": "$PHOTO", "meta": "\\$HOME \\`x\\` \\\\\\\\", "api_key": "key-of-machinesense"}\nEND\n',
    );
  });

  test("for Python and JavaScript sends the same fields", () => {
    const python = snippet(form, "python");
    expect(python).toContain('("photo", ("it\'s.jpg", open("it\'s.jpg", "rb")))');
    expect(python).toContain('("meta", (None, "it\'s @ $HOME"))');
    expect(snippet(json, "python")).toContain("import base64\nimport requests\n");
    expect(snippet(json, "javascript")).toContain('"photo": await readFile("it\'s.jpg", "base64"),');
    expect(snippet(form, "javascript")).toContain(
      'body.append("photo", new Blob([await readFile("it\'s.jpg")]), "it\'s.jpg");',
    );
  });

  test("of a call without a body names the method only where it is no GET", () => {
    const base = draft({ gallery: "g" }, null, fields, { places: [] });
    const get = buildRequest({ ...base, endpoint: { ...base.endpoint, method: "GET" } });
    expect(snippet(get, "curl")).toBe("curl -s 'http://h/v0/face/gallery/g'\n");
    expect(snippet(buildRequest(base), "curl")).toContain("-X POST");
    expect(snippet(get, "python")).toContain(
      'requests.request(\n    "GET",\n    "http://h/v0/face/gallery/g",\n)',
    );
  });
});

describe("pretty JSON", () => {
  test("keeps every character of values", () => {
    const text = '{"a":1.0,"b":[1e5,-2,{}],"c":[],"d":"x: {\\"y\\", z}","e":9007199254740993,"f":null}';
    const shown = pretty(text);
    expect(shown.replace(/\n\s*/g, "").replaceAll('": ', '":')).toBe(text);
    expect(shown.split("\n").slice(0, 4)).toEqual(["{", '  "a": 1.0,', '  "b": [', "    1e5,"]);
  });

  test("tells keys from texts", () => {
    const kinds = prettyTokens('{"a":"b","c":true}').filter(
      (token) => token.kind !== "mark" && token.kind !== "space",
    );
    expect(kinds.map((token) => [token.kind, token.text])).toEqual([
      ["key", '"a"'],
      ["string", '"b"'],
      ["key", '"c"'],
      ["word", "true"],
    ]);
  });
});
