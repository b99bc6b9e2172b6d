import { Combobox, Loader, ScrollArea, Text, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconBox, IconBuilding, IconSelector } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { organizationQuery, organizationsQuery, workspaceQuery, workspacesQuery } from "../api/places";
import { asProblem } from "../api/problem";
import classes from "./Frame.module.css";
import type { Place } from "./place";

/** Goes from one workspace or organization to another. */
export function Switcher({ place, onGone }: { place: Place | null; onGone: () => void }) {
  const navigate = useNavigate();
  const [q, setQ] = useState("");
  const [asked] = useDebouncedValue(q, 200);
  const combobox = useCombobox({
    onDropdownClose: () => { combobox.resetSelectedOption(); setQ(""); combobox.focusTarget(); },
    onDropdownOpen: () => combobox.focusSearchInput(),
  });
  const filter = { q: asked.trim() || undefined, limit: 30 } as { q?: string; limit: number };
  const workspaces = useQuery({ ...workspacesQuery(filter), enabled: combobox.dropdownOpened, placeholderData: keepPreviousData });
  const organizations = useQuery({ ...organizationsQuery(filter), enabled: combobox.dropdownOpened, placeholderData: keepPreviousData });
  const name = useNameOf(place);
  const go = (chosen: string) => {
    const [kind, id] = chosen.split(" ") as [Place["kind"], string];
    combobox.closeDropdown();
    onGone();
    void (kind === "workspace" ? navigate({ to: "/workspaces/$workspace/keys", params: { workspace: id } }) : navigate({ to: "/organizations/$organization/keys", params: { organization: id } }));
  };
  const failed = workspaces.error ?? organizations.error;
  const ws = workspaces.data?.data ?? [];
  const orgs = organizations.data?.data ?? [];
  const more = workspaces.data?.pagination.has_more || organizations.data?.pagination.has_more;
  return (
    <Combobox store={combobox} onOptionSubmit={go} withinPortal>
      <Combobox.Target targetType="button" withAriaAttributes>
        <button type="button" className={classes.switcher} onClick={() => combobox.toggleDropdown()} aria-label={`Workspace or organization: ${name || "none"}. Switch`}>
          {place?.kind === "organization" ? <IconBuilding size={18} aria-hidden /> : <IconBox size={18} aria-hidden />}
          <span>
            <span className={classes.name}>{name || "Choose a workspace"}</span>
            <span className={classes.kind}>{place ? (place.kind === "workspace" ? "Workspace" : "Organization") : "None yet"}</span>
          </span>
          <IconSelector size={16} aria-hidden />
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search value={q} onChange={(e) => { setQ(e.currentTarget.value); combobox.resetSelectedOption(); }} placeholder="Find by name or id" aria-label="Find a workspace or organization" />
        {/* What scrolls is reached by keyboard too. It stands around the list: in it there may be choices alone. */}
        <ScrollArea.Autosize mah={320} type="auto" viewportProps={{ tabIndex: 0, role: "group", "aria-label": "Choices" }}>
          <Combobox.Options aria-label="Workspaces and organizations">
            {failed ? <Text size="sm" c="dimmed" p="xs">{asProblem(failed).message}</Text> : null}
            {workspaces.isLoading ? <Combobox.Empty><Loader size="xs" aria-label="Loading" /></Combobox.Empty> : null}
            {ws.length > 0 ? <Combobox.Group label="Workspaces">{ws.map((w) => <Choice key={w.id} kind="workspace" id={w.id} name={w.name} about={w.organization_name} here={place} />)}</Combobox.Group> : null}
            {orgs.length > 0 ? <Combobox.Group label="Organizations">{orgs.map((o) => <Choice key={o.id} kind="organization" id={o.id} name={o.name} about={o.role} here={place} />)}</Combobox.Group> : null}
            {!failed && workspaces.data && organizations.data && ws.length + orgs.length === 0 ? <Combobox.Empty>{asked ? "Nothing is called so" : "You are in no workspace yet"}</Combobox.Empty> : null}
            {more ? <Text size="xs" c="dimmed" p="xs">There are more: type a part of the name.</Text> : null}
          </Combobox.Options>
        </ScrollArea.Autosize>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Choice({ kind, id, name, about, here }: { kind: Place["kind"]; id: string; name: string; about: string | null; here: Place | null }) {
  return (
    <Combobox.Option value={kind + " " + id} active={here?.kind === kind && here.id === id}>
      <Text size="sm" fw={500} truncate>{name || id}</Text>
      {about ? <Text size="xs" c="dimmed" truncate>{about}</Text> : null}
    </Combobox.Option>
  );
}

/** useNameOf is what a place is called: its id until that is known. */
export function useNameOf(place: Place | null): string {
  const workspace = useQuery({ ...workspaceQuery(place?.id ?? ""), enabled: place?.kind === "workspace" });
  const organization = useQuery({ ...organizationQuery(place?.id ?? ""), enabled: place?.kind === "organization" });
  if (!place) return "";
  return (place.kind === "workspace" ? workspace.data?.name : organization.data?.name) || place.id;
}
