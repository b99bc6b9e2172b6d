import { Button, Stack, Text } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type Key, type KeyOwner, keysQuery, keyUseQuery } from "../api/keys";
import type { Workspace } from "../api/places";
import { DataTable } from "../ui/DataTable";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { expiresColumn, nameColumn, reachColumn, stateColumn, usageColumn, usedColumn } from "./columns";
import { filterOf } from "./filters";
import { KeyMenu, useKeyDialogs } from "./KeyActions";
import { KeyFilters, type KeySearch } from "./KeyFilters";
import classes from "./Keys.module.css";
import type { MayDo } from "./may";
import type { OrganizationNames } from "./names";

interface Props {
  owner: KeyOwner;
  caption: string;
  search: KeySearch;
  onSearch: (search: KeySearch) => void;
  names: OrganizationNames;
  may: MayDo;
  workspace?: Workspace;
  /** What stands where the owner has no key at all. */
  empty: ReactNode;
}

/** The keys of one owner: filtered, searched, and each with what can be done. */
export function KeyList({ owner, caption, search, onSearch, names, may, workspace, empty }: Props) {
  const navigate = useNavigate();
  const filter = filterOf(search);
  const list = useInfiniteQuery({ ...keysQuery(owner, filter), placeholderData: keepPreviousData });
  const use = useQuery({ ...keyUseQuery({ owner }), enabled: may("decision_log.read") });
  const { ask, dialogs } = useKeyDialogs(names, workspace);
  const keys = list.data?.pages.flatMap((page) => page.data as Key[]);
  const filtered = Boolean(search.q || search.status);
  if (list.error && !keys) return <ProblemAlert error={list.error} title="The keys can't be listed" retry={() => void list.refetch()} />;
  // Once nothing stands here at all, there is nothing to search.
  if (keys?.length === 0 && !filtered && !list.isPlaceholderData) return <>{empty}{dialogs}</>;
  const columns = [
    nameColumn(), stateColumn, ...(owner.type === "user" ? [] : [reachColumn]), usedColumn(use.data), expiresColumn, ...(use.data ? [usageColumn(use.data)] : []),
    { id: "menu", head: "What to do", hidden: true, width: 44, end: true, cell: (key: Key) => <KeyMenu keyRecord={key} may={may} ask={ask} /> },
  ];
  return (
    <Panel>
      <KeyFilters search={search} onChange={onSearch} />
      <DataTable
        caption={caption} columns={columns} rows={keys} rowKey={(key) => key.id} onRow={(key) => void navigate({ to: "/keys/$key", params: { key: key.id } })}
        empty={<NoKeyLikeThis onClear={() => onSearch({ q: "", status: "" })} />}
      />
      {list.hasNextPage ? <div className={classes.more}><Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>Show more</Button></div> : null}
      <Text role="status" size="xs" c="dimmed" style={{ position: "absolute", width: 1, height: 1, overflow: "hidden", clipPath: "inset(50%)" }}>{keys && filtered ? `${keys.length}${list.hasNextPage ? " or more" : ""} keys found` : ""}</Text>
      {dialogs}
    </Panel>
  );
}

/** What stands in a list whose filters leave nothing. */
export function NoKeyLikeThis({ onClear }: { onClear: () => void }) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" ta="center">
      <Text fw={600}>No key is like this</Text>
      <Text c="dimmed" size="sm" maw={480}>Nothing here has this name and this state. A key is found by its name, its id, or the last characters of its secret.</Text>
      <Button variant="default" onClick={onClear}>Show every key</Button>
    </Stack>
  );
}
