/** The addresses that a person typed or pasted: between spaces, commas and lines. */
export function networksOf(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
}

function isIPv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) <= 255);
}

function isIPv6(text: string): boolean {
  // An IPv4 address may stand for the last two groups.
  const tail = /^(.*:)([\d.]+)$/.exec(text);
  if (tail && tail[2]!.includes(".")) {
    if (!isIPv4(tail[2]!)) return false;
    text = tail[1] + "0:0";
  }
  if (!/^[0-9a-fA-F:]+$/.test(text) || text.includes(":::")) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = (half: string) => (half === "" ? [] : half.split(":"));
  const all = halves.flatMap(groups);
  if (all.some((g) => !/^[0-9a-fA-F]{1,4}$/.test(g))) return false;
  return halves.length === 2 ? all.length <= 7 : all.length === 8;
}

/** A network as the API takes it: a bare address is the network of that address alone. null where it is neither. */
export function networkOf(text: string): string | null {
  const [address = "", bits, ...more] = text.trim().split("/");
  if (more.length > 0) return null;
  const widest = isIPv4(address) ? 32 : isIPv6(address) ? 128 : 0;
  if (widest === 0) return null;
  if (bits === undefined) return `${address}/${widest}`;
  return /^(0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= widest ? `${address}/${bits}` : null;
}

/** Whether a network is every address, which restricts nothing. */
export const isEverything = (network: string): boolean => network.endsWith("/0");
