import { Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";

/**
 * The head of a page: its only h1, which also names the browser's tab and takes the focus when the page is gone to, so that a
 * screen reader says where one is.
 */
export function PageHeader({ title, about, actions, tab }: { title: ReactNode; about?: ReactNode; actions?: ReactNode; tab: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = tab + " · steelgate";
  }, [tab]);
  useEffect(() => {
    // Not at the first page, where the browser itself begins at the top; nor where something is at work already.
    if (navigated && (document.activeElement === document.body || document.activeElement?.closest("nav"))) heading.current?.focus({ preventScroll: true });
    navigated = true;
  }, []);
  return (
    <Group justify="space-between" align="flex-start" gap="sm" mb="md">
      <Stack gap={2} style={{ flex: "1 1 18rem", minWidth: 0 }}>
        <Title order={1} ref={heading} tabIndex={-1} style={{ outline: "none", overflowWrap: "anywhere" }}>{title}</Title>
        {about ? <Text c="dimmed" size="sm" component="div">{about}</Text> : null}
      </Stack>
      {actions ? <Group gap="xs">{actions}</Group> : null}
    </Group>
  );
}

let navigated = false;
