import { Alert, Button, Group, List, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { asProblem } from "../api/problem";

/** A failure, in the server's words: they say what to do. `retry` puts a button beside it. */
export function ProblemAlert({ error, title, retry, fields = true }: { error: unknown; title?: string; retry?: () => void; fields?: boolean }) {
  if (error === null || error === undefined) return null;
  const problem = asProblem(error);
  return (
    <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={title ?? problem.title} role="alert">
      <Text size="sm">{problem.message}{problem.retryAfter ? ` (${problem.retryAfter} s)` : ""}</Text>
      {fields && problem.errors.length > 0 ? (
        <List size="sm" mt="xs">
          {problem.errors.map((e) => <List.Item key={`${e.line ?? ""}${e.field}${e.message}`}>{e.line ? `Line ${e.line}: ` : ""}{e.field ? <><code>{e.field}</code> </> : null}{e.message}</List.Item>)}
        </List>
      ) : null}
      {retry ? <Group mt="sm"><Button size="xs" variant="default" onClick={retry}>Try again</Button></Group> : null}
    </Alert>
  );
}
