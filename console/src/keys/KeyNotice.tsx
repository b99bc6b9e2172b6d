import { Alert } from "@mantine/core";
import { IconAlertTriangle, IconBan, IconClockX, IconPlayerPause } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Key } from "../api/keys";
import { useSession } from "../api/session";
import { LinkTo } from "../ui/links";
import { TimeAgo } from "../ui/TimeAgo";
import { day, exact } from "../ui/time";
import { hasEnded, revokedByWords, statusOf } from "./status";
import { useOtherLive } from "./useOtherLive";

/** Why a key does not work, or soon won't, and what can be done. Nothing stands where all is well. */
export function KeyNotice({ keyRecord: key }: { keyRecord: Key }) {
  const { user } = useSession();
  const other = useOtherLive(key);
  const next = key.replaced_by ? <> <LinkTo to="/keys/$key" params={{ key: key.replaced_by }}>Its successor</LinkTo> goes on in its place.</> : null;
  const old = key.replaced_by === null && other ? <> <LinkTo to="/keys/$key" params={{ key: other.id }}>The old secret</LinkTo> that it was to replace works on{other.expires_at ? ` until ${exact(new Date(other.expires_at))}` : ""}.</> : null;
  switch (statusOf(key)) {
    case "revoked": {
      const leaked = key.revoked_by?.startsWith("leak: ");
      return <Notice icon={<IconBan aria-hidden />} title={leaked ? "Revoked: its secret was found in the open" : "Revoked"} color="red">It was revoked <TimeAgo at={key.revoked_at} /> {revokedByWords(key.revoked_by, user.id)}, for good.{next ?? (leaked ? " Create another, and look where it was used." : null)}{old}</Notice>;
    }
    case "expired":
      return <Notice icon={<IconClockX aria-hidden />} title="Expired" color="gray">Its time was up <TimeAgo at={key.expires_at} />: every request with it is refused. To let it work again, edit its expiry.</Notice>;
    case "disabled":
      return <Notice icon={<IconPlayerPause aria-hidden />} title="Disabled" color="gray">Every request with it is refused until it is enabled again.</Notice>;
    case "expires_soon":
      return <Notice icon={<IconAlertTriangle aria-hidden />} title="Expires soon" color="yellow">It stops working on {day(new Date(key.expires_at ?? ""))}. Edit its expiry to let it live longer.</Notice>;
    case "replaced":
      return hasEnded(key) ? <Notice icon={<IconClockX aria-hidden />} title="Replaced" color="gray">It was rotated, and ended <TimeAgo at={key.expires_at} />.{next}</Notice> : null;
    default:
      return null;
  }
}

function Notice({ icon, title, color, children }: { icon: ReactNode; title: string; color: string; children: ReactNode }) {
  return <Alert icon={icon} title={title} color={color}>{children}</Alert>;
}
