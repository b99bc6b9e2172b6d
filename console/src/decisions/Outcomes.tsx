import { Skeleton } from "@mantine/core";
import { type ComponentProps, lazy, Suspense } from "react";
import { part } from "../shell/part";
import { Panel } from "../ui/Panel";

// The plot's library is not of the first page's weight.
const OutcomesPanel = lazy(() => part(import("./OutcomesPanel")).then((m) => ({ default: m.OutcomesPanel })));

/** OutcomesPanel for pages that are not about outcomes alone: it comes a moment after the rest. */
export function Outcomes(props: ComponentProps<typeof OutcomesPanel>) {
  return <Suspense fallback={<Panel title={props.title}><div aria-busy><Skeleton height={(props.height ?? 180) + 40} m="md" /></div></Panel>}><OutcomesPanel {...props} /></Suspense>;
}
