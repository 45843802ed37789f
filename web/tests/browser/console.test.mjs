// Walks the console's pages through their main tasks, on a real server.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { strToU8, zipSync } from "fflate";
import { choosePassword, inspect, launch, open, signIn, sizes, visit } from "./browser.mjs";
import { brokenPhoto, portraits, samplePhoto, startServer, temporaryFolder, webcamVideo } from "./server.mjs";

const password = "correct horse battery";
let server;
let browser;
let people;
let folder;

before(async () => {
  folder = temporaryFolder();
  server = await startServer();
  people = portraits(server.run, 3, folder);
  browser = await launch({ webcam: webcamVideo(people[0], folder) });
});

after(async () => {
  await browser?.close();
  server?.stop();
});

test("the one-time password must be replaced", async () => {
  const page = await visit(browser, server.base, "desktop");
  await page.goto("/console/");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await inspect(page, "sign-in", "desktop");
  await signIn(page, "admin", "not the password");
  await page.getByRole("alert").getByText("The name or the password is wrong").waitFor();
  await signIn(page, "admin", server.password);
  await page.getByRole("heading", { name: "Choose a password" }).waitFor();
  await inspect(page, "new-password", "desktop");
  await page.getByLabel("Password used so far").fill(server.password);
  await page.getByLabel("New password", { exact: true }).fill("short");
  await page.getByLabel("New password again").fill("other");
  await page.getByRole("button", { name: "Set password" }).click();
  await page.getByText("At least 12 characters are needed.").waitFor();
  await page.getByText("The two passwords differ.").waitFor();
  await page.getByLabel("Password used so far").fill("something else");
  await page.getByLabel("New password", { exact: true }).fill(password);
  await page.getByLabel("New password again").fill(password);
  await page.getByRole("button", { name: "Set password" }).click();
  await page.getByText("This is not the password used so far.").waitFor();
  await choosePassword(page, server.password, password);
  await page.getByRole("button", { name: "Sign out" }).click();
  await signIn(page, "admin", server.password);
  await page.getByRole("alert").getByText("The name or the password is wrong").waitFor();
});

/** Sends a few requests of a client, the last with a wrong key, and returns the statuses. */
async function callKairos(base, { app_id, app_key }) {
  const statuses = [];
  for (const key of [app_key, app_key, app_key, "wrong"]) {
    const body = new FormData();
    body.set("image", new Blob([readFileSync(people[0])], { type: "image/jpeg" }), "ada.jpg");
    const answer = await fetch(`${base}/detect`, { method: "POST", body, headers: { app_id, app_key: key } });
    statuses.push(answer.status);
  }
  return statuses;
}

/** Whether a canvas shows something that is neither black, white nor grey. */
function isColourful(canvas) {
  return canvas.evaluate((element) => {
    const { data } = element.getContext("2d").getImageData(0, 0, element.width, element.height);
    for (let at = 0; at < data.length; at += 4) {
      const [red, green, blue, opacity] = data.slice(at, at + 4);
      if (opacity > 200 && Math.max(red, green, blue) - Math.min(red, green, blue) > 80) return true;
    }
    return false;
  });
}

// CONSOLE_SIZES=desktop saves time while a test is written.
for (const size of process.env.CONSOLE_SIZES?.split(",") ?? Object.keys(sizes)) {
  describe(`at ${size} width`, () => {
    let page;
    const account = `acme-${size}`;
    let credentials;

    before(async () => {
      page = await visit(browser, server.base, size);
      if (size === "phone") {
        await page.goto("/console/");
        await page.getByRole("heading", { name: "Sign in" }).waitFor();
        await inspect(page, "sign-in", size);
      }
      await signIn(page, "admin", password);
      await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    });

    after(() => page.context().close());

    test("an account is made, its secrets are shown once, and it is changed", async () => {
      await open(page, "Accounts", size);
      await page.getByRole("button", { name: "Create account" }).click();
      await page.getByLabel("Name").fill(account);
      await page.getByRole("button", { name: "Create", exact: true }).click();
      const dialog = page.getByRole("dialog", { name: `Credentials of “${account}”` });
      await dialog.waitFor();
      const done = dialog.getByRole("button", { name: "Done" });
      assert.equal(await done.isDisabled(), true);
      await page.keyboard.press("Escape");
      assert.equal(await dialog.isVisible(), true, "secrets must not vanish by a key");
      await dialog.getByRole("button", { name: "Copy all" }).click();
      await dialog.getByRole("button", { name: "Copied" }).waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(copied, /app_key=\S+/);
      await inspect(page, "secrets", size);
      await dialog.getByLabel("I have stored them").check();
      await done.click();
      await page.getByRole("link", { name: account }).waitFor();
      await inspect(page, "accounts", size);

      await page.getByRole("link", { name: account }).click();
      await page.getByRole("button", { name: "Change", exact: true }).click();
      await page.getByLabel("Limit the requests per minute").check();
      await page.getByLabel("Requests per minute", { exact: true }).fill("12345");
      await page.getByLabel("Limit the answers of liveness per month").check();
      await page.getByLabel("Answers per month", { exact: true }).fill("250");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("12,345", { exact: true }).waitFor();
      await page.getByRole("progressbar", { name: "Liveness this month" }).waitFor();
      await page.getByRole("button", { name: "Disable" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
      await page.getByText("disabled", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Enable" }).click();
      await page.getByText("enabled", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Rotate credentials" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Rotate credentials" }).click();
      const rotated = page.getByRole("dialog", { name: `Credentials of “${account}”` });
      await rotated.getByRole("button", { name: "Copy all" }).click();
      await rotated.getByRole("button", { name: "Copied" }).waitFor();
      const renewed = await page.evaluate(() => navigator.clipboard.readText());
      assert.notEqual(renewed, copied);
      credentials = Object.fromEntries(renewed.split("\n").map((line) => line.split("=", 2)));
      await rotated.getByLabel("I have stored them").check();
      await rotated.getByRole("button", { name: "Done" }).click();
      await inspect(page, "account", size);
    });

    test("an operator is added, who sees people and no audit", async () => {
      const name = `guard-${size}`;
      await open(page, "Operators", size);
      await page.getByRole("button", { name: "Add operator" }).click();
      await page.getByLabel("Name").fill(name);
      await page.getByLabel("Role").selectOption("operator");
      await page.getByRole("button", { name: "Create", exact: true }).click();
      const dialog = page.getByRole("dialog", { name: `One-time password of “${name}”` });
      const once = await dialog.locator("code").textContent();
      await dialog.getByLabel("I have stored them").check();
      await dialog.getByRole("button", { name: "Done" }).click();
      await inspect(page, "operators", size);

      const other = await visit(browser, server.base, size);
      await signIn(other, name, once);
      await choosePassword(other, once, "another good password");
      await open(other, "Galleries", size);
      if (size === "phone") await other.getByRole("button", { name: "Open navigation" }).click();
      assert.equal(await other.getByRole("link", { name: "Audit" }).count(), 0);
      await other.goto("/console/audit");
      await other.getByText("Your role does not include this page").waitFor();
      await inspect(other, "forbidden", size);
      await other.context().close();
    });

    test("people are enrolled from files and the webcam", async () => {
      await open(page, "Galleries", size);
      await page.getByRole("combobox", { name: "Account" }).selectOption(account);
      await page.getByText("No gallery yet").waitFor();
      await inspect(page, "galleries-empty", size);
      await page.getByRole("button", { name: "Create gallery" }).click();
      await page.getByLabel("Name").fill("staff");
      await page.getByRole("button", { name: "Create", exact: true }).click();
      await page.getByText("Nobody is enrolled here").waitFor();
      await inspect(page, "gallery-empty", size);

      await page.getByRole("button", { name: "Enrol", exact: true }).click();
      const dialog = page.getByRole("dialog", { name: "Enrol" });
      await dialog.getByLabel("Subject").fill("ada");
      await dialog
        .locator("input[type=file]")
        .setInputFiles([people[0], samplePhoto(1), brokenPhoto(folder)]);
      await inspect(page, "enrol", size);
      await dialog.getByRole("button", { name: "Enrol 3 photos" }).click();
      await dialog.getByText("1 face was enrolled.").waitFor();
      await dialog.getByText("The photo shows several faces.").waitFor();
      await dialog.getByText("The file is no photo that can be read.").waitFor();
      await inspect(page, "enrol-report", size);
      await dialog.getByRole("button", { name: "Done" }).click();
      await page.getByRole("link", { name: /^ada/ }).waitFor();

      await page.getByRole("button", { name: "Enrol", exact: true }).click();
      await dialog.getByLabel("Subject").fill("grace");
      await dialog.getByRole("button", { name: "Use webcam" }).click();
      await dialog.getByRole("button", { name: "Take photo" }).click();
      await dialog.getByRole("img", { name: "webcam.jpg" }).waitFor();
      await inspect(page, "enrol-webcam", size);
      await dialog.getByRole("button", { name: "Enrol 1 photo" }).click();
      await dialog.getByText("1 face was enrolled.").waitFor();
      await dialog.getByRole("button", { name: "Done" }).click();
      await page.getByRole("link", { name: /^grace/ }).waitFor();
    });

    test("a ZIP file and a folder are imported", async () => {
      await page.goto("/console/galleries/staff");
      const archive = join(folder, "people.zip");
      const photo = (index) => readFileSync(people[index % people.length]);
      const files = {
        "alan/1.jpg": photo(1),
        "barbara/1.jpg": photo(2),
        "barbara/2.jpg": strToU8("no photo"),
        "notes.txt": strToU8("x"),
      };
      writeFileSync(archive, zipSync(files));
      await page.getByRole("button", { name: "Import" }).click();
      const dialog = page.getByRole("dialog", { name: "Import a folder or ZIP file" });
      await dialog.locator("input[accept*=zip]").setInputFiles(archive);
      await dialog.getByText("3 photos, 2 subjects").waitFor();
      await dialog.getByText("1 file is left out").click();
      await inspect(page, "import", size);
      await dialog.getByRole("button", { name: "Enrol 3 photos" }).click();
      await dialog.getByText("2 faces were enrolled.").waitFor();
      await dialog.getByText("1 photo was not enrolled").first().waitFor();
      await dialog.getByRole("button", { name: "Done" }).click();
      await page.getByRole("link", { name: /^barbara/ }).waitFor();

      const chosen = join(folder, `people-${size}`);
      mkdirSync(chosen, { recursive: true });
      cpSync(people[1], join(chosen, "katherine-1.jpg"));
      await page.getByRole("button", { name: "Import" }).click();
      await dialog.locator("input[webkitdirectory]").setInputFiles(chosen);
      await dialog.getByText("1 photo, 1 subject").waitFor();
      await dialog.getByRole("button", { name: "Enrol 1 photo" }).click();
      await dialog.getByText("1 face was enrolled.").waitFor();
      await dialog.getByRole("button", { name: "Done" }).click();
      await page.getByRole("link", { name: /^katherine/ }).waitFor();
      await inspect(page, "gallery", size);
    });

    test("subjects are searched, merged, moved and deleted, and deleting is undone", async () => {
      await page.goto("/console/galleries");
      await page.getByRole("button", { name: "Create gallery" }).click();
      await page.getByLabel("Name").fill("visitors");
      await page.getByRole("button", { name: "Create", exact: true }).click();
      await page.getByText("Nobody is enrolled here").waitFor();

      await page.goto("/console/galleries/staff");
      await page.getByLabel("Search subjects").fill("BARB");
      await page.getByRole("link", { name: /^ada/ }).waitFor({ state: "detached" });
      await page.getByRole("link", { name: /^barbara/ }).waitFor();
      await page.getByLabel("Search subjects").fill("");
      await page.getByRole("link", { name: /^ada/ }).waitFor();

      await page.getByLabel("Choose ada", { exact: true }).check();
      await page.getByLabel("Choose grace", { exact: true }).check();
      await inspect(page, "gallery-chosen", size);
      await page.getByRole("button", { name: "Merge" }).click();
      await page.getByRole("dialog").getByLabel("Merge into").selectOption("ada");
      await page.getByRole("dialog").getByRole("button", { name: "Merge" }).click();
      await page.getByText("Merged into “ada”").waitFor();
      await page.getByRole("link", { name: /^ada.*2 faces/ }).waitFor();
      assert.equal(await page.getByRole("link", { name: /^grace/ }).count(), 0);

      await page.getByLabel("Choose katherine", { exact: true }).check();
      await page.getByRole("button", { name: "Move" }).click();
      await page.getByRole("dialog").getByLabel("To gallery").selectOption("visitors");
      await page.getByRole("dialog").getByRole("button", { name: "Move" }).click();
      await page.getByText("1 subject moved to “visitors”").waitFor();

      await page.getByLabel("Choose barbara", { exact: true }).check();
      await page.getByRole("button", { name: "Delete" }).click();
      await page.getByRole("link", { name: /^barbara/ }).waitFor({ state: "detached" });
      await inspect(page, "undo", size);
      await page.getByRole("button", { name: "Undo" }).click();
      await page.getByRole("link", { name: /^barbara/ }).waitFor();

      await page.getByRole("link", { name: /^barbara/ }).click();
      await page.getByRole("heading", { level: 1, name: "barbara" }).waitFor();
      await page.getByRole("button", { name: "Delete", exact: true }).click();
      await page.getByRole("heading", { level: 1, name: "staff" }).waitFor();
      await page.getByRole("link", { name: /^alan/ }).waitFor();
      assert.equal(await page.getByRole("link", { name: /^barbara/ }).count(), 0);
      // Leaving the page sends what could still be undone.
      const sent = page.waitForResponse((answer) => answer.request().method() === "DELETE");
      await open(page, "Overview", size);
      assert.equal((await sent).status(), 204);
      await page.goto("/console/galleries/staff");
      await page.getByRole("link", { name: /^alan/ }).waitFor();
      assert.equal(await page.getByRole("link", { name: /^barbara/ }).count(), 0);
    });

    test("a face is looked at and deleted", async () => {
      await page.goto("/console/galleries/staff/ada");
      await page.getByText("2 faces").waitFor();
      await inspect(page, "subject", size);
      await page.getByRole("button", { name: /^Show face 1 of ada/ }).click();
      const dialog = page.getByRole("dialog", { name: "ada" });
      await dialog.getByRole("img", { name: "Photo that ada was enrolled from" }).waitFor();
      await dialog.locator(".mark").waitFor();
      await inspect(page, "face", size);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      const back = await page.evaluate(() => document.activeElement?.textContent ?? "");
      assert.match(back, /^Show face 1 of ada/, "the focus must go back where it was");
      const sent = page.waitForResponse((answer) => answer.request().method() === "DELETE");
      await page.getByRole("button", { name: "Delete face 1 of ada" }).click();
      await page.getByText("1 face", { exact: true }).waitFor();
      assert.equal((await sent).status(), 204, "the window ends and the deletion is sent");
      await page.reload();
      await page.getByText("1 face", { exact: true }).waitFor();
    });

    test("the overview tells what the server does", async () => {
      const answers = await callKairos(server.base, credentials);
      if (!process.env.CONSOLE_MOCK) assert.deepEqual(answers, [200, 200, 200, 403]);
      await open(page, "Overview", size);
      await page.getByText("Ready", { exact: true }).waitFor();
      await page.getByText(/^[1-9][\d,]* requests ·/).waitFor();
      await page.getByRole("img", { name: /^Requests per second\. Kairos: / }).waitFor();
      await page.getByRole("link", { name: "staff" }).first().waitFor();
      await page.getByRole("table", { name: "Models" }).waitFor();
      await inspect(page, "overview", size);
      await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
      assert.ok(await isColourful(page.locator(".plot canvas").first()), "plots keep their colours");
      await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
      await page.getByText("30 days").click();
      await page
        .getByText(/Requests per second|No requests in this time/)
        .first()
        .waitFor();
    });

    test("the audit has it all, filtered and exported", async () => {
      await open(page, "Audit", size);
      await page.getByText("account.rotate").first().waitFor();
      await page.getByLabel("Account").selectOption(account);
      await page.getByLabel("Action").fill("subject.merge");
      await page.getByText("account.rotate").first().waitFor({ state: "detached" });
      await page.getByText("subject.merge").first().waitFor();
      await inspect(page, "audit", size);
      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: "CSV" }).click();
      const saved = join(folder, "audit.csv");
      await (await download).saveAs(saved);
      const text = readFileSync(saved, "utf8");
      assert.match(text, /subject\.merge/);
      assert.doesNotMatch(text, /account\.rotate/);
    });

    test("the language and the theme are kept", async () => {
      await page.goto("/console/");
      await page.getByRole("combobox", { name: "Language" }).selectOption("de");
      await page.getByRole("heading", { level: 1, name: "Übersicht" }).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
      await page.getByRole("button", { name: "Darstellung: Wie das System" }).click();
      await page.reload();
      await page.getByRole("heading", { level: 1, name: "Übersicht" }).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "light");
      await inspect(page, "overview-de", size);
      await page.getByRole("combobox", { name: "Sprache" }).selectOption("en");
      await page.getByRole("button", { name: "Theme: Light" }).click();
      await page.getByRole("button", { name: "Theme: Dark" }).click();
    });
  });
}
