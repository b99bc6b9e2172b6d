import { Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";

/**
 * usePageHead names the browser's tab after the page, and answers the ref of its h1, which takes the focus when the page is gone to, so that
 * a screen reader says where one is. null where it is no page: what stands there names nothing.
 */
export function usePageHead(tab: string | null) {
  const heading = useRef<HTMLHeadingElement>(null);
  const isPage = tab !== null;
  useEffect(() => {
    if (tab !== null) document.title = tab + " · steelgate";
  }, [tab]);
  useEffect(() => {
    if (!isPage) return;
    // Not at the first page, where the browser itself begins at the top; nor where something is at work already.
    if (navigated && (document.activeElement === document.body || document.activeElement?.closest("nav"))) heading.current?.focus({ preventScroll: true });
    navigated = true;
  }, [isPage]);
  return heading;
}

/** The head of a page: its only h1. */
export function PageHeader({ title, about, actions, tab }: { title: ReactNode; about?: ReactNode; actions?: ReactNode; tab: string }) {
  const heading = usePageHead(tab);
  return (
    <Group justify="space-between" align="flex-start" gap="sm" mb="md">
      <Stack gap={2} style={{ flex: "1 1 18rem", minWidth: 0 }}>
        <Title order={1} ref={heading} tabIndex={-1} style={{ outline: "none", overflowWrap: "anywhere" }}>{title}</Title>
        {about ? <Text c="dimmed" size="sm" component="div" style={{ overflowWrap: "anywhere" }}>{about}</Text> : null}
      </Stack>
      {actions ? <Group gap="xs">{actions}</Group> : null}
    </Group>
  );
}

let navigated = false;
