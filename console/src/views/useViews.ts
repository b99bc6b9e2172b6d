import { useQuery } from "@tanstack/react-query";
import { organizationsQuery, workspacesQuery } from "../api/places";
import { mayDo, useSession } from "../api/session";
import { usePlace } from "../shell/place";
import type { View } from "./views";

/** Whose entries of a log one may read, by the operation that reading them is. */
export interface Views {
  /** Whether one may read all. */
  all: boolean;
  /** Whose own things are always theirs to read. */
  self: string;
  workspaces: { id: string; name: string }[];
  organizations: { id: string; name: string }[];
  /** What is read where the address names nothing. */
  usual: View;
  /** Whether the lists are still on their way. */
  loading: boolean;
}

/** useViews are the places where one may do an operation, such as "decision_log.read". */
export function useViews(operation: string): Views {
  const session = useSession();
  const here = usePlace();
  const all = session.may !== undefined && mayDo(session, operation);
  const workspaces = useQuery(workspacesQuery({ limit: 200 }));
  const organizations = useQuery(organizationsQuery({ limit: 200 }));
  // Who reads all reads any place that they see.
  const mine = <T extends { may: string[] }>(found: T[] | undefined) => (found ?? []).filter((one) => all || one.may.includes(operation));
  const ws = mine(workspaces.data?.data);
  const orgs = mine(organizations.data?.data);
  const self = session.user.id;
  const near = here && (here.kind === "workspace" ? ws : orgs).find((one) => one.id === here.id);
  const first = near ? { type: here.kind, id: near.id } : ws[0] ? { type: "workspace" as const, id: ws[0].id } : orgs[0] ? { type: "organization" as const, id: orgs[0].id } : null;
  const usual: View = all ? { kind: "all" } : first ? { kind: "place", ...first } : { kind: "owner", type: "user", id: self };
  return { all, self, workspaces: ws, organizations: orgs, usual, loading: !all && (workspaces.isLoading || organizations.isLoading) };
}
