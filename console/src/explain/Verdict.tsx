import { Group, Stack, Text } from "@mantine/core";
import { IconBan, IconCircleCheck } from "@tabler/icons-react";
import type { Explanation } from "../api/decisions";
import { codeLabel } from "../decisions/codes";
import { FieldList } from "../ui/FieldList";
import { LinkTo } from "../ui/links";
import { GrantedBy } from "./GrantedBy";
import classes from "./Verdict.module.css";

/** The decision, large. */
export function Verdict({ decision, assumed = false }: { decision: Explanation["decision"]; assumed?: boolean }) {
  const { allow, code, message } = decision;
  return (
    <div className={allow ? classes.allowed : classes.denied}>
      <Group gap="sm" wrap="nowrap" align="flex-start">
        {allow ? <IconCircleCheck size={34} aria-hidden className={classes.icon} /> : <IconBan size={34} aria-hidden className={classes.icon} />}
        <Stack gap={2} style={{ minWidth: 0 }}>
          <p className={classes.word}>{allow ? "Allowed" : "Denied"}{assumed ? <span className={classes.assumed}> with what is assumed</span> : null}</p>
          {allow ? null : <Text size="sm" style={{ overflowWrap: "anywhere" }}><strong>{codeLabel(code)}</strong> <code>{code}</code></Text>}
          <Text size="sm">{message}</Text>
        </Stack>
      </Group>
    </div>
  );
}

/** What stands beside the code. The key is a link where it is one's own to look into. */
export function VerdictFields({ decision, logged, ownKey }: { decision: Explanation["decision"]; logged: boolean; ownKey: boolean }) {
  const { key, permission, granted_by: grant, billed_to: billed } = decision;
  return (
    <FieldList
      fields={[
        ["Key", key ? <>{ownKey ? <LinkTo to="/keys/$key" params={{ key: key.id }} size="sm">{key.name || key.id}</LinkTo> : key.name}{key.name ? " " : null}<code>{key.id}</code></> : null],
        ["Billed to", billed ? <>{billed.type} <code>{billed.id}</code></> : null],
        ["Permission", permission ? <>needs <strong>{permission.required}</strong>, has <strong>{permission.granted}</strong></> : null],
        ["Granted by", grant ? <GrantedBy grant={grant} /> : null],
        ["Answer to the client", `HTTP ${decision.status}`],
        ["Decided by", `policy revision ${decision.policy_revision}, data revision ${decision.data_revision}`],
        ["Log", logged ? null : "Left out of it: the question was no use of the key"],
      ]}
    />
  );
}
