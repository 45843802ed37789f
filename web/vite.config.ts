import { existsSync } from "node:fs";
import { defineConfig } from "vite";

// `npm run dev` passes the API on to a running server or to the mock (`npm run mock`).
const server = process.env.VULTUS_URL ?? "http://127.0.0.1:8090";

// Each page is one HTML file; the server answers /console and below with the first, /docs with the other.
const pages = ["console/index.html", "docs/index.html"].filter((page) => existsSync(page));

export default defineConfig({
  base: "/console/",
  build: {
    rolldownOptions: { input: pages },
    target: "es2022",
    // The Content-Security-Policy has no room for data: URLs in scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/admin": { target: server, changeOrigin: true } } },
});
