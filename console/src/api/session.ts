import { queryOptions, useMutation, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { api, value } from "./client";
import { queryClient } from "./query";
import type { components } from "./schema";

export type SignedIn = components["schemas"]["SignedIn"];
export type Session = components["schemas"]["Session"];
export type User = components["schemas"]["User"];

/** Who is signed in. The frame has asked before any page is shown. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }): Promise<SignedIn> => value(api.GET("/v1/session", { signal })),
  staleTime: 60_000,
});

/** useSession is who is signed in; for pages inside the frame, where somebody always is. */
export function useSession(): SignedIn {
  return useSuspenseQuery(sessionQuery).data;
}

/** mayDo tells whether who is signed in may do an operation on the platform's own things, such as "policies.write". */
export function mayDo(session: SignedIn, operation: string): boolean {
  return session.may.includes(operation);
}

export function useMay(operation: string): boolean {
  return mayDo(useSession(), operation);
}

export const signInMethodsQuery = queryOptions({
  queryKey: ["sign-in"],
  queryFn: async ({ signal }) => value(api.GET("/v1/sign-in", { signal })),
});

export const sessionsQuery = (user: string) =>
  queryOptions({
    queryKey: ["sessions", user],
    queryFn: async ({ signal }) => value(api.GET("/v1/users/{id}/sessions", { params: { path: { id: user } }, signal })),
  });

export function useSessions(user: string) {
  return useQuery(sessionsQuery(user));
}

/** What one may do is asked for anew: after the policy that decides it changed, or where a call was refused that was offered. */
export function mayChanged(): void {
  for (const domain of ["session", "workspaces", "organizations"]) void queryClient.invalidateQueries({ queryKey: [domain] });
}

/** forgetEverything leaves nothing of who was here to who comes next. */
export function forgetEverything(): void {
  queryClient.clear();
}

export function useSignInAs() {
  return useMutation({
    mutationFn: async (user_id: string) => value(api.POST("/v1/sign-in/dev", { body: { user_id } })),
    onSuccess: forgetEverything,
  });
}

export function useSetUp() {
  return useMutation({
    mutationFn: async (body: { code: string; name: string; email: string }) => value(api.POST("/v1/sign-in/setup", { body })),
    onSuccess: forgetEverything,
  });
}

export function useSignOut() {
  return useMutation({ mutationFn: async () => void (await api.DELETE("/v1/session")), onSuccess: forgetEverything });
}

export function useEndSession(user: string) {
  return useMutation({
    mutationFn: async (session: string) => void (await api.DELETE("/v1/users/{id}/sessions/{session}", { params: { path: { id: user, session } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["sessions", user] }),
  });
}

export function useEndAllSessions(user: string) {
  return useMutation({
    mutationFn: async () => void (await api.DELETE("/v1/users/{id}/sessions", { params: { path: { id: user } } })),
    onSuccess: forgetEverything,
  });
}
