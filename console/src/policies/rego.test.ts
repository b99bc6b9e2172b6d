import { highlightTree, classHighlighter } from "@lezer/highlight";
import { describe, expect, it } from "vitest";
import { regoLanguage } from "./rego";

/** The words of a source with what they are taken for. */
function read(source: string): string[] {
  const found: string[] = [];
  highlightTree(regoLanguage.parser.parse(source), classHighlighter, (from, to, style) => {
    found.push(`${source.slice(from, to)} ${style.replaceAll("tok-", "")}`);
  });
  return found;
}

describe("the language", () => {
  it("knows keywords, names and strings", () => {
    expect(read('package steelgate.site')[0]).toBe("package keyword");
    expect(read('deny contains {"code": "closed"} if not input.x == true')).toEqual(expect.arrayContaining(["contains keyword", '"code" string', "if keyword", "not keyword", "x propertyName", "true atom"]));
  });

  it("tells contains the builtin from contains the keyword, and a property from a keyword", () => {
    const words = read('a if contains("ab", input.in)');
    expect(words).not.toContain("contains keyword");
    expect(words).toContain("in propertyName");
  });

  it("takes a quote within a string for what it is", () => {
    expect(read('x := "a \\" # b" # c')).toEqual(expect.arrayContaining(['"a \\" # b" string', "# c comment"]));
  });

  it("goes on with a raw string over lines, and ends it", () => {
    const words = read("x := `one\n# two` if true");
    expect(words).toEqual(expect.arrayContaining(["`one string2", "# two` string2", "if keyword", "true atom"]));
  });
});
