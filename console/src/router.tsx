import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { isProblem } from "./api/problem";
import { queryClient } from "./api/query";
import { sessionQuery } from "./api/session";
import { parseSearch, stringifySearch, texts } from "./search";
import { Frame } from "./shell/Frame";
import { NotFound } from "./shell/NotFound";
import { PageProblem } from "./ui/Forbidden";
import { PageSkeleton } from "./ui/Skeletons";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: texts("return_to"),
  component: lazyRouteComponent(() => import("./signin/SignInPage"), "SignInPage"),
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
  errorComponent: ({ error, reset }) => <main style={{ padding: "2rem", maxWidth: 640, margin: "0 auto" }}><PageProblem error={error} retry={reset} /></main>,
});

const at = () => frame;

const overview = createRoute({ getParentRoute: at, path: "/", validateSearch: texts("workspace_id", "organization_id", "owner_type", "owner_id"), component: lazyRouteComponent(() => import("./overview/OverviewPage"), "OverviewPage") });

const keyFilters = texts("q", "status", "owner", "tab");
const workspaceKeys = createRoute({ getParentRoute: at, path: "/workspaces/$workspace/keys", validateSearch: keyFilters, component: lazyRouteComponent(() => import("./keys/WorkspaceKeysPage"), "WorkspaceKeysPage") });
const organizationKeys = createRoute({ getParentRoute: at, path: "/organizations/$organization/keys", validateSearch: keyFilters, component: lazyRouteComponent(() => import("./keys/OrganizationKeysPage"), "OrganizationKeysPage") });
const myKeys = createRoute({ getParentRoute: at, path: "/keys", validateSearch: keyFilters, component: lazyRouteComponent(() => import("./keys/MyKeysPage"), "MyKeysPage") });
const key = createRoute({ getParentRoute: at, path: "/keys/$key", validateSearch: texts("tab"), component: lazyRouteComponent(() => import("./keys/KeyPage"), "KeyPage") });

const policies = createRoute({ getParentRoute: at, path: "/policies", validateSearch: texts("file", "tab"), component: lazyRouteComponent(() => import("./policies/PoliciesPage"), "PoliciesPage") });
const policyHistory = createRoute({ getParentRoute: at, path: "/policies/history", validateSearch: texts("revision", "from"), component: lazyRouteComponent(() => import("./policies/HistoryPage"), "HistoryPage") });
const policyShadow = createRoute({ getParentRoute: at, path: "/policies/shadow", component: lazyRouteComponent(() => import("./policies/ShadowPage"), "ShadowPage") });

const tryIt = createRoute({ getParentRoute: at, path: "/try", validateSearch: texts("key", "action", "type", "id", "decision"), component: lazyRouteComponent(() => import("./explain/TryItPage"), "TryItPage") });
const decisions = createRoute({
  getParentRoute: at,
  path: "/decisions",
  validateSearch: texts("key_id", "owner_type", "owner_id", "resource_type", "resource_id", "workspace_id", "organization_id", "action", "code", "allow", "from", "until", "window", "live", "decision"),
  component: lazyRouteComponent(() => import("./decisions/DecisionsPage"), "DecisionsPage"),
});
const audit = createRoute({
  getParentRoute: at,
  path: "/audit",
  validateSearch: texts("owner_type", "owner_id", "action", "actor", "target", "outcome", "from", "until", "window", "entry"),
  component: lazyRouteComponent(() => import("./audit/AuditPage"), "AuditPage"),
});
const account = createRoute({ getParentRoute: at, path: "/account", component: lazyRouteComponent(() => import("./account/AccountPage"), "AccountPage") });

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
  defaultErrorComponent: ({ error, reset }) => <PageProblem error={error} retry={reset} />,
  defaultNotFoundComponent: NotFound,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
