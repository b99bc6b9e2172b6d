// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from "vitest";
import { applied, beginning, changesBetween, editsOf, folders, moved, pathFault, rebased, storedEdits, storeEdits } from "./draft";

const base = { "authz/a.rego": "a", "authz/a_test.rego": "t", "site/site.rego": "s" };

describe("a draft", () => {
  it("is what it changes, and comes back from it", () => {
    const files = { "authz/a.rego": "A", "site/site.rego": "s", "site/new.rego": "n" };
    const edits = editsOf(base, files);
    expect(edits).toEqual({ "authz/a.rego": "A", "authz/a_test.rego": null, "site/new.rego": "n" });
    expect(applied(base, edits)).toEqual(files);
    expect(changesBetween(base, files).map((c) => [c.path, c.change])).toEqual([["authz/a.rego", "changed"], ["authz/a_test.rego", "removed"], ["site/new.rego", "added"]]);
  });

  it("tells an emptied file from one that is gone", () => {
    expect(editsOf(base, { ...base, "site/site.rego": "" })).toEqual({ "site/site.rego": "" });
    expect(changesBetween(base, { ...base, "site/site.rego": "" })[0]?.change).toBe("changed");
  });
});

describe("the tree", () => {
  it("has each test behind its file, and the top last", () => {
    expect(folders(["top.rego", "site/b.rego", "authz/a_test.rego", "authz/ab.rego", "authz/a.rego"])).toEqual([
      { folder: "authz", paths: ["authz/a.rego", "authz/a_test.rego", "authz/ab.rego"] },
      { folder: "site", paths: ["site/b.rego"] },
      { folder: "", paths: ["top.rego"] },
    ]);
  });

  it.each(["", "a.txt", "/a.rego", "../a.rego", "a//b.rego", "a b.rego", "site/site.rego", "site/.rego", "./a.rego"])("refuses the path %j", (path) => {
    expect(pathFault(path, base)).not.toBeNull();
  });

  it("takes a new path, and begins it with its package", () => {
    expect(pathFault("site/week-end_test.rego", base)).toBeNull();
    expect(beginning("site/week-end_test.rego")).toBe("package steelgate.site_test\n\nimport data.steelgate.site\n");
    expect(beginning("authz/x.rego")).toBe("package steelgate.authz\n");
    expect(beginning("x.rego")).toBe("package steelgate.site\n");
  });
});

describe("a base that moved", () => {
  const mine = { "authz/a.rego": "mine", "authz/a_test.rego": "t", "site/site.rego": "both" };
  const theirs = { "authz/a.rego": "theirs", "site/site.rego": "both", "site/more.rego": "m" };

  it("is a conflict only where both sides changed a file, and otherwise", () => {
    expect(moved(base, mine, theirs).map((m) => [m.path, m.conflict])).toEqual([
      ["authz/a.rego", true], ["authz/a_test.rego", false], ["site/more.rego", false], ["site/site.rego", false],
    ]);
  });

  it("is taken, but for what is kept", () => {
    expect(rebased(base, mine, theirs, new Set())).toEqual(theirs);
    expect(rebased(base, mine, theirs, new Set(["authz/a.rego"]))).toEqual({ ...theirs, "authz/a.rego": "mine" });
  });

  it("keeps what I took away where I say so", () => {
    const without = { "authz/a_test.rego": "t", "site/site.rego": "s" };
    expect(rebased(base, without, { ...base, "authz/a.rego": "new" }, new Set(["authz/a.rego"]))).toEqual(without);
    expect(rebased(base, without, { ...base, "authz/a.rego": "new" }, new Set())["authz/a.rego"]).toBe("new");
  });
});

describe("the store", () => {
  beforeEach(() => sessionStorage.clear());

  it("keeps a draft for each user and base, and forgets an empty one", () => {
    storeEdits("user_pia", { base: 3, files: { "site/site.rego": "x", "authz/a.rego": null } });
    expect(storedEdits("user_pia", 3)).toEqual({ base: 3, files: { "site/site.rego": "x", "authz/a.rego": null } });
    expect(storedEdits("user_pat", 3)).toBeNull();
    storeEdits("user_pia", { base: 3, files: {} });
    expect(sessionStorage.length).toBe(0);
  });

  it("finds the newest of another base, and takes nothing that is none", () => {
    storeEdits("user_pia", { base: 2, files: { a: "2" } });
    storeEdits("user_pia", { base: 10, files: { a: "10" } });
    expect(storedEdits("user_pia", 11)?.base).toBe(10);
    expect(storedEdits("user_pia", 2)?.base).toBe(2);
    sessionStorage.setItem("steelgate.policy-draft.user_pia.12", '{"a": 1}');
    expect(storedEdits("user_pia", 12)).toBeNull();
  });
});
