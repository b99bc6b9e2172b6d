import type { Page } from "@playwright/test";
import { expect } from "./fixtures";
import type { Server } from "./server";

// What the journeys of keys share.

export const invoices = { type: "workflow", id: "wf_invoice" };
export const report = { type: "workflow", id: "wf_report" };

export const dialog = (page: Page) => page.getByRole("dialog");
/** The row of a key that is a link. */
export const row = (page: Page, name: string) => page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });

/** The secret that stands in the dialog. */
export async function secretIn(page: Page): Promise<string> {
  const secret = await dialog(page).getByRole("textbox", { name: /^Secret of/ }).innerText();
  expect(secret).toMatch(/^sk-steelengine-[0-9A-Za-z]{49}$/);
  return secret;
}

/** Says that the secret is stored, and closes the dialog. */
export async function store(page: Page): Promise<void> {
  await dialog(page).getByLabel("I have stored it").check();
  await dialog(page).getByRole("button", { name: "Done" }).click();
  await expect(dialog(page)).toBeHidden();
}

/** Makes a key behind the console's back, for what a journey begins with. */
export async function made(server: Server, name: string, more: Record<string, unknown> = {}, by = "user_ada") {
  return server.do("POST", "/v1/keys", { type: "workspace", workspace_id: "ws_core", name, ...more }, by);
}
