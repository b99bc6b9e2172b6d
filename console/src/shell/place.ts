import { useParams } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { organizationQuery, organizationsQuery, workspaceQuery, workspacesQuery } from "../api/places";
import { isProblem } from "../api/problem";
import { useSession } from "../api/session";

export interface Place {
  kind: "workspace" | "organization";
  id: string;
}

const stored = (user: string) => "steelgate.place." + user;

function remembered(user: string): Place | null {
  try {
    const [kind, id] = (localStorage.getItem(stored(user)) ?? "").split(" ");
    return (kind === "workspace" || kind === "organization") && id ? { kind, id } : null;
  } catch {
    return null;
  }
}

/**
 * The workspace or organization that one is at: the one in the address, else the one that was last gone to in this browser, as long as it is
 * there and one may see it, else the first. null where there is none.
 */
export function usePlace(): Place | null {
  const session = useSession();
  const { workspace, organization } = useParams({ strict: false });
  const [last, setLast] = useState(() => remembered(session.user.id));
  const workspaces = useQuery(workspacesQuery());
  const organizations = useQuery(organizationsQuery());
  const here: Place | null = workspace ? { kind: "workspace", id: workspace } : organization ? { kind: "organization", id: organization } : null;
  const text = here && here.kind + " " + here.id;
  useEffect(() => {
    if (!text) return;
    const [kind, id] = text.split(" ") as [Place["kind"], string];
    setLast({ kind, id });
    try {
      localStorage.setItem(stored(session.user.id), text);
    } catch {
      // The browser keeps nothing: it is remembered until the page goes.
    }
  }, [text, session.user.id]);
  const gone = useIsGone(here === null ? last : null);
  if (here) return here;
  if (last && !gone) return last;
  const first = workspaces.data?.data[0];
  if (first) return { kind: "workspace", id: first.id };
  const org = organizations.data?.data[0];
  return org ? { kind: "organization", id: org.id } : null;
}

/** Whether a place is there no more, or no more for oneself. */
function useIsGone(place: Place | null): boolean {
  const workspace = useQuery({ ...workspaceQuery(place?.id ?? ""), enabled: place?.kind === "workspace" });
  const organization = useQuery({ ...organizationQuery(place?.id ?? ""), enabled: place?.kind === "organization" });
  const error = place === null ? null : place.kind === "workspace" ? workspace.error : organization.error;
  return isProblem(error) && (error.status === 403 || error.status === 404);
}
