import { describe, expect, it } from "vitest";
import { stringifySearch, texts } from "./search";
import { holdsSecret, withoutSecret } from "./secrets";

const secret = "sk-steelengine-" + "aB3_".repeat(10) + "end7";

describe("a secret", () => {
  it("is left out of every address", () => {
    expect(stringifySearch({ q: secret, status: "active" })).toBe("?status=active");
    expect(stringifySearch({ return_to: "/keys?q=" + secret })).toBe("");
    expect(texts("q", "status")({ q: "X-API-Key: " + secret, status: "active" })).toEqual({ status: "active" });
  });

  it("is searched for by its end", () => {
    expect(withoutSecret(secret)).toBe("end7");
    expect(withoutSecret(`X-API-Key: ${secret}\n`)).toBe("end7");
    expect(withoutSecret("sk-steelengine-…end7")).toBe("end7");
    expect(withoutSecret("sk-steelengine-")).toBe("");
    expect(withoutSecret("Deploys")).toBe("Deploys");
  });

  it("is known by how it begins", () => {
    expect(holdsSecret("key_5kJQ")).toBe(false);
    expect(holdsSecret("Bearer " + secret)).toBe(true);
  });
});
