import { SegmentedControl, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Key, keyOutcomesQuery, ownerOf, type UseSpan } from "../api/keys";
import { isProblem } from "../api/problem";
import { codeLabel } from "../decisions/codes";
import { Outcomes } from "../decisions/Outcomes";
import { denials } from "../overview/figures";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { shortNumber } from "../ui/time";
import type { MayDo } from "./may";
import type { PlaceState } from "./names";

const spans: { value: UseSpan; label: string }[] = [
  { value: "24h", label: "24 hours" },
  { value: "7d", label: "7 days" },
  { value: "30d", label: "30 days" },
];

/** What came of the requests with a key, over time. */
export function KeyOutcomes({ keyRecord: key, may, place }: { keyRecord: Key; may: MayDo; place: PlaceState }) {
  const [span, setSpan] = useState<UseSpan>("7d");
  const navigate = useNavigate();
  const allowed = may("decision_log.read");
  const use = useQuery({ ...keyOutcomesQuery(key, span), enabled: allowed, placeholderData: (old) => old });
  if (place.error) return <Panel title="Requests" padded><ProblemAlert error={place.error} title="What you may do with this key can't be told" retry={place.retry} /></Panel>;
  if (place.loading) return <Panel title="Requests" padded><div aria-busy><Skeleton height={190} /></div></Panel>;
  if (!allowed) return <Panel title="Requests" padded><Text size="sm" c="dimmed">{key.type === "personal" ? "By the policy in force nobody reads what was asked with their own keys." : `What was asked with this key is for ${key.type === "workspace" ? "the workspace's" : "its owner's"} admins to read.`}</Text></Panel>;
  if (isProblem(use.error, "no_decision_log")) return <Panel title="Requests" padded><Text size="sm" c="dimmed">{use.error.message}</Text></Panel>;
  const owner = ownerOf(key);
  const why = denials(use.data?.codes ?? {});
  return (
    <Outcomes
      title="Requests" summary={use.data} error={use.error} retry={() => void use.refetch()} height={150}
      actions={<SegmentedControl size="xs" value={span} onChange={(v) => setSpan(v as UseSpan)} data={spans} aria-label="Over how long" />}
      onZoom={(window) => void navigate({ to: "/decisions", search: { key_id: key.id, owner_type: owner.type, owner_id: owner.id, ...window } })}
    >
      {why.length > 0 ? <Text size="xs" c="dimmed" mt="xs">Denied for: {why.map(({ code, count }) => `${codeLabel(code)} (${shortNumber(count)})`).join(", ")}</Text> : null}
    </Outcomes>
  );
}
