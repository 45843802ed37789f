// A request as source code that can be run as it is, beside the files that it names.

import { type Body, type CallRequest, isFileText, type Part } from "./request";

export type Language = "curl" | "python" | "javascript";

export function snippet(request: CallRequest, language: Language): string {
  switch (language) {
    case "curl":
      return curl(request);
    case "python":
      return python(request);
    case "javascript":
      return javascript(request);
  }
}

function curl(request: CallRequest): string {
  const { method, url, headers, body } = request;
  const lines = [`curl -s ${isDefaultMethod(method, body) ? "" : `-X ${method} `}${quoted(url)}`];
  for (const [name, value] of headers) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body.kind === "form") {
    for (const part of body.parts) lines.push(curlPart(part));
  } else if (body.kind === "urlencoded") {
    for (const { name, value } of body.parts) lines.push(`--data-urlencode ${quoted(`${name}=${value}`)}`);
  } else if (body.kind === "json") {
    lines.push(`-H ${quoted("Content-Type: application/json")}`);
    return curlJson(lines, body.entries);
  }
  return `${lines.join(" \\\n  ")}\n`;
}

function isDefaultMethod(method: string, body: Body): boolean {
  return method === (body.kind === "none" ? "GET" : "POST");
}

// `-F` reads `@`, `<` and `;` in values; `--form-string` reads nothing.
function curlPart(part: Part): string {
  if ("value" in part) return `--form-string ${quoted(`${part.name}=${part.value}`)}`;
  const name = part.file.name.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return `-F ${quoted(`${part.name}=@"${name}"`)}`;
}

// A photo in base64 is longer than a command line may be, so the body comes from a here-document.
function curlJson(lines: string[], entries: [string, unknown][]): string {
  const files = entries.flatMap(([name, value]) =>
    isFileText(value) ? [{ name, file: value.base64Of }] : [],
  );
  if (files.length === 0) {
    return `${[...lines, `-d ${quoted(JSON.stringify(Object.fromEntries(entries)))}`].join(" \\\n  ")}\n`;
  }
  const set = files.map(
    ({ name, file }) => `${variable(name)}=$(base64 < ${quoted(file.name)} | tr -d '\\n')`,
  );
  const pairs = entries.map(([name, value]) => {
    const text = isFileText(value)
      ? `"$${variable(name)}"`
      : JSON.stringify(value).replace(/[\\$`]/g, "\\$&");
    return `${JSON.stringify(name)}: ${text}`;
  });
  return `${set.join("\n")}\n${[...lines, "--data-binary @- <<END"].join(" \\\n  ")}\n{${pairs.join(", ")}}\nEND\n`;
}

function variable(name: string): string {
  return name.replace(/\W/g, "_").toUpperCase();
}

/** A word of the shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function python(request: CallRequest): string {
  const { method, url, headers, body } = request;
  const lines = ["import requests", ""];
  const options: string[] = [];
  if (headers.length > 0)
    options.push(`headers={${headers.map(([name, value]) => `${py(name)}: ${py(value)}`).join(", ")}}`);
  if (body.kind === "form") {
    const parts = body.parts.map((part) =>
      "value" in part
        ? `(${py(part.name)}, (None, ${py(part.value)}))`
        : `(${py(part.name)}, (${py(part.file.name)}, open(${py(part.file.name)}, "rb")))`,
    );
    options.push(`files=[\n        ${parts.join(",\n        ")},\n    ]`);
  } else if (body.kind === "urlencoded") {
    options.push(`data=[${body.parts.map(({ name, value }) => `(${py(name)}, ${py(value)})`).join(", ")}]`);
  } else if (body.kind === "json") {
    if (body.entries.some(([, value]) => isFileText(value))) lines.unshift("import base64");
    const pairs = body.entries.map(([name, value]) =>
      isFileText(value)
        ? `${py(name)}: base64.b64encode(open(${py(value.base64Of.name)}, "rb").read()).decode()`
        : `${py(name)}: ${pyValue(value)}`,
    );
    options.push(`json={\n        ${pairs.join(",\n        ")},\n    }`);
  }
  const call = [`    ${py(method)}`, `    ${py(url)}`, ...options.map((option) => `    ${option}`)];
  return `${[...lines, `answer = requests.request(\n${call.join(",\n")},\n)`, "print(answer.status_code, answer.text)"].join("\n")}\n`;
}

// The escapes of JSON are those of Python, but for the halves of characters beyond 16 bits, which JSON.stringify
// leaves whole.
function py(text: string): string {
  return JSON.stringify(text);
}

function pyValue(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (Array.isArray(value)) return `[${value.map(pyValue).join(", ")}]`;
  if (typeof value === "object") {
    return `{${Object.entries(value as object)
      .map(([name, item]) => `${py(name)}: ${pyValue(item)}`)
      .join(", ")}}`;
  }
  return JSON.stringify(value);
}

function javascript(request: CallRequest): string {
  const { method, url, headers, body } = request;
  const lines: string[] = [];
  const files = filesOf(body);
  if (files.length > 0) lines.push('import { readFile } from "node:fs/promises";', "");
  const sent: [string, string][] = [...headers];
  let content = "";
  if (body.kind === "form") {
    lines.push("const body = new FormData();");
    for (const part of body.parts) {
      lines.push(
        "value" in part
          ? `body.append(${js(part.name)}, ${js(part.value)});`
          : `body.append(${js(part.name)}, new Blob([await readFile(${js(part.file.name)})]), ${js(part.file.name)});`,
      );
    }
    content = "body";
  } else if (body.kind === "urlencoded") {
    const pairs = body.parts.map(({ name, value }) => `[${js(name)}, ${js(value)}]`);
    lines.push(`const body = new URLSearchParams([${pairs.join(", ")}]);`);
    content = "body";
  } else if (body.kind === "json") {
    sent.push(["Content-Type", "application/json"]);
    const pairs = body.entries.map(([name, value]) =>
      isFileText(value)
        ? `  ${js(name)}: await readFile(${js(value.base64Of.name)}, "base64"),`
        : `  ${js(name)}: ${JSON.stringify(value)},`,
    );
    lines.push("const body = JSON.stringify({", ...pairs, "});");
    content = "body";
  }
  const options = [`  method: ${js(method)},`];
  if (sent.length > 0)
    options.push(`  headers: { ${sent.map(([name, value]) => `${js(name)}: ${js(value)}`).join(", ")} },`);
  if (content !== "") options.push(`  ${content},`);
  lines.push(`const answer = await fetch(${js(url)}, {`, ...options, "});");
  lines.push("console.log(answer.status, await answer.text());");
  return `${lines.join("\n")}\n`;
}

function filesOf(body: Body): unknown[] {
  if (body.kind === "form") return body.parts.filter((part) => "file" in part);
  return body.kind === "json" ? body.entries.filter(([, value]) => isFileText(value)) : [];
}

function js(text: string): string {
  return JSON.stringify(text);
}
