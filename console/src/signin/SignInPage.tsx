import { Anchor, Button, Code, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconLogin2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { sessionQuery, signInMethodsQuery } from "../api/session";
import { Brand } from "../shell/Brand";
import { SchemeSwitch } from "../shell/SchemeSwitch";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { DevUsers } from "./DevUsers";
import { returnPath } from "./returnTo";
import { takeSetupCode, whenSetupComes } from "./setup";
import { SetUp } from "./SetUp";
import classes from "./SignInPage.module.css";

/** How somebody comes in: through the OpenID provider, as one of the demo's users, or as the first platform admin. */
export function SignInPage() {
  const { return_to } = useSearch({ from: "/sign-in" });
  const router = useRouter();
  const back = returnPath(return_to);
  const [setup, setSetup] = useState<string | null>(null);
  useEffect(() => {
    const given = takeSetupCode();
    if (given !== null) setSetup(given);
    return whenSetupComes(setSetup);
  }, []);
  const setting = setup !== null;
  useEffect(() => {
    document.title = (setting ? "Set up" : "Sign in") + " · steelgate";
  }, [setting]);
  const enter = () => router.history.replace(router.basepath.replace(/\/$/, "") + back);
  return (
    <div className={classes.page}>
      <header className={classes.top}><span className={classes.brand}><Brand /></span><SchemeSwitch /></header>
      <main className={classes.middle}>
        {setup !== null ? <SetUp code={setup} onDone={enter} onCancel={() => setSetup(null)} /> : <Ways back={back} onDone={enter} onSetup={() => setSetup("")} />}
      </main>
    </div>
  );
}

function Ways({ back, onDone, onSetup }: { back: string; onDone: () => void; onSetup: () => void }) {
  const methods = useQuery(signInMethodsQuery);
  const ways = methods.data;
  // Whoever is signed in already, in another tab perhaps, need not do it again: they are told, and may.
  const here = useQuery({ ...sessionQuery, retry: false, staleTime: 0 }).data;
  const [leaving, setLeaving] = useState(false);
  const toProvider = () => {
    setLeaving(true);
    location.assign("/v1/sign-in/oidc?return_to=" + encodeURIComponent("/console" + back));
  };
  return (
    <Panel padded>
      <Stack gap="md">
        <Title order={1}>Sign in</Title>
        {here ? (
          <Stack gap={6}>
            <Text>You are signed in as <strong>{here.user.name || here.user.email || here.user.id}</strong>.</Text>
            <Button onClick={onDone}>Go on as {here.user.name || here.user.id}</Button>
          </Stack>
        ) : null}
        <ProblemAlert error={methods.error} retry={() => void methods.refetch()} />
        {methods.isPending ? <Stack gap="xs" aria-busy><Skeleton height={36} /><Skeleton height={36} /></Stack> : null}
        {ways?.oidc ? <Button onClick={toProvider} loading={leaving} leftSection={<IconLogin2 size={17} aria-hidden />} {...(here ? { variant: "default" } : {})}>Sign in with your account</Button> : null}
        {ways && ways.dev_users.length > 0 ? <DevUsers users={ways.dev_users} onDone={onDone} /> : null}
        {ways && !ways.oidc && ways.dev_users.length === 0 ? (
          <Text>Nobody can sign in here yet: the operator configures an OpenID provider with <Code>--oidc-issuer</Code>, or opens the set-up link that the server printed when it started.</Text>
        ) : null}
        <Text size="sm" c="dimmed">Is this a new installation? <Anchor component="button" type="button" size="sm" onClick={onSetup}>I have a set-up link</Anchor></Text>
      </Stack>
    </Panel>
  );
}
