import { describe, expect, it } from "vitest";
import { networkOf, networksOf } from "./networks";

describe("networks", () => {
  it("are found between spaces, commas and lines, once each", () => {
    expect(networksOf(" 10.0.0.0/8,\n192.0.2.1  10.0.0.0/8;2001:db8::/32 ")).toEqual(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"]);
    expect(networksOf(" \n")).toEqual([]);
  });

  it.each([
    ["203.0.113.9", "203.0.113.9/32"], ["203.0.113.0/24", "203.0.113.0/24"], ["0.0.0.0/0", "0.0.0.0/0"], ["::", "::/128"], ["::1", "::1/128"],
    ["2001:db8::/32", "2001:db8::/32"], ["2001:db8:0:0:0:0:0:1", "2001:db8:0:0:0:0:0:1/128"], ["::ffff:192.0.2.1", "::ffff:192.0.2.1/128"], ["1::", "1::/128"],
  ])("%s is one", (text, network) => expect(networkOf(text)).toBe(network));

  it.each(["", "here", "203.0.113", "203.0.113.256", "203.0.113.01", "203.0.113.0/33", "203.0.113.0/", "203.0.113.0/24/8", "203.0.113.0/-1", "2001:db8::/129", "1::2::3", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "::192.0.2.300", "fe80::1%eth0"])(
    "%s is none", (text) => expect(networkOf(text)).toBeNull());
});
