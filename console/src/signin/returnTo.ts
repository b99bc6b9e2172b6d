/** A path within the console that a sign-in may end at, from what an address says; anything else is the overview. */
export function returnPath(given: string | undefined): string {
  if (!given || !given.startsWith("/") || given.startsWith("//") || /[\\\s]/.test(given) || given.startsWith("/sign-in")) return "/";
  return given;
}
