import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { isProblem, unreachable } from "./api/problem";
import { queryClient } from "./api/query";
import { sessionQuery } from "./api/session";
import { searchNames } from "./decisions/filters";
import { parseSearch, stringifySearch, texts } from "./search";
import { Frame } from "./shell/Frame";
import { NotFound } from "./shell/NotFound";
import { part } from "./shell/part";
import { PageProblem } from "./ui/Forbidden";
import { notifyProblem } from "./ui/notify";
import { PageSkeleton } from "./ui/Skeletons";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: texts("return_to"),
  component: lazyRouteComponent(() => part(import("./signin/SignInPage")), "SignInPage"),
});

/** Everything but signing in is for who is signed in, and stands in the frame. */
const frame = createRoute({
  getParentRoute: () => root,
  id: "frame",
  component: Frame,
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData(sessionQuery);
    } catch (error) {
      if (isProblem(error) && error.status === 401) throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { return_to: location.href }, replace: true });
      throw error;
    }
  },
  errorComponent: ({ error, reset }) => <main style={{ padding: "2rem", maxWidth: 640, margin: "0 auto" }}><PageProblem error={error} retry={() => void again(error, reset)} /></main>,
});

const at = () => frame;

const overview = createRoute({ getParentRoute: at, path: "/", validateSearch: texts("workspace_id", "organization_id", "owner_type", "owner_id"), component: lazyRouteComponent(() => part(import("./overview/OverviewPage")), "OverviewPage") });

const keyFilters = texts("q", "status", "owner", "tab");
const workspaceKeys = createRoute({ getParentRoute: at, path: "/workspaces/$workspace/keys", validateSearch: keyFilters, component: lazyRouteComponent(() => part(import("./keys/WorkspaceKeysPage")), "WorkspaceKeysPage") });
const organizationKeys = createRoute({ getParentRoute: at, path: "/organizations/$organization/keys", validateSearch: keyFilters, component: lazyRouteComponent(() => part(import("./keys/OrganizationKeysPage")), "OrganizationKeysPage") });
const myKeys = createRoute({ getParentRoute: at, path: "/keys", validateSearch: keyFilters, component: lazyRouteComponent(() => part(import("./keys/MyKeysPage")), "MyKeysPage") });
const key = createRoute({ getParentRoute: at, path: "/keys/$key", validateSearch: texts("tab"), component: lazyRouteComponent(() => part(import("./keys/KeyPage")), "KeyPage") });

const policies = createRoute({ getParentRoute: at, path: "/policies", validateSearch: texts("file", "tab"), component: lazyRouteComponent(() => part(import("./policies/PoliciesPage")), "PoliciesPage") });
const policyHistory = createRoute({ getParentRoute: at, path: "/policies/history", validateSearch: texts("revision", "from"), component: lazyRouteComponent(() => part(import("./policies/HistoryPage")), "HistoryPage") });
const policyShadow = createRoute({ getParentRoute: at, path: "/policies/shadow", component: lazyRouteComponent(() => part(import("./policies/ShadowPage")), "ShadowPage") });

const tryIt = createRoute({ getParentRoute: at, path: "/try", validateSearch: texts("key", "action", "type", "id", "decision"), component: lazyRouteComponent(() => part(import("./explain/TryItPage")), "TryItPage") });
const decisions = createRoute({
  getParentRoute: at,
  path: "/decisions",
  validateSearch: texts(...searchNames, "live", "decision"),
  component: lazyRouteComponent(() => part(import("./decisions/DecisionsPage")), "DecisionsPage"),
});
const audit = createRoute({
  getParentRoute: at,
  path: "/audit",
  validateSearch: texts("owner_type", "owner_id", "action", "actor", "target", "outcome", "from", "until", "window", "entry"),
  component: lazyRouteComponent(() => part(import("./audit/AuditPage")), "AuditPage"),
});
const account = createRoute({ getParentRoute: at, path: "/account", component: lazyRouteComponent(() => part(import("./account/AccountPage")), "AccountPage") });

const routeTree = root.addChildren([
  signIn,
  frame.addChildren([overview, workspaceKeys, organizationKeys, myKeys, key, policies, policyHistory, policyShadow, tryIt, decisions, audit, account]),
]);

export const router = createRouter({
  routeTree,
  basepath: "/console",
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultPendingComponent: PageSkeleton,
  defaultPendingMs: 150,
  defaultErrorComponent: ({ error, reset }) => <PageProblem error={error} retry={() => void again(error, reset)} />,
  defaultNotFoundComponent: NotFound,
});

/** Tries a page that failed once more: its data, and, where a part of the console itself is missing, all of it. */
async function again(error: unknown, reset: () => void): Promise<void> {
  if (isProblem(error, "part_missing")) {
    // While nobody answers, the browser would show a page of its own in the place of this one.
    try {
      await fetch(location.href, { cache: "no-store" });
      location.reload();
    } catch {
      notifyProblem(unreachable());
    }
    return;
  }
  await router.invalidate();
  reset();
}

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
