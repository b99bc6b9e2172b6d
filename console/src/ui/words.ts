/** A number of things in words: "1 key", "1,200 keys". */
export function count(n: number, one: string, many = one + "s"): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

/** A list as people say it: "a", "a and b", "a, b and c"; of more than `most` "a, b and 3 more". */
export function listWords(words: readonly string[], most = Infinity): string {
  if (words.length < 2) return words.join("");
  if (words.length <= most) return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
  return `${words.slice(0, most - 1).join(", ")} and ${words.length - (most - 1)} more`;
}
