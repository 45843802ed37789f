// A stand-in for the server: the built console and made-up answers of /admin/v1, kept in memory. For development only.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { routes as analysis } from "./analysis.mjs";
import { Refusal } from "./answers.mjs";
import { answerDialect, isDialect } from "./dialects.mjs";
import { routes as people } from "./people.mjs";
import { currentSession, note, routes as service } from "./service.mjs";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const port = Number(process.env.MOCK_PORT ?? 8090);
const routes = [...service, ...people, ...analysis].map(([method, pattern, handler]) => ({
  method,
  handler,
  shape: new RegExp(`^${pattern.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`),
}));

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; " +
  "img-src 'self' blob: data:; media-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

createServer(async (request, response) => {
  const url = new URL(request.url, `http://${request.headers.host}`);
  try {
    if (url.pathname.startsWith("/admin/v1/")) await answer(request, response, url);
    else if (isDialect(request, url)) await answerDialect(request, response, url);
    else serve(response, url.pathname);
  } catch (error) {
    const refusal =
      error instanceof Refusal ? error : new Refusal(500, "internal", String(error?.stack ?? error));
    send(response, refusal.status, { code: refusal.code, message: refusal.message, field: refusal.field });
  }
}).listen(port, "127.0.0.1", () =>
  console.log(`http://127.0.0.1:${port}/console/  (admin / vultus-console)`),
);

async function answer(request, response, url) {
  const path = url.pathname.slice("/admin/v1".length);
  for (const { method, shape, handler } of routes) {
    const found = method === request.method && shape.exec(path);
    if (!found) continue;
    const parts = Object.fromEntries(
      Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
    const signingIn = method === "POST" && path === "/session";
    const session = currentSession(request);
    if (!session && !signingIn) throw new Refusal(401, "signed_out", "sign in first");
    if (method !== "GET" && !signingIn && request.headers["x-csrf-token"] !== session.csrf_token) {
      throw new Refusal(403, "csrf", "the token is missing or wrong");
    }
    const made = await handler({
      parts,
      query: url.searchParams,
      body: await bodyOf(request),
      session,
      note,
      response,
    });
    if (made?.file) return sendFile(response, made.file);
    if (made?.raw !== undefined) {
      response.writeHead(200, { "Content-Type": made.type, ...made.headers });
      return response.end(made.raw);
    }
    return send(response, made?.status ?? (made === undefined ? 204 : 200), made?.body ?? made);
  }
  throw new Refusal(404, "not_found", "there is no such call");
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("multipart/form-data"))
    return new Response(bytes, { headers: { "Content-Type": type } }).formData();
  return bytes.length > 0 ? JSON.parse(bytes.toString()) : {};
}

function send(response, status, body) {
  if (status === 204) return response.writeHead(204).end();
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}

function sendFile(response, file) {
  response.writeHead(200, { "Content-Type": "image/jpeg", "Cache-Control": "private, max-age=60" });
  createReadStream(file).pipe(response);
}

function serve(response, path) {
  if (path === "/" || path === "/console") return response.writeHead(302, { Location: "/console/" }).end();
  const wanted = normalize(join(dist, path.replace(/^\/console\//, "/")));
  const isFile = wanted.startsWith(dist) && extname(wanted) !== "" && existsSync(wanted);
  const file = isFile ? wanted : join(dist, path === "/docs" ? "docs/index.html" : "console/index.html");
  response.writeHead(200, {
    "Content-Type": types[extname(file)] ?? "application/octet-stream",
    "Content-Security-Policy": policy,
    "Permissions-Policy": "camera=(self)",
  });
  createReadStream(file).pipe(response);
}
