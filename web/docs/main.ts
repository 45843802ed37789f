// The reference of every interface the server speaks, drawn by Swagger UI from the server's own documents.

import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";
import "../src/styles/tokens.css";
import "./docs.css";
import "./reference.css";
import "./reference-schemas.css";
import { effect } from "@preact/signals";
import { type PlainKey, t } from "../src/lib/i18n";
import { dark } from "../src/lib/theme";

/** An interface that has a document. */
interface Entry {
  name: string;
  title: string;
  url: string;
}

const LIST = "/docs/openapi.json";

/** The console's own interface, told only to those who are signed in. */
const ADMIN: Entry = { name: "admin", title: "Vultus admin API", url: "/admin/v1/openapi.json" };

function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

/** Draws the reference of an interface and notes it in the address. */
function show(entry: Entry): void {
  const file = element("file", HTMLAnchorElement);
  file.href = entry.url;
  file.hidden = false;
  element("own", HTMLSpanElement).hidden = entry.name !== "findface";
  document.title = `${entry.title}: ${t("nav.docs")}`;
  history.replaceState(null, "", `?interface=${encodeURIComponent(entry.name)}`);
  SwaggerUI({
    url: entry.url,
    domNode: element("reference", HTMLElement),
    presets: [SwaggerUI.presets.apis],
    defaultModelsExpandDepth: 0,
    docExpansion: "list",
    filter: true,
    // The document is checked where it is made; nothing leaves the server.
    validatorUrl: null,
  });
}

async function entries(): Promise<Entry[]> {
  const answer = await fetch(LIST);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const listed = (await answer.json()) as Entry[];
  const admin = await fetch(ADMIN.url).catch(() => null);
  return admin?.ok ? [...listed, ADMIN] : listed;
}

// The words of the page; the documents themselves are in English.
for (const named of document.querySelectorAll<HTMLElement>("[data-text]"))
  named.textContent = t(named.dataset.text as PlainKey);

// The package is light unless told otherwise.
effect(() => {
  document.documentElement.classList.toggle("dark-mode", dark.value);
});

/** Names the choices that the package leaves without a name, and lets the keyboard reach what scrolls. */
function complete(reference: HTMLElement): void {
  for (const select of reference.querySelectorAll("select:not([aria-label], [aria-labelledby])")) {
    const parameter = select.closest("[data-param-name]")?.getAttribute("data-param-name");
    select.setAttribute("aria-label", parameter ?? (select.id === "servers" ? "Server" : "Example"));
  }
  reference.querySelector(".close-modal:not([aria-label])")?.setAttribute("aria-label", "Close");
  // What these buttons say of themselves differs from their words.
  for (const button of reference.querySelectorAll(".modal-btn[aria-label]"))
    button.removeAttribute("aria-label");
  for (const body of reference.querySelectorAll("textarea:not([aria-label], [aria-labelledby])"))
    body.setAttribute("aria-label", "Request body");
  for (const example of reference.querySelectorAll<HTMLElement>("pre.microlight")) {
    if (example.scrollHeight > example.clientHeight || example.scrollWidth > example.clientWidth)
      example.tabIndex = 0;
  }
}

async function start(): Promise<void> {
  const reference = element("reference", HTMLElement);
  new MutationObserver(() => complete(reference)).observe(reference, { childList: true, subtree: true });
  const all = await entries();
  const select = element("interface", HTMLSelectElement);
  for (const { name, title } of all) select.add(new Option(title, name));
  select.addEventListener("change", () => {
    const chosen = all.find((entry) => entry.name === select.value);
    if (chosen) show(chosen);
  });
  const asked = new URLSearchParams(location.search).get("interface");
  const first = all.find((entry) => entry.name === asked) ?? all[0];
  if (!first) throw new Error(t("docs.none"));
  select.value = first.name;
  select.disabled = false;
  show(first);
}

start().catch((error: unknown) => {
  const failure = element("failure", HTMLParagraphElement);
  const why = error instanceof Error ? error.message : String(error);
  failure.textContent = t("docs.unreadable", { why });
  failure.hidden = false;
});
