import type { LoggedDecision } from "../api/decisions";
import type { ExplainRequest, Fact } from "../api/explain";

/** What the form has. Its secret stands apart: it is nobody's state but its field's. */
export interface Asked {
  key: string;
  action: string;
  type: string;
  id: string;
  ip: string;
  /** As a field for local time has it; "" is now. */
  time: string;
  /** JSON objects as text, or "". */
  context: string;
  properties: string;
  facts: Fact[];
}

export const nothing: Asked = { key: "", action: "", type: "", id: "", ip: "", time: "", context: "", properties: "", facts: [] };

/** What a logged decision was asked. */
export function askedBy(d: LoggedDecision): Partial<Asked> {
  const { client_ip: _, ...context } = d.context ?? {};
  const text = (value: Record<string, unknown> | undefined) => (value && Object.keys(value).length > 0 ? JSON.stringify(value, null, 2) : "");
  return { key: d.key?.id ?? "", action: d.action, type: d.resource.type, id: d.resource.id, ip: d.client_ip ?? "", time: localTime(d.time), context: text(context), properties: text(d.resource.properties) };
}

/** A moment as a field for local time takes it, to the second. */
export function localTime(at: string): string {
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** The question to send, or which field is wrong and why. */
export function questionOf(asked: Asked, secret: string | null): { question: ExplainRequest } | { wrong: Partial<Record<keyof Asked | "secret", string>> } {
  const wrong: Partial<Record<keyof Asked | "secret", string>> = {};
  const given = { key: asked.key.trim(), action: asked.action.trim(), type: asked.type.trim(), id: asked.id.trim(), ip: asked.ip.trim() };
  if (secret === null && !given.key) wrong.key = "Choose a key.";
  if (secret !== null && !secret.trim()) wrong.secret = "Paste a key's secret.";
  if (!given.action) wrong.action = "Choose an action.";
  if (!given.type) wrong.type = "Say of which type it is.";
  if (!given.id) wrong.id = "Choose a resource.";
  const context = object(asked.context);
  const properties = object(asked.properties);
  if (context === null) wrong.context = "Want a JSON object.";
  if (properties === null) wrong.properties = "Want a JSON object.";
  const time = asked.time ? new Date(asked.time) : null;
  if (time && Number.isNaN(time.getTime())) wrong.time = "Want a moment.";
  if (Object.keys(wrong).length > 0) return { wrong };
  return {
    question: {
      ...(secret === null ? { key_id: given.key } : { api_key: secret.trim() }),
      action: given.action,
      resource: { type: given.type, id: given.id, ...(asked.properties.trim() ? { properties: properties! } : {}) },
      ...(given.ip || asked.context.trim() ? { context: { ...context, ...(given.ip ? { client_ip: given.ip } : {}) } } : {}),
      ...(time ? { time: time.toISOString() } : {}),
      ...(asked.facts.length > 0 ? { facts: asked.facts } : {}),
    },
  };
}

function object(text: string): Record<string, unknown> | null {
  if (!text.trim()) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
