import { List, Skeleton, Text } from "@mantine/core";
import type { Key } from "../api/keys";
import { useSession } from "../api/session";
import { CopyButton } from "../ui/CopyButton";
import { FieldList } from "../ui/FieldList";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { TimeAgo } from "../ui/TimeAgo";
import { exact } from "../ui/time";
import { billedOwners } from "./DraftSummary";
import classes from "./Keys.module.css";
import type { MayDo } from "./may";
import type { OrganizationNames, PlaceState } from "./names";
import { billedWords, canWords, grantID, grantWords } from "./scope";
import { noneWords } from "./use";
import { useLastUse } from "./useLastUse";

/** What a key reaches, in words, and what is known of it. */
export function KeyFacts({ keyRecord: key, may, names, place }: { keyRecord: Key; may: MayDo; names: OrganizationNames; place: PlaceState }) {
  const { user } = useSession();
  const use = useLastUse(key, { log: may("decision_log.read") });
  const who = (id: string) => (id === user.id ? "you" : id);
  return (
    <>
      <Panel title="What it reaches" padded>
        {key.type === "organization" && (key.grants?.length ?? 0) > 1 ? (
          <>
            <Text size="sm">It can</Text>
            <List size="sm" mt={4}>{key.grants?.map((g) => <List.Item key={grantID(g)}>{grantWords(g, names)}</List.Item>)}</List>
          </>
        ) : <Text size="sm">It can {canWords(key, names)}.</Text>}
        {key.type === "personal" ? <Mine names={names} place={place} /> : null}
        <Text size="sm" c="dimmed" mt="xs">{capital(billedWords(key.type, billedOwners(key, names)))}.</Text>
      </Panel>
      <Panel title="Details" padded>
        <FieldList fields={[
          ["Secret", <code>{key.hint || "not known: imported without it"}</code>],
          ["Id", <span className={classes.id}><code>{key.id}</code><CopyButton text={key.id} label="Copy the id" /></span>],
          ["Created", <><TimeAgo at={key.created_at} /> by {who(key.created_by)}</>],
          ["Last used", <TimeAgo at={use.at} none={use.never ? "Never" : noneWords} />],
          ["Expires", key.expires_at ? exact(new Date(key.expires_at)) : "Never"],
          ["Allowed addresses", key.allowed_cidrs ? key.allowed_cidrs.map((c) => <div key={c}><code>{c}</code></div>) : "Any"],
        ]} />
      </Panel>
    </>
  );
}

/** The workspaces that a personal key reaches now, and one's role in each. */
function Mine({ names, place }: { names: OrganizationNames; place: PlaceState }) {
  if (place.error) return <ProblemAlert error={place.error} title="Your workspaces can't be listed" retry={place.retry} />;
  if (place.loading) return <div aria-busy><Skeleton height={16} mt="xs" /></div>;
  const roles = Object.entries(names.roles);
  if (roles.length === 0) return <Text size="sm" mt="xs">There is none now: it reaches nothing.</Text>;
  return <List size="sm" mt="xs">{roles.map(([id, role]) => <List.Item key={id}>{names.workspaces[id] || id} <Text component="span" size="xs" c="dimmed">{role}</Text></List.Item>)}</List>;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
