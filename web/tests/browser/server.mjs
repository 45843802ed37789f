// Starts the built server on a data directory of its own, and cuts portraits for it.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
export const binary = process.env.VULTUS_BIN ?? join(root, "target/debug/vultus");
const models = process.env.VULTUS_MODELS_DIR ?? join(root, "data/models");
const photos = join(root, ".cache/photos");

/** A directory that is removed when the tests end. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "vultus-console-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Where a sample photo lies, 1 to 6. */
export function samplePhoto(number) {
  const path = join(photos, `sample${number}.jpg`);
  assert.ok(existsSync(path), "the test photos are missing: run `make test`");
  return path;
}

/** A running server: its address, and the password that its first start printed. */
export async function startServer() {
  if (process.env.CONSOLE_MOCK) return startMock();
  assert.ok(existsSync(binary), "the binary is not built: run `make test`");
  assert.ok(existsSync(join(models, "default")), "the models are not installed: run `make test`");
  const folder = temporaryFolder();
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const env = { ...process.env, VULTUS_DATA_DIR: folder, VULTUS_MODELS_DIR: models };
  const server = spawn(binary, ["serve", "--listen", `127.0.0.1:${port}`], { env, cwd: folder });
  process.on("exit", () => server.kill("SIGKILL"));
  let printed = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (text) => (printed += text));
  await waitUntil(
    () => isReady(base),
    () => `the server is not ready: ${printed}`,
    () => server.exitCode === null,
  );
  const run = (...words) => execFileSync(binary, words, { env, cwd: folder, encoding: "utf8" });
  const password = await waitFor(
    () => /one-time password[^\n]*?:\s*(?:"|`)?([A-Za-z0-9]+(?:-[A-Za-z0-9]+)+)/i.exec(printed)?.[1],
    () => `no one-time password was printed: ${printed}`,
  );
  return { base, password, run, folder, stop: () => server.kill("SIGTERM") };
}

/** The stand-in for the API: to work on the console without a server. */
async function startMock() {
  const port = await freePort();
  const main = fileURLToPath(new URL("../../mock/main.mjs", import.meta.url));
  const mock = spawn(process.execPath, [main], {
    env: { ...process.env, MOCK_PORT: port, MOCK_FIRST_START: "1" },
  });
  process.on("exit", () => mock.kill());
  let printed = "";
  mock.stdout.on("data", (text) => (printed += text));
  const password = await waitFor(
    () => /one-time password[^:]*: (\S+)/.exec(printed)?.[1],
    () => `the mock printed ${printed}`,
  );
  const base = `http://127.0.0.1:${port}`;
  await waitUntil(
    () => isReady(base),
    () => "the mock is not ready",
  );
  return { base, password, stop: () => mock.kill() };
}

async function isReady(base) {
  try {
    return (await fetch(`${base}/readyz`)).ok;
  } catch {
    return false;
  }
}

async function waitFor(read, complaint) {
  let found;
  await waitUntil(() => {
    found = read();
    return found !== undefined;
  }, complaint);
  return found;
}

async function waitUntil(isSo, complaint, isAlive = () => true) {
  for (let tries = 0; tries < 1200; tries += 1) {
    if (await isSo()) return;
    assert.ok(isAlive(), complaint());
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail(complaint());
}

function freePort() {
  return new Promise((found) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

/** One photo per face of a sample photo, largest face first, as files in a folder. */
export function portraits(run, number, folder) {
  const photo = samplePhoto(number);
  // The mock takes every photo for a portrait.
  if (!run)
    return [4, 5, 6].map((other) => copied(samplePhoto(other), join(folder, `portrait-${other}.jpg`)));
  const [{ faces }] = JSON.parse(run("detect", photo, "--json"));
  return faces.map(({ box }, index) => {
    const side = Math.max(box.width, box.height);
    const crop = [1.6 * side, 1.9 * side, Math.max(0, box.x - 0.3 * side), Math.max(0, box.y - 0.5 * side)];
    const path = join(folder, `portrait-${number}-${index}.jpg`);
    const [width, height, x, y] = crop.map(Math.floor);
    ffmpeg(
      "-i",
      photo,
      "-vf",
      `crop='min(${width},iw-${x})':'min(${height},ih-${y})':${x}:${y}`,
      "-q:v",
      "2",
      path,
    );
    return path;
  });
}

function copied(from, to) {
  copyFileSync(from, to);
  return to;
}

/** A video for the browser's fake webcam: one portrait, standing still. */
export function webcamVideo(portrait, folder) {
  const path = join(folder, "webcam.mjpeg");
  const scene = "scale=-2:460,pad=640:480:(ow-iw)/2:(oh-ih)/2:gray,format=yuvj420p";
  ffmpeg("-loop", "1", "-t", "1", "-r", "10", "-i", portrait, "-vf", scene, "-q:v", "3", path);
  return path;
}

/** A file that has a photo's name and is none. */
export function brokenPhoto(folder) {
  const path = join(folder, "broken-1.jpg");
  writeFileSync(path, "no photo");
  return path;
}

function ffmpeg(...words) {
  execFileSync("ffmpeg", ["-loglevel", "error", "-y", ...words]);
}
