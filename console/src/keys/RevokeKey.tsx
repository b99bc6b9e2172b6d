import { Skeleton, Stack, Text } from "@mantine/core";
import { type Key, revokeKey } from "../api/keys";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { notifyDone } from "../ui/notify";
import { TimeAgo } from "../ui/TimeAgo";
import { exact, shortNumber } from "../ui/time";
import type { OrganizationNames } from "./names";
import { canWords } from "./scope";
import { useLastUse } from "./useLastUse";
import { useOtherLive } from "./useOtherLive";

interface Props {
  keyRecord: Key;
  names: OrganizationNames;
  opened: boolean;
  onClose: () => void;
}

/** Ends a key for good, after it was said what stops. */
export function RevokeKey({ keyRecord: key, names, opened, onClose }: Props) {
  return (
    <ConfirmDialog
      opened={opened} onClose={onClose} title={`Revoke ${key.name}`} confirm="Revoke the key" danger typed={key.name}
      onConfirm={async () => {
        await revokeKey(key.id);
        notifyDone(`${key.name} is revoked.`);
      }}
    >
      <Stack gap="xs">
        <Text size="sm">Whoever uses it is refused from the next request on. This can't be undone: to pause it, disable it; to change its secret, rotate it.</Text>
        <Text size="sm">What stops: it can {canWords(key, names)}.</Text>
        <OtherSecret keyRecord={key} />
        <RecentUse keyRecord={key} />
      </Stack>
    </ConfirmDialog>
  );
}

/** A rotated key is two records of one name. Who revokes one, for a leak say, has to know that the other's secret goes on. */
function OtherSecret({ keyRecord: key }: { keyRecord: Key }) {
  const other = useOtherLive(key);
  if (!other) return null;
  const until = other.expires_at ? <> until {exact(new Date(other.expires_at))}</> : null;
  return (
    <Text size="sm">
      <strong>Its {key.replaced_by ? "new" : "old"} secret, <code>{other.hint}</code>, is a key of its own and works on{until}.</strong> Where that is to stop too, revoke it as well.
    </Text>
  );
}

function RecentUse({ keyRecord: key }: { keyRecord: Key }) {
  const { loading, summary, at, never } = useLastUse(key);
  if (loading) return <Skeleton height={18} width="70%" />;
  const total = summary?.total;
  const last = at ? <>It was last used <strong><TimeAgo at={at} /></strong>.</> : never ? "It was never used." : "No use of it is on record.";
  if (!total || (never && total.allowed + total.denied === 0)) return <Text size="sm">{last}</Text>;
  if (total.allowed + total.denied === 0) return <Text size="sm">Nobody used it in the last 7 days. {last}</Text>;
  return <Text size="sm">In the last 7 days <strong>{shortNumber(total.allowed)}</strong> of its requests were allowed{total.denied > 0 ? <>, and {shortNumber(total.denied)} denied</> : null}. {last}</Text>;
}
