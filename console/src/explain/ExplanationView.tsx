import { Alert, Stack, Text } from "@mantine/core";
import { IconEyeOff, IconGitCompare } from "@tabler/icons-react";
import type { Explanation, LoggedExplanation } from "../api/decisions";
import { codeLabel } from "../decisions/codes";
import { Panel } from "../ui/Panel";
import { TimeAgo } from "../ui/TimeAgo";
import { Trace } from "./Trace";
import { Verdict, VerdictFields } from "./Verdict";
import { Ways } from "./Ways";
import type { Way } from "./words";

interface Props {
  explanation: Explanation | LoggedExplanation;
  /** Whether facts were assumed. */
  assumed?: boolean;
  mayAssume: boolean;
  onTry?: ((way: Way) => void) | undefined;
  /** Where all that stands beside the code is told elsewhere. */
  brief?: boolean;
}

/** Why a decision is what it is, and what would change it. */
export function ExplanationView({ explanation: x, assumed = false, mayAssume, onTry, brief = false }: Props) {
  const logged = "logged" in x ? x : null;
  // Who may ask about any key reads none by that. To everybody else the name of a key that is not theirs is not told.
  const ownKey = !mayAssume && Boolean(x.decision.key?.name);
  return (
    <Stack gap="md">
      {logged && !logged.same ? (
        <Alert color="steel" icon={<IconGitCompare aria-hidden />} title="It would be decided otherwise today">
          <Text size="sm">Then it was {logged.logged.allow ? "allowed" : "denied"} ({codeLabel(logged.logged.code)}), by policy revision {logged.logged.policy_revision} and data revision {logged.logged.data_revision}. What follows is today's decision, for the moment of then.</Text>
        </Alert>
      ) : null}
      <Panel>
        <Verdict decision={x.decision} assumed={assumed} />
        {brief ? null : <div style={{ padding: "0.5rem var(--mantine-spacing-md)" }}><VerdictFields decision={x.decision} logged={logged !== null} ownKey={ownKey} /></div>}
      </Panel>
      {x.concealed ? <Text size="sm" c="dimmed"><IconEyeOff size={14} aria-hidden style={{ verticalAlign: "-2px" }} /> Something is left out here that is not yours to see: the key or the resource belongs to others.</Text> : null}
      {x.stopped ? (
        <Panel title="Stopped before any rule" padded>
          <Text size="sm">{x.stopped.words} {x.stopped.at ? <>(<TimeAgo at={x.stopped.at} />)</> : null}</Text>
          <Text size="sm" c="dimmed" mt={4}>Whether a key lives is a fact, and no rule of the policy is asked about one that does not.</Text>
        </Panel>
      ) : null}
      {x.fault ? (
        <Alert color="red" title="The policy failed"><Text size="sm"><code>{x.fault.path}:{x.fault.row}:{x.fault.col}</code> {x.fault.message}</Text></Alert>
      ) : null}
      {x.counterfactual ? <Panel title="What would allow it" padded><Ways counterfactual={x.counterfactual} mayAssume={mayAssume} ownKey={ownKey} onTry={onTry} /></Panel> : null}
      {x.steps.length > 0 ? <Panel title="How it was decided" padded><Trace steps={x.steps} truncated={x.truncated} /></Panel> : null}
    </Stack>
  );
}
