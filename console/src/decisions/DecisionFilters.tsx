import { ActionIcon, Button, Collapse, Group, SegmentedControl, Select } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconFilter, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { actionsQuery } from "../api/explain";
import { CommittedInput } from "../ui/CommittedInput";
import { exact } from "../ui/time";
import { useViews } from "../views/useViews";
import { searchOf, type View } from "../views/views";
import { ViewSelect } from "../views/ViewSelect";
import { codeLabel, codeMeant, codes } from "./codes";
import { countFilters, type DecisionSearch, fields, usualWindow, windows } from "./filters";
import classes from "../ui/log.module.css";

type Changed = { [K in keyof DecisionSearch]?: DecisionSearch[K] | undefined };

interface Props {
  search: DecisionSearch;
  view: View;
  views: ReturnType<typeof useViews>;
  onChange: (changed: Changed) => void;
}

/** What is looked at. All of it lives in the address. */
export function DecisionFilters({ search, view, views, onChange }: Props) {
  const count = countFilters(search);
  const [opened, { toggle }] = useDisclosure(count > 0);
  const actions = useQuery({ ...actionsQuery, enabled: opened });
  const named = windows.find((w) => w.value === search.window)?.value;
  const custom = search.from !== undefined || search.until !== undefined;
  return (
    <div className={classes.filters}>
      <Group gap="sm" align="flex-end">
        <ViewSelect
          label="Decisions about"
          views={views}
          value={view}
          onChange={(v) => onChange(searchOf(v))}
          words={{ all: "Everything", mine: "What my personal keys asked", place: "Things in", owner: "Asked with the keys of", ownerOf: (name) => `Keys of ${name}` }}
        />
        <div>
          <SegmentedControl aria-label="Outcome" value={search.allow === "true" || search.allow === "false" ? search.allow : "any"} onChange={(v) => onChange({ allow: v === "any" ? undefined : v })} data={[{ value: "any", label: "Any outcome" }, { value: "true", label: "Allowed" }, { value: "false", label: "Denied" }]} />
        </div>
        <Select
          label="When"
          w={230}
          allowDeselect={false}
          value={custom ? "custom" : (named ?? usualWindow)}
          data={[...windows.map(({ value, label }) => ({ value, label })), ...(custom ? [{ value: "custom", label: span(search) }] : [])]}
          onChange={(v) => v && v !== "custom" && onChange({ window: v === usualWindow ? undefined : v, from: undefined, until: undefined })}
        />
        {custom ? <ActionIcon size={36} variant="default" aria-label="Back to the last 24 hours" onClick={() => onChange({ from: undefined, until: undefined })}><IconX size={16} aria-hidden /></ActionIcon> : null}
        <Button variant="default" leftSection={<IconFilter size={15} aria-hidden />} onClick={toggle} aria-expanded={opened}>{count > 0 ? `Filters (${count})` : "Filters"}</Button>
      </Group>
      <Collapse expanded={opened} transitionDuration={0}>
        <Group gap="sm" align="flex-end" mt="sm">
          <CommittedInput label="Key" placeholder="key_…" value={search.key_id} onCommit={(key_id) => onChange({ key_id })} />
          <CommittedInput label="Action" placeholder="workflow.execute" choices={Object.keys(actions.data?.actions ?? {}).sort()} value={search.action} onCommit={(action) => onChange({ action })} />
          <CommittedInput label="Code" placeholder="outside_scope" width={210} choices={codes.map((c) => c.code)} choiceLabel={codeLabel} value={search.code} onCommit={(code) => onChange({ code: codeMeant(code) })} />
          <CommittedInput label="Resource type" placeholder="workflow" width={150} value={search.resource_type} onCommit={(resource_type) => onChange({ resource_type, ...(resource_type ? {} : { resource_id: undefined }) })} />
          <CommittedInput label="Resource id" placeholder={search.resource_type ? "wf_…" : "Goes with a type"} value={search.resource_id} disabled={!search.resource_type} onCommit={(resource_id) => onChange({ resource_id })} />
          {count > 0 ? <Button variant="subtle" onClick={() => onChange(Object.fromEntries(fields.map((name) => [name, undefined])))}>Clear</Button> : null}
        </Group>
      </Collapse>
    </div>
  );
}

function span({ from, until }: DecisionSearch): string {
  const text = (at: string | undefined, none: string) => (at && !Number.isNaN(Date.parse(at)) ? exact(new Date(at)) : none);
  return `${text(from, "A day before")} to ${text(until, "now")}`;
}
