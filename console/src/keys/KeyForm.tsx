import { Button, Group, Stack } from "@mantine/core";
import { useEffect, useId, useRef, useState } from "react";
import type { Key, KeyOwner, Resource } from "../api/keys";
import type { Workspace } from "../api/places";
import { asProblem, type Problem } from "../api/problem";
import { ProblemAlert } from "../ui/ProblemAlert";
import { type Draft, type DraftErrors, errorsOf } from "./draft";
import { DraftSummary } from "./DraftSummary";
import { KeyFields } from "./KeyFields";
import { type OrganizationNames, withFound } from "./names";

interface Props {
  owner: KeyOwner;
  initial: Draft;
  names: OrganizationNames;
  workspace?: Workspace;
  submit: string;
  onSubmit: (draft: Draft) => Promise<void>;
  onCancel: () => void;
  /** The key that is changed. */
  was?: Key;
  endsFor?: string;
}

const fields = ["name", "workflow_ids", "grants", "expires_at", "allowed_cidrs"] as const;

/** The form of a key. What the server has against a field stands at the field, the rest above the buttons. */
export function KeyForm({ owner, initial, names, workspace, submit, onSubmit, onCancel, was, endsFor }: Props) {
  const [found, setFound] = useState<{ workspaces: Workspace[]; resources: Resource[] }>({ workspaces: [], resources: [] });
  const known = withFound(names, found.workspaces, found.resources);
  const [draft, setDraft] = useState(initial);
  const [errors, setErrors] = useState<DraftErrors>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [tries, setTries] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const summary = useId();
  const type = owner.type === "user" ? "personal" : owner.type;
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [tries]);
  const refuse = (found: DraftErrors, rest: Problem | null) => {
    setErrors(found);
    setProblem(rest);
    setTries((n) => n + 1);
  };
  const send = async () => {
    const found = errorsOf(draft, type, new Date(), was);
    if (Object.keys(found).length > 0) return refuse(found, null);
    setBusy(true);
    refuse({}, null);
    try {
      await onSubmit(draft);
    } catch (failed) {
      const said = asProblem(failed);
      const at: DraftErrors = {};
      for (const field of fields) {
        const message = said.of(field) ?? (field === "name" && said.code === "name_taken" ? said.message : undefined);
        if (message) at[field] = message;
      }
      refuse(at, Object.keys(at).length > 0 && said.errors.every((e) => fields.some((f) => e.field.startsWith(f))) ? null : said);
    }
    setBusy(false);
  };
  return (
    <form ref={form} noValidate onSubmit={(e) => { e.preventDefault(); if (!busy) void send(); }}>
      <Stack gap="md">
        <KeyFields owner={owner} draft={draft} onChange={(next) => { setDraft(next); setErrors((old) => stillWrong(old, draft, next)); }} errors={errors} names={known} onFound={(workspaces, resources) => setFound((old) => ({ workspaces: [...old.workspaces, ...workspaces], resources: [...old.resources, ...resources] }))} {...(endsFor ? { endsFor } : {})} />
        <DraftSummary id={summary} owner={owner} draft={draft} names={known} {...(workspace ? { workspace } : {})} {...(was ? { was } : {})} />
        <ProblemAlert error={problem} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel} disabled={busy}>Cancel</Button>
          <Button type="submit" loading={busy} aria-describedby={summary}>{submit}</Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What was wrong with a field is forgotten when the field is touched. */
function stillWrong(errors: DraftErrors, before: Draft, after: Draft): DraftErrors {
  const left = { ...errors };
  if (before.name !== after.name) delete left.name;
  if (before.narrowed !== after.narrowed || before.workflows !== after.workflows) delete left.workflow_ids;
  if (before.grants !== after.grants) delete left.grants;
  if (before.expiry !== after.expiry) delete left.expires_at;
  if (before.networks !== after.networks) delete left.allowed_cidrs;
  return left;
}
