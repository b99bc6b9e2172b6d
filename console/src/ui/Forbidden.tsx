import { Button, Group, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { asProblem } from "../api/problem";
import { LinkButton } from "./links";
import { Panel } from "./Panel";
import { ProblemAlert } from "./ProblemAlert";

/** A page that one may not see, and why: by what the server said, or in the page's own words. */
export function Forbidden({ title = "You may not see this page", children }: { title?: string; children: ReactNode }) {
  return (
    <Panel>
      <Stack align="center" gap="xs" py="xl" px="md" ta="center">
        <ThemeIcon variant="light" color="gray" size={44} radius="xl" aria-hidden><IconLock size={22} /></ThemeIcon>
        <Title order={1}>{title}</Title>
        <Text c="dimmed" maw={520}>{children}</Text>
        <LinkButton to="/" variant="default">Back to the overview</LinkButton>
      </Stack>
    </Panel>
  );
}

/** What stands in a page's place where its first call failed: forbidden, not there, or a problem to try again. */
export function PageProblem({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = asProblem(error);
  if (problem.status === 403) return <Forbidden>{problem.message}</Forbidden>;
  if (problem.status === 404) return <Forbidden title="There is no such thing here">{problem.message} It may also be one that you may not see.</Forbidden>;
  return <Stack><Title order={1}>This page can't be shown</Title><ProblemAlert error={error} {...(retry ? { retry } : {})} /><Group><Button variant="default" onClick={() => location.reload()}>Load the page anew</Button></Group></Stack>;
}
