import { Anchor, Chip, Group, Input, Radio, Stack, Text, Textarea, TextInput } from "@mantine/core";
import type { KeyOwner, Resource } from "../api/keys";
import type { Workspace } from "../api/places";
import { useSession } from "../api/session";
import type { Draft, DraftErrors } from "./draft";
import { dateField, expiresAt, type ExpiryChoice, expiryChoices, expiryWords } from "./expiry";
import { Fold } from "./Fold";
import { GrantEditor } from "./GrantEditor";
import type { OrganizationNames } from "./names";
import { isEverything, networkOf, networksOf } from "./networks";
import { count } from "../ui/words";
import { WorkflowPicker } from "./WorkflowPicker";

interface Props {
  owner: KeyOwner;
  draft: Draft;
  onChange: (draft: Draft) => void;
  errors: DraftErrors;
  names: OrganizationNames;
  /** What was chosen and `names` may lack. */
  onFound: (workspaces: Workspace[], resources: Resource[]) => void;
  /** Whether the life of the key can't be made longer: it was replaced. */
  endsFor?: string;
}

/** The fields of a key: its name, and, folded, what it reaches, how long, and from where. */
export function KeyFields({ owner, draft, onChange, errors, names, onFound, endsFor }: Props) {
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  return (
    <Stack gap="sm">
      <TextInput label="Name" description="What it is for. Unique among the keys beside it." placeholder="CI" value={draft.name} onChange={(e) => set({ name: e.currentTarget.value })} error={errors.name} autoComplete="off" maxLength={200} data-autofocus required withAsterisk={false} />
      {owner.type === "workspace" ? (
        <Fold label="Scope" value={draft.narrowed ? count(draft.workflows.length, "workflow") : "The whole workspace"} error={errors.workflow_ids}>
          <Stack gap="sm">
            <Radio.Group aria-label="Scope" value={draft.narrowed ? "workflows" : "workspace"} onChange={(v) => set({ narrowed: v === "workflows" })}>
              <Stack gap={8}>
                <Radio value="workspace" label="The whole workspace" description="Every workflow, those that come later too." />
                <Radio value="workflows" label="Only these workflows" description="Their logs and metrics too, and MCP servers that expose nothing else." />
              </Stack>
            </Radio.Group>
            {draft.narrowed ? <WorkflowPicker workspace={owner.id} chosen={draft.workflows} onChange={(workflows) => set({ workflows })} names={names.workflows} onFound={(workflows) => onFound([], workflows)} error={errors.workflow_ids} /> : null}
          </Stack>
        </Fold>
      ) : null}
      {owner.type === "organization" ? (
        <Fold label="Access" value={draft.grants.length === 0 ? "Nothing yet" : count(draft.grants.length, "grant")} error={errors.grants} open>
          <GrantEditor organization={owner.id} grants={draft.grants} onChange={(grants) => set({ grants })} names={names} onFound={onFound} error={errors.grants} />
        </Fold>
      ) : null}
      <Fold label="Expiry" value={expiryValue(draft)} error={errors.expires_at}>
        <ExpiryFields draft={draft} set={set} error={errors.expires_at} {...(endsFor ? { endsFor } : {})} />
      </Fold>
      <Fold label="Allowed addresses" value={networksOf(draft.networks).length === 0 ? "Any address" : count(networksOf(draft.networks).length, "network")} error={errors.allowed_cidrs}>
        <NetworkFields draft={draft} set={set} error={errors.allowed_cidrs} />
      </Fold>
    </Stack>
  );
}

function expiryValue(draft: Draft): string {
  const expires = expiresAt(draft.expiry);
  if ("error" in expires) return "Choose a day";
  return expires.at === null ? "Never" : expiryWords(expires.at).replace(/^e/, "E");
}

function ExpiryFields({ draft, set, error, endsFor }: { draft: Draft; set: (part: Partial<Draft>) => void; error: string | undefined; endsFor?: string }) {
  const { choice } = draft.expiry;
  const expires = expiresAt(draft.expiry);
  return (
    <Stack gap="xs">
      {endsFor ? <Text size="xs" c="dimmed">{endsFor}</Text> : null}
      <Chip.Group value={choice} onChange={(v) => set({ expiry: { ...draft.expiry, choice: v as ExpiryChoice } })}>
        <Group gap={6} role="radiogroup" aria-label="Expiry">{expiryChoices.map((c) => <Chip key={c.value} value={c.value} size="sm" variant="outline">{c.label}</Chip>)}</Group>
      </Chip.Group>
      {choice === "date" ? (
        <TextInput type="date" label="Last day" description="It works until the end of this day, by your clock." value={draft.expiry.date} min={dateField(new Date())} max="9998-12-31" onChange={(e) => set({ expiry: { choice: "date", date: e.currentTarget.value } })} error={error} maw={240} />
      ) : error ? <Input.Error>{error}</Input.Error> : "at" in expires ? (
        <Text size="xs" c="dimmed">{expires.at ? `It ${expiryWords(expires.at)}, and is refused from then on.` : "It works until somebody revokes it. An end that is known helps when a key is forgotten."}</Text>
      ) : null}
    </Stack>
  );
}

function NetworkFields({ draft, set, error }: { draft: Draft; set: (part: Partial<Draft>) => void; error: string | undefined }) {
  const { address } = useSession();
  const mine = address ? networkOf(address) : null;
  const networks = networksOf(draft.networks);
  const has = mine !== null && networks.some((n) => networkOf(n) === mine);
  return (
    <Stack gap={6}>
      <Textarea label="Networks" description="One a line: 203.0.113.9, 203.0.113.0/24 or 2001:db8::/32. From anywhere else the key is refused. Empty is any address." autosize minRows={2} maxRows={8} value={draft.networks} onChange={(e) => set({ networks: e.currentTarget.value })} error={error} spellCheck={false} autoComplete="off" styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} />
      {mine ? (
        <Text size="xs" c="dimmed">
          You come from <code>{address}</code>. {has ? "It is in the list." : <Anchor component="button" type="button" size="xs" onClick={() => set({ networks: [...networks, mine].join("\n") })}>Use mine</Anchor>}
        </Text>
      ) : null}
      {networks.some((n) => isEverything(networkOf(n) ?? "")) ? <Text size="xs" c="dimmed">A network that ends in /0 is every address, and restricts nothing.</Text> : null}
    </Stack>
  );
}
