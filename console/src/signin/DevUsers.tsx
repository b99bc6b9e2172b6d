import { Avatar, Stack, Text, Title } from "@mantine/core";
import { useSignInAs } from "../api/session";
import { ProblemAlert } from "../ui/ProblemAlert";
import { type DevUser, rolesOf } from "./roles";
import classes from "./SignInPage.module.css";

/** The demo's users, with what each may do: whom one is decides what one sees. */
export function DevUsers({ users, onDone }: { users: readonly DevUser[]; onDone: () => void }) {
  const signIn = useSignInAs();
  return (
    <Stack gap="xs" component="section" aria-labelledby="demo">
      <Title order={2} id="demo">Choose whom to be</Title>
      <Text size="sm" c="dimmed">This is the demo. Each of its users sees what their roles let them.</Text>
      <ul className={classes.users}>
        {users.map((user) => (
          <li key={user.id}>
            <button type="button" className={classes.user} disabled={signIn.isPending} onClick={() => signIn.mutate(user.id, { onSuccess: onDone })}>
              <Avatar size={30} radius="xl" color="steel" aria-hidden>{(user.name || user.id).slice(0, 1).toUpperCase()}</Avatar>
              <span>
                <span className={classes.name}>{user.name || user.id}</span>
                <span className={classes.role}>{rolesOf(user)}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <ProblemAlert error={signIn.error} />
    </Stack>
  );
}
