import { Avatar, Menu, Text, UnstyledButton } from "@mantine/core";
import { IconBook, IconLogout, IconUser } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useSession, useSignOut } from "../api/session";
import { notifyProblem } from "../ui/notify";

const roles: Record<string, string> = { admin: "Platform admin", policy_admin: "Policy admin" };

export function UserMenu() {
  const { user } = useSession();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const name = user.name || user.email || user.id;
  const leave = () => signOut.mutate(undefined, { onSuccess: () => void navigate({ to: "/sign-in" }), onError: (error) => notifyProblem(error) });
  return (
    <Menu position="bottom-end" width={240} withinPortal>
      <Menu.Target>
        <UnstyledButton aria-label={`Your account: ${name}`} style={{ borderRadius: 999 }}>
          <Avatar size={30} radius="xl" color="steel" aria-hidden>{initials(name)}</Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div style={{ padding: "0.4rem 0.75rem" }}>
          <Text fw={600} truncate>{name}</Text>
          {user.email ? <Text size="xs" c="dimmed" truncate>{user.email}</Text> : null}
          {user.platform_role ? <Text size="xs" c="dimmed">{roles[user.platform_role] ?? user.platform_role}</Text> : null}
        </div>
        <Menu.Divider />
        <Menu.Item component={Link} to="/account" leftSection={<IconUser size={16} aria-hidden />}>Account and sessions</Menu.Item>
        <Menu.Item component="a" href="/docs" leftSection={<IconBook size={16} aria-hidden />}>API reference</Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={leave}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function initials(name: string): string {
  const words = name.split(/[\s@.]+/).filter(Boolean);
  return ((words[0]?.[0] ?? "") + (words.length > 1 ? (words[1]?.[0] ?? "") : "")).toUpperCase();
}
