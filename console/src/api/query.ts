import { QueryClient } from "@tanstack/react-query";
import { isProblem } from "./problem";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: Error;
  }
}

/**
 * One for the whole console. A refusal is not asked for again: only what may pass is, twice. Mutations are never repeated by
 * themselves, and are forgotten at once: their answers may hold a secret.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => failures < 2 && isProblem(error) && error.passing && error.status !== 429,
      refetchOnWindowFocus: true,
      // Without a connection a call fails, and says so: one that waited in silence would look as if it were at work.
      networkMode: "always",
      refetchOnReconnect: true,
    },
    mutations: { retry: false, gcTime: 0, networkMode: "always" },
  },
});
