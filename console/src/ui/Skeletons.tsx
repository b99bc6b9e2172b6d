import { Skeleton, Stack, VisuallyHidden } from "@mantine/core";
import { Panel } from "./Panel";

/** The place of a page whose script or data is on its way. */
export function PageSkeleton() {
  return (
    <div aria-busy>
      <VisuallyHidden role="status">Loading</VisuallyHidden>
      <Skeleton height={28} width={220} mb={8} />
      <Skeleton height={14} width={320} maw="80%" mb="lg" />
      <PanelSkeleton lines={6} />
    </div>
  );
}

export function PanelSkeleton({ lines = 3 }: { lines?: number }) {
  return <Panel padded><Stack gap="sm">{Array.from({ length: lines }, (_, i) => <Skeleton key={i} height={16} width={i % 3 === 2 ? "60%" : "100%"} />)}</Stack></Panel>;
}
