import { useSession } from "../api/session";
import { LinkTo } from "../ui/links";
import { useViews } from "./useViews";

/** A key by its id: a link for who may read it, by whom it belongs to. Where that is not known it is none. */
export function KeyLink({ id, owner, name }: { id: string; owner: { type: string; id: string } | undefined; name?: string | undefined }) {
  const { user } = useSession();
  const views = useViews("keys.read");
  const places = owner?.type === "workspace" ? views.workspaces : owner?.type === "organization" ? views.organizations : [];
  const readable = owner?.type === "user" ? owner.id === user.id && user.may.includes("keys.read") : places.some((p) => p.id === owner?.id);
  return readable ? <LinkTo to="/keys/$key" params={{ key: id }} size="sm">{name || id}</LinkTo> : name ? <>{name}</> : <code>{id}</code>;
}
