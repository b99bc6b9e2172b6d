import { useEffect, useState } from "react";

/** What had the focus when this was first rendered: for an item of a menu, the button that opens the menu. */
function focused(): HTMLElement | null {
  const active = document.activeElement;
  const opener = active?.closest("[role=menu]")?.getAttribute("aria-labelledby");
  return opener ? document.getElementById(opener) : active instanceof HTMLElement ? active : null;
}

/** Gives the focus back, when what called it goes, to what had it before: to the page's heading where that is gone. */
export function useFocusBack(): void {
  const [before] = useState(focused);
  useEffect(() => () => {
    const to = before?.isConnected && before !== document.body ? before : document.querySelector<HTMLElement>("h1");
    to?.focus({ preventScroll: true });
  }, [before]);
}

/** The same, for what stands and goes with a part of a page. */
export function FocusBack(): null {
  useFocusBack();
  return null;
}
