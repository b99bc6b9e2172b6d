import { Button, Group, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { asProblem, isProblem } from "../api/problem";
import { LinkButton } from "./links";
import { usePageHead } from "./PageHeader";
import { Panel } from "./Panel";
import { ProblemAlert } from "./ProblemAlert";

/**
 * A page that one may not see, and why: by what the server said, or in the page's own words. `embedded` stands in a page that has its
 * heading already.
 */
export function Forbidden({ title = "You may not see this page", embedded = false, children }: { title?: string; embedded?: boolean; children: ReactNode }) {
  const heading = usePageHead(embedded ? null : title);
  return (
    <Panel>
      <Stack align="center" gap="xs" py="xl" px="md" ta="center">
        <ThemeIcon variant="light" color="gray" size={44} radius="xl" aria-hidden><IconLock size={22} /></ThemeIcon>
        {embedded ? <Title order={2}>{title}</Title> : <Title order={1} ref={heading} tabIndex={-1} style={{ outline: "none", overflowWrap: "anywhere" }}>{title}</Title>}
        <Text c="dimmed" maw={520}>{children}</Text>
        {embedded ? null : <LinkButton to="/" variant="default">Back to the overview</LinkButton>}
      </Stack>
    </Panel>
  );
}

/** What stands in the place of a page, or of a part of one, whose first call failed: forbidden, not there, or a problem to try again. */
export function PageProblem({ error, retry, embedded = false }: { error: unknown; retry?: () => void; embedded?: boolean }) {
  const problem = asProblem(error);
  if (problem.status === 403) return <Forbidden embedded={embedded}>{problem.message}</Forbidden>;
  if (problem.status === 404) return <Forbidden embedded={embedded} title="There is no such thing here">{problem.message} It may also be one that you may not see.</Forbidden>;
  if (embedded) return <ProblemAlert error={error} {...(retry ? { retry } : {})} />;
  return <FailedPage error={error} retry={retry} />;
}

function FailedPage({ error, retry }: { error: unknown; retry: (() => void) | undefined }) {
  const title = "This page can't be shown";
  const heading = usePageHead(title);
  return (
    <Stack>
      <Title order={1} ref={heading} tabIndex={-1} style={{ outline: "none" }}>{title}</Title>
      <ProblemAlert error={error} {...(retry ? { retry } : {})} />
      {/* Where the server does not answer, no page would come. */}
      {isProblem(error, "part_missing") ? null : <Group><Button variant="default" onClick={() => location.reload()}>Load the page anew</Button></Group>}
    </Stack>
  );
}
