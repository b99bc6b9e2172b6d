import { expect, it } from "vitest";
import { count, listWords } from "./words";

it("counts", () => {
  expect([count(0, "key"), count(1, "key"), count(1200, "key"), count(2, "class", "classes")]).toEqual(["0 keys", "1 key", "1,200 keys", "2 classes"]);
});

it("lists", () => {
  expect([listWords([]), listWords(["a"]), listWords(["a", "b"]), listWords(["a", "b", "c"])]).toEqual(["", "a", "a and b", "a, b and c"]);
  expect([listWords(["a", "b", "c"], 3), listWords(["a", "b", "c", "d"], 3)]).toEqual(["a, b and c", "a, b and 2 more"]);
});
