/**
 * The code of a set-up link stands behind the #, which no browser sends to a server. It is read once, as soon as the page's script
 * runs, and taken out of the address and its history before anything else happens. "" is a set-up without its code: the form asks.
 */
let code: string | null = null;

function take(): void {
  const found = /^#setup(?:=(\w*))?$/.exec(location.hash);
  if (!found) return;
  code = found[1] ?? "";
  history.replaceState(history.state, "", location.pathname + location.search);
}

take();

/** The code that came with the address, or null. Whoever takes it keeps it: it is given out once. */
export function takeSetupCode(): string | null {
  const taken = code;
  code = null;
  return taken;
}

/** whenSetupComes calls back where a link is opened in the page that is open already. */
export function whenSetupComes(then: (code: string) => void): () => void {
  const changed = () => {
    take();
    const taken = takeSetupCode();
    if (taken !== null) then(taken);
  };
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}
