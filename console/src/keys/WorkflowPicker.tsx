import { Checkbox, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type Resource, resourcesQuery } from "../api/keys";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Keys.module.css";
import { count } from "../ui/words";
import type { Names } from "./scope";

interface Props {
  workspace: string;
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  names: Names["workflows"];
  /** What its search found, and was chosen: `names` may lack it. */
  onFound: (workflows: Resource[]) => void;
  error?: ReactNode;
}

/** Picks workflows of one workspace. What is chosen stays in sight, whatever the filter says. */
export function WorkflowPicker({ workspace, chosen, onChange, names, onFound, error }: Props) {
  const [q, setQ] = useState("");
  const [asked] = useDebouncedValue(q.trim(), 200);
  const found = useQuery({ ...resourcesQuery({ workspace_id: workspace }, { type: "workflow", ...(asked ? { q: asked } : {}) }), placeholderData: keepPreviousData });
  const rows = found.data?.data ?? [];
  const beside = chosen.filter((id) => !rows.some((r) => r.id === id));
  const toggle = (id: string, on: boolean) => {
    if (on) onFound(rows.filter((r) => r.id === id));
    onChange(on ? [...chosen, id] : chosen.filter((c) => c !== id));
  };
  const row = (id: string, name: string) => <li key={id}><Checkbox checked={chosen.includes(id)} onChange={(e) => toggle(id, e.currentTarget.checked)} label={name || id} description={name ? id : undefined} /></li>;
  return (
    <Stack gap={6}>
      <TextInput aria-label="Find a workflow" placeholder="Find a workflow by name or id" value={q} onChange={(e) => setQ(e.currentTarget.value)} leftSection={<IconSearch size={15} aria-hidden />} onKeyDown={(e) => { if (e.key === "Enter") e.preventDefault(); }} error={error} />
      <ProblemAlert error={found.error} title="The workflows can't be listed" />
      <ul className={classes.options} aria-label="Workflows" aria-busy={found.isLoading}>
        {found.isLoading ? [1, 2, 3].map((i) => <li key={i}><Skeleton height={16} my={3} /></li>) : null}
        {beside.map((id) => row(id, names[id] ?? ""))}
        {rows.map((r) => row(r.id, r.name))}
        {found.data && rows.length + beside.length === 0 ? <li><Text size="sm" c="dimmed">{asked ? "No workflow is called so." : "There is no workflow here yet."}</Text></li> : null}
      </ul>
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed" role="status">{count(chosen.length, "workflow")} chosen</Text>
        {found.data?.pagination.has_more ? <Text size="xs" c="dimmed">There are more: type a part of the name.</Text> : null}
      </Group>
    </Stack>
  );
}
