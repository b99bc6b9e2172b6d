import { List, Skeleton, Stack, Switch, Text } from "@mantine/core";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import { type DryRun, switchOffPreviewQuery, switchPersonalKeys } from "../api/keys";
import type { Workspace } from "../api/places";
import { useSession } from "../api/session";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { notifyDone, notifyProblem } from "../ui/notify";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Keys.module.css";
import { count } from "../ui/words";

/** Whether members' own keys work in the workspace. Before it is switched off it says which keys stop. */
export function PersonalKeysSwitch({ workspace }: { workspace: Workspace }) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const preview = useQuery({ ...switchOffPreviewQuery(workspace.id), enabled: asking, refetchOnWindowFocus: false });
  const may = workspace.may.includes("personal_keys.switch");
  const on = workspace.personal_keys_enabled;
  const name = workspace.name || workspace.id;
  const set = async (enabled: boolean) => {
    await switchPersonalKeys(workspace.id, enabled);
    notifyDone(enabled ? `Personal keys work in ${name} again.` : `Personal keys stopped working in ${name}.`);
  };
  const enable = async () => {
    setBusy(true);
    try {
      await set(true);
    } catch (error) {
      notifyProblem(error, "The switch was not set");
    }
    setBusy(false);
  };
  const about = on ? `Members' personal keys work in ${name}, with the role that their user has here${workspace.role ? ` (yours: ${workspace.role})` : ""}.` : `Nobody's personal key works in ${name}. In other workspaces they still do.`;
  return (
    <div style={{ marginBottom: "var(--mantine-spacing-md)" }}>
      <Panel>
        <div className={classes.switchRow}>
          <div>
            <Text size="sm" fw={600} id="personal-keys">Allow personal API keys</Text>
            <Text size="xs" c="dimmed" id="personal-keys-about">{about}{may ? "" : " The workspace's admins decide this."}</Text>
          </div>
          {may ? <Switch checked={on} disabled={busy} onChange={() => (on ? setAsking(true) : void enable())} aria-labelledby="personal-keys" aria-describedby="personal-keys-about" size="md" /> : <Text size="sm" fw={600}>{on ? "On" : "Off"}</Text>}
        </div>
      </Panel>
      <ConfirmDialog opened={asking} onClose={() => setAsking(false)} title={`Switch personal keys off in ${name}`} confirm="Switch them off" danger ready={preview.isSuccess && !preview.isFetching} onConfirm={() => set(false)}>
        <Preview preview={preview} />
      </ConfirmDialog>
    </div>
  );
}

/** Which keys stop. Asked anew each time, of the server, which changes nothing. */
function Preview({ preview }: { preview: UseQueryResult<DryRun> }) {
  const { user } = useSession();
  if (preview.error && !preview.isFetching) return <ProblemAlert error={preview.error} title="It can't be told which keys stop" retry={() => void preview.refetch()} />;
  if (!preview.data || preview.isFetching) return <Stack gap="xs" aria-busy><Skeleton height={16} /><Skeleton height={16} width="70%" /></Stack>;
  const keys = preview.data.keys;
  if (keys.length === 0) return <Text size="sm">No key that works here now stops. Personal keys that are made later won't work here.</Text>;
  const shown = keys.slice(0, 8);
  return (
    <Stack gap="xs">
      <Text size="sm">{preview.data.truncated ? `More than ${count(keys.length, "key")} stop` : keys.length === 1 ? "1 key stops" : `${keys.length} keys stop`} working in this workspace, from the next request on. Nothing is deleted: {keys.length === 1 ? "it works" : "they work"} again when personal keys are switched on.</Text>
      <List size="sm" aria-label="Keys that stop">
        {shown.map((key) => (
          <List.Item key={key.id}>
            {key.name ? <strong>{key.name}</strong> : <>A key of another user</>}
            {key.user_id ? <Text component="span" size="xs" c="dimmed"> {key.user_id === user.id ? "yours" : key.user_id}</Text> : null}
          </List.Item>
        ))}
      </List>
      {keys.length > shown.length ? <Text size="xs" c="dimmed">and {preview.data.truncated ? "more than " : ""}{keys.length - shown.length} more</Text> : null}
    </Stack>
  );
}
