import { AppShell, Burger } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { Suspense, useEffect } from "react";
import { PageSkeleton } from "../ui/Skeletons";
import { Brand } from "./Brand";
import classes from "./Frame.module.css";
import { Navigation } from "./Navigation";
import { SchemeSwitch } from "./SchemeSwitch";
import { UserMenu } from "./UserMenu";

/** What stands around every page of who is signed in. */
export function Frame() {
  const [opened, { toggle, close }] = useDisclosure(false);
  const narrow = useMediaQuery("(max-width: 47.99em)", false, { getInitialValueInEffect: false });
  const { pathname } = useLocation();
  useEffect(close, [pathname, close]);
  useEffect(() => {
    if (!opened) return;
    const escape = (e: KeyboardEvent) => { if (e.key === "Escape" && !e.defaultPrevented) close(); };
    window.addEventListener("keydown", escape);
    return () => window.removeEventListener("keydown", escape);
  }, [opened, close]);
  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 236, breakpoint: "sm", collapsed: { mobile: !opened } }} padding={{ base: "sm", sm: "lg" }} transitionDuration={0}>
      <a href="#main" className={classes.skip} onClick={(e) => { e.preventDefault(); document.getElementById("main")?.focus(); }}>Skip to the page</a>
      <AppShell.Header className={classes.header ?? ""}>
        <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={opened ? "Close the navigation" : "Open the navigation"} aria-expanded={opened} aria-controls="navigation" />
        <Link to="/" className={classes.brand} aria-label="steelgate: overview"><Brand /></Link>
        <span style={{ flex: 1 }} />
        <SchemeSwitch />
        <UserMenu />
      </AppShell.Header>
      {/* Out of sight is out of the keyboard's way too. */}
      <AppShell.Navbar className={classes.navbar ?? ""} p="xs" id="navigation" aria-label="Console" {...(narrow && !opened ? { inert: true } : {})} style={{ overflowY: "auto" }}>
        <Navigation onGone={close} />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} style={{ outline: "none" }}>
        <div className={classes.main}>
          <Suspense fallback={<PageSkeleton />}><Outlet /></Suspense>
        </div>
      </AppShell.Main>
    </AppShell>
  );
}
