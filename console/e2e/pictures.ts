import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { settled, traffic } from "./page";
import type { Server } from "./server";

/** `npm run pictures` takes the README's pictures of the demo world, into docs. */
const folder = fileURLToPath(new URL("../../docs/", import.meta.url));

test.use({ world: "own" });

const day = 24 * 60 * 60 * 1000;
const inDays = (days: number) => new Date(Date.now() + days * day).toISOString();

/** As WebP, which is small enough for a repository. */
async function take(page: Page, name: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: 90 });
  await writeFile(folder + name, Buffer.from(data, "base64"));
}

/** Some keys beside those of the demo, one of each kind that a list can show. */
async function keys(server: Server): Promise<string> {
  const make = (key: object) => server.do("POST", "/v1/keys", { type: "workspace", workspace_id: "ws_core", ...key }, "user_ada");
  const nightly = await make({ name: "Nightly billing", workflow_ids: ["wf_invoice"], expires_at: inDays(60) });
  await make({ name: "Support dashboard", workflow_ids: ["wf_report"], expires_at: inDays(5) });
  const old = await make({ name: "Staging" });
  await server.do("PATCH", "/v1/keys/" + old.id, { disabled: true }, "user_ada");
  const lost = await make({ name: "Contractor" });
  await server.do("POST", `/v1/keys/${lost.id}/revoke`, undefined, "user_ada");
  for (let i = 0; i < 40; i++) await server.decide(nightly.secret, "workflow.execute", { type: "workflow", id: i % 9 === 0 ? "wf_report" : "wf_invoice" });
  return nightly.id;
}

test("the keys of a workspace", async ({ page, server, signIn }) => {
  test.slow();
  const used = await keys(server);
  await traffic(server, 4);
  // When keys were used is written now and then.
  await expect.poll(async () => (await server.do("GET", "/v1/keys/" + used)).last_used_at, { timeout: 120_000 }).not.toBeNull();
  await signIn("user_ada");
  await page.goto("/console/workspaces/ws_core/keys");
  await settled(page);
  await take(page, "console-keys.webp");
});

test("the policy, in its editor", async ({ page, server, signIn }) => {
  await traffic(server, 2);
  await signIn("user_pia");
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  await page.goto("/console/policies?file=authz/actions.rego");
  await settled(page);
  await take(page, "console-policies.webp");
});
