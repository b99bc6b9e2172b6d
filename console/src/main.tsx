// First of all: what stands behind a set-up link's # must not stay in the address.
import "./signin/setup";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./global.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { whenSignedOut } from "./api/client";
import { queryClient } from "./api/query";
import { afterHolding } from "./keys/hold";
import { styleNonce } from "./nonce";
import { router } from "./router";
import { cssVariables, theme } from "./theme";

let leaving = false;

// A session may end while a page is open: every call finds that out, and one of them is enough.
// Where a new secret is at stake, its dialog comes first.
whenSignedOut(() => afterHolding(() => {
  const { pathname, href } = router.state.location;
  if (leaving || pathname.endsWith("/sign-in") || router.state.resolvedLocation === undefined) return;
  leaving = true;
  const to = { to: "/sign-in", search: { return_to: href } } as const;
  // A page that is drawn after everything is forgotten, and before it is left, would ask who is signed in, and fail: what comes next
  // is fetched before.
  void router.preloadRoute(to).catch(() => undefined).then(() => {
    queryClient.clear();
    return router.navigate({ ...to, replace: true });
  }).finally(() => {
    leaving = false;
  });
}));

const scheme = localStorageColorSchemeManager({ key: "steelgate.scheme" });

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" colorSchemeManager={scheme} getStyleNonce={styleNonce}>
      <QueryClientProvider client={queryClient}>
        <Notifications position="bottom-right" limit={4} containerWidth={380} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
