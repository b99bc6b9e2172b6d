import { expect, type Page } from "@playwright/test";
import type { Server } from "./server";

/** Waits until a page shows what it has: its heading stands, and nothing waits for an answer. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  await page.waitForLoadState("networkidle");
}

/** Waits until a decision with one of the demo's keys stands in the log. */
export async function logged(server: Server, kind: "personal" | "workspace" | "organization"): Promise<void> {
  const { decision_id } = await server.decide(server.demoSecret(kind), "workflow.read", { type: "workflow", id: "wf_invoice" });
  await expect.poll(async () => (await server.call("GET", "/v1/decision-log/" + decision_id)).status).toBe(200);
}

/** Some traffic of the demo's keys, allowed and denied, so that there is something to be seen. */
export async function traffic(server: Server, rounds = 3): Promise<void> {
  const asked: ["personal" | "workspace" | "organization", string, { type: string; id: string }][] = [
    ["organization", "workflow.execute", { type: "workflow", id: "wf_invoice" }],
    ["organization", "workflow.read", { type: "workflow", id: "wf_invoice" }],
    ["organization", "logs.read", { type: "workflow", id: "wf_invoice" }],
    ["organization", "workflow.execute", { type: "workflow", id: "wf_assay" }],
    ["workspace", "workflow.execute", { type: "workflow", id: "wf_invoice" }],
    ["workspace", "workflow.execute", { type: "workflow", id: "wf_report" }],
    ["workspace", "workflow.deploy", { type: "workflow", id: "wf_invoice" }],
    ["personal", "workflow.execute", { type: "workflow", id: "wf_report" }],
    ["personal", "workflow.execute", { type: "workflow", id: "wf_etl" }],
    ["personal", "mcp.call", { type: "mcp_server", id: "mcp_office" }],
  ];
  for (let i = 0; i < rounds; i++) {
    const decisions = asked.slice(0, asked.length - (i % 4)).map(([kind, action, resource]) => ({ api_key: server.demoSecret(kind), action, resource }));
    await server.do("POST", "/v1/decisions/batch", { decisions });
  }
}
