// Looks at the reference of the interfaces.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inspect, launch, sizes, visit } from "./browser.mjs";
import { startServer } from "./server.mjs";

let server;
let browser;

before(async () => {
  server = await startServer();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.stop();
});

for (const size of process.env.CONSOLE_SIZES?.split(",") ?? Object.keys(sizes)) {
  describe(`at ${size} width`, () => {
    let page;

    before(async () => {
      page = await visit(browser, server.base, size);
    });

    after(() => page.context().close());

    const brightness = () =>
      page.evaluate(() => {
        const { backgroundColor } = getComputedStyle(document.querySelector("#reference"));
        return Math.max(...backgroundColor.match(/\d+/g).slice(0, 3).map(Number));
      });

    test("a call is described, in light and in dark", async () => {
      await page.goto("/docs?interface=kairos");
      await page.getByText("/detect", { exact: true }).first().click();
      await page.getByText("Request body").first().waitFor();
      await inspect(page, "reference", size);
      await page.getByRole("button", { name: "Try it out" }).first().click();
      await page.getByRole("button", { name: "Execute" }).waitFor();
      await inspect(page, "reference-try", size);
    });

    test("answers are shown by an example that is no error, with room for its choices", async () => {
      const answer = page.locator("tr.response").first();
      assert.match(await answer.locator(".examples-select-element option:checked").innerText(), /^Success/);
      assert.doesNotMatch(await answer.locator("pre.example").innerText(), /ErrCode/);
      for (const select of await answer.locator("select").all()) {
        const { width } = await select.boundingBox();
        assert.ok(width >= 150, `a choice is ${width} px wide`);
      }
    });

    test("credentials are asked for in a dialog, and a call shows its answer", async () => {
      await page.getByRole("button", { name: "Authorize" }).first().click();
      const dialog = page.locator(".modal-ux");
      await dialog.getByLabel("Value:").first().fill("nobody");
      await inspect(page, "reference-keys", size);
      await dialog.getByRole("button", { name: "Close" }).first().click();
      await dialog.waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Execute" }).click();
      await page.getByText("Authentication failed").first().waitFor();
      await page.locator("table.live-responses-table").scrollIntoViewIfNeeded();
      await inspect(page, "reference-answer", size);
    });

    test("the interfaces can be chosen", async () => {
      await page.getByLabel("Interface").selectOption("findface");
      await page
        .locator(".info .title")
        .filter({ hasText: /findface/i })
        .waitFor();
      assert.match(page.url(), /interface=findface/);
    });

    test("the page's own words are in the language that was chosen in the console", async () => {
      await page.evaluate(() => localStorage.setItem("vultus.language", "de"));
      await page.reload();
      await page.getByRole("heading", { level: 1, name: "API-Referenz" }).waitFor();
      await page.getByLabel("Schnittstelle").waitFor();
      assert.equal(await page.locator("#reference").getAttribute("lang"), "en");
      await page.evaluate(() => localStorage.removeItem("vultus.language"));
      await page.reload();
      await page.getByRole("heading", { level: 1, name: "API reference" }).waitFor();
    });

    test("the theme is the one of the system, or the one that was chosen in the console", async () => {
      assert.ok((await brightness()) > 200);
      await page.emulateMedia({ colorScheme: "dark" });
      assert.ok((await brightness()) < 60);
      await page.evaluate(() => localStorage.setItem("vultus.theme", "light"));
      await page.reload();
      await page.locator(".opblock").first().waitFor();
      assert.ok((await brightness()) > 200);
    });
  });
}
