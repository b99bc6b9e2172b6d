import { writeFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Go embeds dist, and a fresh clone has to compile: the placeholder that git keeps comes back after each build. */
function keepFolder(): Plugin {
  return { name: "keep-folder", apply: "build", closeBundle: () => writeFileSync(new URL("dist/.keep", import.meta.url), "") };
}

export default defineConfig({
  base: "/console/",
  plugins: [react(), keepFolder()],
  // The server puts a fresh nonce in at every answer: see embed.go.
  html: { cspNonce: "STEELGATE-NONCE" },
  build: {
    target: "es2023",
    // Browsers that know light-dark() themselves: what stands in for it does not follow the switch of the colour scheme.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
  },
  server: {
    // For `npm run dev` beside a running steelgate. The browser's host goes along, or each change would come from another origin.
    proxy: Object.fromEntries(["/v1", "/docs"].map((path) => [path, { target: process.env.STEELGATE_URL ?? "http://127.0.0.1:8080", changeOrigin: false }])),
  },
  // What needs a DOM says so in its first line: it takes longer to make than most tests to run.
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node" },
});
