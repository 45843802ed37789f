// Chromium at desktop and phone width, with the checks that every page has to pass.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const artifacts = fileURLToPath(new URL("../../artifacts", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const sizes = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 375, height: 812 },
};

export function launch({ webcam } = {}) {
  const camera = webcam
    ? [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        `--use-file-for-fake-video-capture=${webcam}`,
      ]
    : [];
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...camera,
    ],
  });
}

/** A page of a visitor of its own. What goes wrong in it is collected in `page.problems`. */
export async function visit(browser, base, size, { locale = "en-GB", colorScheme = "light" } = {}) {
  const context = await browser.newContext({ viewport: sizes[size], locale, colorScheme, baseURL: base });
  await context.grantPermissions(["camera", "clipboard-read", "clipboard-write"], { origin: base });
  const page = await context.newPage();
  page.setDefaultTimeout(Number(process.env.PAGE_TIMEOUT ?? 20_000));
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(String(error.stack)));
  page.on("console", (message) => {
    // Browsers report every answer that is no success: what these mean is looked at where they are expected.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      page.problems.push(message.text());
    }
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.origin !== base)
      page.problems.push(`asked another host: ${url}`);
  });
  return page;
}

/** Takes a screenshot in light and dark, and checks that the page is accessible and fits the window. */
export async function inspect(page, name, size) {
  mkdirSync(artifacts, { recursive: true });
  await page.evaluate(() => document.fonts.ready);
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(excess, 0, `${name} is ${excess} px wider than the window (${size})`);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.waitForTimeout(150);
    await page.screenshot({ path: join(artifacts, `${name}-${size}-${colorScheme}.png`) });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document));
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    const told = serious.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join("\n  ")}`,
    );
    assert.deepEqual(told, [], `axe has complaints about ${name} (${size}, ${colorScheme})`);
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  assert.deepEqual(page.problems, [], `${name} met problems (${size})`);
}

/** Opens a page of the console through its navigation, as a user does. */
export async function open(page, title, size) {
  if (size === "phone") await page.getByRole("button", { name: "Open navigation" }).click();
  await page
    .getByRole("navigation", { name: "Pages" })
    .getByRole("link", { name: title, exact: true })
    .click();
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
}

/** Fills the sign-in form. */
export async function signIn(page, name, password) {
  await page.goto("/console/");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Replaces a one-time password. */
export async function choosePassword(page, current, next) {
  await page.getByLabel("Password used so far").fill(current);
  await page.getByLabel("New password", { exact: true }).fill(next);
  await page.getByLabel("New password again").fill(next);
  await page.getByRole("button", { name: "Set password" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
}
