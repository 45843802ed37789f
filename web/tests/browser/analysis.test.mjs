// Walks the pages about calls, comparing, media, cameras, history and accuracy through their main tasks.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { choosePassword, inspect, launch, open, signIn, sizes, visit } from "./browser.mjs";
import { portraits, samplePhoto, startServer, temporaryFolder } from "./server.mjs";

const password = "correct horse battery";
let server;
let browser;
let account;
let people;
let clip;

before(async () => {
  const folder = temporaryFolder();
  server = await startServer();
  browser = await launch();
  clip = video(samplePhoto(3), folder);
  // The stand-in for the API has an account with people of its own.
  if (server.run) {
    account = "sight";
    const credentials = JSON.parse(server.run("accounts", "create", account, "--json"));
    people = portraits(server.run, 3, folder);
    await enrol(credentials, people);
  } else {
    account = "acme";
    people = [samplePhoto(3), samplePhoto(1)];
  }
  const page = await visit(browser, server.base, "desktop");
  await signIn(page, "admin", server.password);
  await choosePassword(page, server.password, password);
  await page.context().close();
});

after(async () => {
  await browser?.close();
  server?.stop();
});

/** Two seconds of a photo, as a browser can play it. */
function video(photo, folder) {
  const path = join(folder, "clip.webm");
  const picture = ["-vf", "scale=640:-2", "-c:v", "libvpx", "-b:v", "600k"];
  execFileSync("ffmpeg", [
    "-loglevel",
    "error",
    "-y",
    "-loop",
    "1",
    "-i",
    photo,
    "-t",
    "4",
    "-r",
    "12",
    ...picture,
    path,
  ]);
  return path;
}

/** Two subjects of a gallery, and three events of a camera. */
async function enrol(credentials, [first, second]) {
  const post = async (path, headers, fields, field, photo) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    body.set(field, new Blob([readFileSync(photo)]), basename(photo));
    const answer = await fetch(server.base + path, { method: "POST", headers, body });
    const text = await answer.text();
    assert.ok(answer.ok && !text.includes("ErrCode"), `${path}: ${answer.status} ${text}`);
  };
  const { kairos } = credentials;
  const findface = { Authorization: `Token ${credentials.findface.token}` };
  for (const [subject_id, photo] of [
    ["ada", first],
    ["grace", second],
  ]) {
    await post("/enroll", kairos, { subject_id, gallery_name: "staff" }, "image", photo);
  }
  for (const [hour, photo] of [
    ["08", first],
    ["09", second],
    ["10", first],
  ]) {
    const fields = { cam_id: "1", timestamp: `2026-06-13T${hour}:00:00.000000` };
    await post("/v0/face", findface, fields, "photo", photo);
  }
}

for (const size of process.env.CONSOLE_SIZES?.split(",") ?? Object.keys(sizes)) {
  describe(`at ${size} width`, () => {
    let page;

    before(async () => {
      page = await visit(browser, server.base, size);
      await signIn(page, "admin", password);
      await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
      await open(page, "Compare", size);
      await page.getByLabel("Account").selectOption(account);
    });

    after(() => page.context().close());

    const choose = (nth, file) => page.locator('input[type="file"]').nth(nth).setInputFiles(file);

    test("a call is sent, drawn over its photo and copied with its secrets", async () => {
      await open(page, "Sandbox", size);
      await page.getByLabel("Call").selectOption("POST /detect");
      await page.getByRole("button", { name: "Send the request" }).click();
      await page.getByText("This must be given.").waitFor();
      await page.getByRole("button", { name: "Lend me a key for an hour" }).click();
      await page.getByText(`Borrowed from the account “${account}”`).waitFor();
      await choose(0, samplePhoto(3));
      await page.getByRole("button", { name: "Send the request" }).click();
      await page.getByText("200 OK").first().waitFor();
      assert.equal(await page.locator(".mark").count(), 3);
      await page.getByRole("region", { name: "Response" }).getByText('"topLeftX"').first().waitFor();
      const key = await page.getByLabel("app_key").inputValue();
      await page.getByText("Python", { exact: true }).click();
      await page.getByRole("button", { name: "Copy" }).first().click();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(copied, /import requests/);
      assert.ok(copied.includes(key), "what is copied must work");
      const shown = await page.getByRole("region", { name: "Request" }).innerText();
      assert.ok(!shown.includes(key), "secrets must not be on the screen");
      await inspect(page, "sandbox", size);
    });

    test("every dialect answers a call with a photo", async () => {
      const calls = [
        ["kairos-media", "POST /v2/media"],
        ["findface", "POST /v1/detect"],
        ["perse", "POST /v0/face/detect"],
        ["idv", "POST /v0.1/liveness-verification"],
        ["machinesense", "POST /faceapi/v1/face_age_detection"],
      ];
      for (const [dialect, call] of calls) {
        await page.getByLabel("Dialect").selectOption(dialect);
        await page.getByLabel("Call").selectOption(call);
        // The photo that was chosen before is there already.
        await page.getByText("sample3.jpg").first().waitFor();
        await page.getByRole("button", { name: "Send the request" }).click();
        await page.getByText("200 OK").first().waitFor();
        const answer = await page.getByRole("region", { name: "Response" }).innerText();
        assert.ok(!/"Err"|AUTH_FAILED/.test(answer), `${dialect}: ${answer.slice(0, 300)}`);
      }
    });

    test("two faces are compared, and a threshold decides", async () => {
      await open(page, "Compare", size);
      await choose(0, people[0]);
      await choose(0, people[1]);
      await page.getByRole("button", { name: "Compare", exact: true }).click();
      await page.getByText("No match at this threshold").waitFor();
      await page.getByText("pairs of different people scores as high").first().waitFor();
      await page.getByRole("slider", { name: "Threshold" }).press("Home");
      await page.getByText("Match at this threshold", { exact: true }).waitFor();
      await page.getByRole("button", { name: /^FindFace strict/ }).click();
      await page.getByText("No match at this threshold").waitFor();
      await inspect(page, "compare", size);
    });

    test("a person is found in a gallery", async () => {
      await page.getByText("A photo and a gallery").click();
      await page.getByRole("combobox", { name: "Gallery", exact: true }).selectOption("staff");
      await choose(0, people[0]);
      await page.getByRole("button", { name: "Search", exact: true }).click();
      const best = page.getByRole("listitem").filter({ hasText: "Strangers in the gallery" }).first();
      await best.getByText("passes", { exact: true }).waitFor();
      if (server.run) await best.getByRole("link", { name: "ada" }).waitFor();
      await page.getByRole("slider", { name: "Threshold" }).press("End");
      await page.getByText(/^[01] of \d+ candidates pass/).waitFor();
      await inspect(page, "identify", size);
    });

    test("a video is analysed, watched with its people, and asked for again after a reload", async () => {
      await open(page, "Media", size);
      await choose(0, clip);
      await page.getByRole("heading", { level: 1, name: "clip.webm" }).waitFor();
      const playhead = page.getByRole("slider", { name: "Place in the video" });
      await playhead.waitFor({ timeout: 120_000 });
      await playhead.press("End");
      await playhead.press("ArrowLeft");
      const at = () => page.locator("video").evaluate((video) => video.currentTime);
      await page.waitForFunction(() => document.querySelector("video").currentTime > 1);
      assert.ok((await at()) > 1, "the video follows the playhead");
      await page.locator(".mark").first().waitFor();
      await page.getByRole("button", { name: "Person 1" }).first().click();
      await page.locator(".mark.warn").first().waitFor();
      await inspect(page, "medium", size);
      await page.reload();
      await page.getByText("The server does not keep the file").waitFor();
      await choose(0, clip);
      await page.locator("video").waitFor();
      await page.getByRole("button", { name: "Delete" }).click();
      await page.getByRole("heading", { level: 1, name: "Media" }).waitFor();
      await page.getByRole("button", { name: "Undo" }).click();
      await page.getByRole("row").filter({ hasText: "clip.webm" }).first().waitFor();
      await inspect(page, "media", size);
    });

    test("a camera is added, changed, switched off and deleted", async () => {
      await open(page, "Cameras", size);
      await page.getByRole("button", { name: "Add a camera" }).click();
      await page.getByLabel("Name").fill("Back door");
      await page.getByLabel("Address").fill("rtsp://someone:secret@127.0.0.1:9/none");
      await page.getByRole("button", { name: "Create" }).click();
      const card = page.locator(".camera").filter({ has: page.getByRole("heading", { name: /^Back door/ }) });
      await card.waitFor();
      assert.ok(!(await card.innerText()).includes("secret"), "the password of a camera is not shown");
      await card.getByRole("button", { name: "Change" }).click();
      await page.getByLabel("Name").fill("Back door 2");
      await page.getByRole("button", { name: "Save" }).click();
      await card.getByRole("heading", { name: "Back door 2" }).waitFor();
      await inspect(page, "cameras", size);
      await card.getByRole("button", { name: "Switch off" }).click();
      await card.getByText("disabled").waitFor();
      await card.getByRole("button", { name: /^Delete/ }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
      await card.waitFor({ state: "detached" });
    });

    test("events are filtered, and a person has a page", async () => {
      await open(page, "History", size);
      const shots = page.locator(".shot");
      await shots.first().waitFor();
      const all = await shots.count();
      assert.ok(all >= 3);
      await inspect(page, "history", size);
      const from = page.getByLabel("From", { exact: true });
      await from.fill("31/02/2100");
      await from.blur();
      await page.getByText("A date is written dd/mm/yyyy, --:--.").waitFor();
      assert.equal(await shots.count(), all, "what is no date filters nothing");
      await from.fill("01/01/2100, 00:00");
      await page.getByText("Nothing fits these filters").waitFor();
      await page.getByRole("button", { name: "Clear the filters" }).click();
      await shots.first().waitFor();
      assert.equal(await from.inputValue(), "");

      // The calendar, with the keyboard alone.
      await page.getByRole("button", { name: "To: calendar" }).press("Enter");
      await page.getByRole("dialog", { name: "To: calendar" }).waitFor();
      await page.keyboard.press("PageUp");
      await inspect(page, "calendar", size);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog", { name: "To: calendar" }).waitFor({ state: "detached" });
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", { name: "To: calendar" }).waitFor();
      await page.keyboard.press("PageDown");
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => new URLSearchParams(location.search).has("to"));
      assert.match(await page.getByLabel("To", { exact: true }).inputValue(), /^\d{2}\/\d{2}\/\d{4}, 23:59$/);
      await shots.first().waitFor();
      await page.getByRole("button", { name: "Clear the filters" }).click();
      const link = shots.first().getByRole("link");
      const name = await link.innerText();
      await link.click();
      await page.getByRole("heading", { level: 1, name }).waitFor();
      await page.getByText("First seen").waitFor();
      await page.locator(".shot").first().waitFor();
      await inspect(page, "person", size);
    });

    test("calibration, measurements and models are shown", async () => {
      await open(page, "Accuracy", size);
      await page.getByRole("img", { name: /^False match rate over score/ }).waitFor();
      await inspect(page, "accuracy", size);
      await page.getByText("Measurements", { exact: true }).click();
      await page
        .getByRole("img", { name: /^Detection error trade-off/ })
        .first()
        .waitFor();
      await page
        .getByRole("cell", { name: /%.*\(.*–.*\)/ })
        .first()
        .waitFor();
      await inspect(page, "measurements", size);
      await page.getByText("Models", { exact: true }).click();
      await page.getByText("SHA-256").first().waitFor();
      await inspect(page, "models", size);
    });
  });
}
