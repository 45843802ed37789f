import { useState } from "preact/hooks";
import { Code } from "../../components/Code";
import { Segments } from "../../components/Field";
import { Card } from "../../components/Page";
import { format, t } from "../../lib/i18n";
import { type CallRequest, isFileText, masked } from "../../sandbox/request";
import { type Language, snippet } from "../../sandbox/snippets";
import { CopyButton } from "./CopyButton";

type View = "http" | Language;

const VIEWS: { value: View; label: string }[] = [
  { value: "http", label: "HTTP" },
  { value: "curl", label: "curl" },
  { value: "python", label: "Python" },
  { value: "javascript", label: "JavaScript" },
];

/** The request as it goes out, and as source code. Secrets are dots on the screen and real in what is copied. */
export function RequestView({ request }: { request: CallRequest }) {
  const [view, setView] = useState<View>("curl");
  const text = view === "http" ? plainText(request) : snippet(request, view);
  return (
    <Card title={t("sandbox.request")} actions={<CopyButton text={text} what={t("sandbox.request")} />}>
      <div class="stack">
        <Segments label={t("sandbox.language")} value={view} options={VIEWS} onChange={setView} />
        <Code label={t("sandbox.request")}>{masked(text, request.secrets)}</Code>
        {request.secrets.length > 0 && <p class="hint">{t("sandbox.masked")}</p>}
      </div>
    </Card>
  );
}

/** What goes over the wire, with files named instead of written out. */
function plainText(request: CallRequest): string {
  const url = new URL(request.url);
  const lines = [`${request.method} ${url.pathname}${url.search} HTTP/1.1`, `Host: ${url.host}`];
  for (const [name, value] of request.headers) lines.push(`${name}: ${value}`);
  const { body } = request;
  const fileText = (file: { name: string; blob: Blob }) => `‹${file.name}, ${format.bytes(file.blob.size)}›`;
  if (body.kind === "form") {
    lines.push("Content-Type: multipart/form-data", "");
    for (const part of body.parts) {
      lines.push(`${part.name}: ${"value" in part ? part.value : fileText(part.file)}`);
    }
  } else if (body.kind === "urlencoded") {
    const pairs = body.parts.map(({ name, value }) => [name, value]);
    lines.push("Content-Type: application/x-www-form-urlencoded", "", new URLSearchParams(pairs).toString());
  } else if (body.kind === "json") {
    const entries = body.entries.map(([name, value]) => [
      name,
      isFileText(value) ? fileText(value.base64Of) : value,
    ]);
    lines.push("Content-Type: application/json", "", JSON.stringify(Object.fromEntries(entries), null, 2));
  }
  return `${lines.join("\n")}\n`;
}
