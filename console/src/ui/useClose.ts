import { useRouter } from "@tanstack/react-router";

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** Whether what the address opens, such as a drawer, was opened on this page, so that the step before is the page without it. */
    opened?: boolean;
  }
}

/**
 * useClose closes what the address opens: by going back to where it was opened, so that no step of the history shows the same page twice; for
 * who came by a link, by `otherwise`. What opens it navigates with `state: { opened: true }`.
 */
export function useClose(otherwise: () => void): () => void {
  const router = useRouter();
  return () => {
    if (router.state.location.state.opened) router.history.back();
    else otherwise();
  };
}
