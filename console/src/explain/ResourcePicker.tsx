import { Autocomplete, Group, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type Resource, resourcesQuery } from "../api/keys";
import { workspacesQuery } from "../api/places";

interface Props {
  type: string;
  id: string;
  onChange: (changed: { type?: string; id?: string }) => void;
  /** The types that the action is for. */
  types: readonly string[];
  /** Where is looked for things: a workspace or an organization whose contents one may list. */
  place: { workspace_id: string } | { organization_id: string } | null;
  errors: { type: string | undefined; id: string | undefined };
}

export function ResourcePicker({ type, id, onChange, types, place, errors }: Props) {
  const [asked] = useDebouncedValue(id.trim(), 200);
  const isWorkspace = type === "workspace";
  const resources = useQuery({ ...resourcesQuery(place ?? { workspace_id: "" }, { ...(type ? { type } : {}), ...(asked ? { q: asked } : {}), limit: 50 }), enabled: place !== null && type !== "" && !isWorkspace, placeholderData: keepPreviousData, retry: false });
  const workspaces = useQuery({ ...workspacesQuery({ ...(asked ? { q: asked } : {}), limit: 50 }), enabled: isWorkspace, placeholderData: keepPreviousData });
  const found: Pick<Resource, "id" | "name">[] = (isWorkspace ? workspaces.data?.data : resources.data?.data) ?? [];
  const names = new Map(found.map((r) => [r.id, r.name]));
  return (
    <Group gap="xs" align="flex-start" wrap="nowrap">
      <Autocomplete label="Resource type" value={type} onChange={(v) => onChange({ type: v })} data={[...types]} error={errors.type} style={{ flex: "0 1 11rem" }} filter={({ options }) => options} spellCheck={false} />
      <Autocomplete
        label="Resource"
        placeholder={isWorkspace ? "ws_…" : "Find by name, or type an id"}
        value={id}
        onChange={(v) => onChange({ id: v })}
        data={[...names.keys()]}
        filter={({ options }) => options}
        renderOption={({ option }) => <div style={{ minWidth: 0 }}><Text size="sm" truncate>{names.get(option.value) || option.value}</Text><Text size="xs" c="dimmed" truncate>{option.value}</Text></div>}
        description={names.get(id) || undefined}
        inputWrapperOrder={["label", "input", "description", "error"]}
        error={errors.id}
        style={{ flex: 1 }}
        spellCheck={false}
      />
    </Group>
  );
}
