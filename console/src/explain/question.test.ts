import { describe, expect, it } from "vitest";
import { askedBy, localTime, nothing, questionOf } from "./question";

const whole = { ...nothing, key: " key_1 ", action: "workflow.execute", type: "workflow", id: "wf_1" };

describe("questionOf", () => {
  it("asks by a key's id, and by nothing else", () => {
    expect(questionOf(whole, null)).toEqual({ question: { key_id: "key_1", action: "workflow.execute", resource: { type: "workflow", id: "wf_1" } } });
  });
  it("asks by a pasted secret in the id's stead", () => {
    expect(questionOf(whole, " sk-steelengine-x ")).toEqual({ question: { api_key: "sk-steelengine-x", action: "workflow.execute", resource: { type: "workflow", id: "wf_1" } } });
  });
  it("puts the address into the context", () => {
    expect(questionOf({ ...whole, ip: "203.0.113.9", context: '{"tier": "gold"}' }, null)).toMatchObject({ question: { context: { tier: "gold", client_ip: "203.0.113.9" } } });
  });
  it("says each thing that is missing", () => {
    expect(questionOf(nothing, null)).toEqual({ wrong: { key: expect.any(String), action: expect.any(String), type: expect.any(String), id: expect.any(String) } });
    expect(questionOf(whole, "  ")).toEqual({ wrong: { secret: expect.any(String) } });
    expect(questionOf({ ...whole, context: "[1]", properties: "{", time: "soon" }, null)).toEqual({ wrong: { context: expect.any(String), properties: expect.any(String), time: expect.any(String) } });
  });
});

it("a logged decision is asked again as it was", () => {
  const asked = { ...nothing, ...askedBy({ decision_id: "d", time: "2026-11-25T12:00:01.5Z", door: "decisions", allow: true, code: "allowed", action: "workflow.read", resource: { type: "workflow", id: "wf_1", properties: { a: 1 } }, client_ip: "203.0.113.9", context: { client_ip: "203.0.113.9", tier: "gold" }, key: { id: "key_1", type: "personal", owner: { type: "user", id: "u" } }, policy_revision: 1, data_revision: 1, duration_us: 1 }) };
  expect(questionOf(asked, null)).toEqual({ question: { key_id: "key_1", action: "workflow.read", resource: { type: "workflow", id: "wf_1", properties: { a: 1 } }, context: { tier: "gold", client_ip: "203.0.113.9" }, time: "2026-11-25T12:00:01.000Z" } });
});

it("local time survives", () => {
  expect(new Date(localTime("2026-11-25T12:00:01Z")).toISOString()).toBe("2026-11-25T12:00:01.000Z");
});
