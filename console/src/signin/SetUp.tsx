import { Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { asProblem, isProblem } from "../api/problem";
import { useSetUp } from "../api/session";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";

/** Makes the first platform admin, by the link that the server printed. */
export function SetUp({ code: given, onDone, onCancel }: { code: string; onDone: () => void; onCancel: () => void }) {
  const setUp = useSetUp();
  const [code, setCode] = useState(given);
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const problem = setUp.error ? asProblem(setUp.error) : null;
  const known = ["code", "name", "email"];
  const elsewhere = problem && !(isProblem(problem, "invalid_field") && problem.errors.every((e) => known.includes(e.field)));
  const submit = () => setUp.mutate({ code: codeOf(code), name: name.trim(), email: email.trim() }, { onSuccess: onDone });
  return (
    <Panel padded>
      <form onSubmit={(e) => { e.preventDefault(); submit(); }}>
        <Stack gap="md">
          <Title order={1}>Set up this installation</Title>
          <Text size="sm" c="dimmed">You become its first platform admin. Later you sign in through the OpenID provider, which has to know you by this e-mail address.</Text>
          {given ? null : (
            <TextInput label="Set-up code" description="It stands behind the # of the link that the server printed." placeholder="sgl_…" required value={code} onChange={(e) => setCode(e.currentTarget.value)} error={problem?.of("code")} autoComplete="off" spellCheck={false} />
          )}
          <TextInput label="Name" required maxLength={256} value={name} onChange={(e) => setName(e.currentTarget.value)} error={problem?.of("name")} autoComplete="name" data-autofocus />
          <TextInput label="E-mail address" type="email" required value={email} onChange={(e) => setEmail(e.currentTarget.value)} error={problem?.of("email")} autoComplete="email" />
          {elsewhere || (given && problem?.of("code")) ? <ProblemAlert error={problem} /> : null}
          <Group justify="space-between">
            <Button variant="default" onClick={onCancel}>Back</Button>
            <Button type="submit" loading={setUp.isPending}>Become the platform admin</Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

/** The code itself, where somebody pastes the whole link. */
function codeOf(text: string): string {
  const link = /#setup=(\w+)\s*$/.exec(text);
  return link?.[1] ?? text.trim();
}
