import { Stack, Text, ThemeIcon, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Panel } from "./Panel";

/** Nothing is here yet: what would be, and how it comes about. */
export function EmptyState({ icon, title, children, action }: { icon: ReactNode; title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <Panel>
      <Stack align="center" gap="xs" py="xl" px="md" ta="center">
        <ThemeIcon variant="light" size={44} radius="xl" aria-hidden>{icon}</ThemeIcon>
        <Title order={2}>{title}</Title>
        <Text c="dimmed" maw={520}>{children}</Text>
        {action}
      </Stack>
    </Panel>
  );
}
