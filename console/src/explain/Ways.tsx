import { Button, Group, Stack, Text } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import type { Explanation, ProposedChange } from "../api/decisions";
import { LinkButton } from "../ui/links";
import { hands, trial, type Way } from "./words";
import classes from "./Ways.module.css";

interface Props {
  counterfactual: NonNullable<Explanation["counterfactual"]>;
  mayAssume: boolean;
  ownKey: boolean;
  /** Asks again with what a way takes; without it there is nothing to try. */
  onTry?: ((way: Way) => void) | undefined;
}

/** What would make a deny an allow. */
export function Ways({ counterfactual, mayAssume, ownKey, onTry }: Props) {
  const { ways, nothing, incomplete } = counterfactual;
  return (
    <Stack gap="xs">
      {ways.length > 0 ? <Text size="sm" c="dimmed">{ways[0]!.changes.length > 1 ? "No single change would do; each of these pairs would." : ways.length > 1 ? "Each of these would do by itself. steelgate tried them, by deciding anew." : "steelgate tried it, by deciding anew."}</Text> : null}
      {ways.length > 0 ? (
        <ul className={classes.ways}>
          {ways.map((way) => (
            <li key={way.changes.map((c) => c.words).join(" ")} className={classes.way}>
              <div style={{ flex: "1 1 14rem", minWidth: 0 }}>
                {way.changes.map((c) => <Change key={c.words} change={c} />)}
              </div>
              <Group gap="xs">
                {ownKey && way.changes.every((c) => c.by === "key_admin") && way.changes[0]?.key_id ? <LinkButton to="/keys/$key" params={{ key: way.changes[0].key_id }} size="compact-sm" variant="subtle">Open the key</LinkButton> : null}
                {onTry && trial(way, mayAssume) ? <Button size="compact-sm" variant="default" leftSection={<IconFlask size={14} aria-hidden />} onClick={() => onTry(way)} aria-label={`Try: ${way.changes.map((c) => c.words).join(" ")}`}>Try this</Button> : null}
              </Group>
            </li>
          ))}
        </ul>
      ) : null}
      {nothing ? <Text size="sm">{nothing}</Text> : null}
      {incomplete ? <Text size="sm" c="dimmed">Not everything could be tried in the time there is: there may be other ways.</Text> : null}
    </Stack>
  );
}

function Change({ change }: { change: ProposedChange }) {
  return (
    <>
      <Text size="sm" fw={500} style={{ overflowWrap: "anywhere" }}>{change.words}</Text>
      <Text size="xs" c="dimmed">{hands[change.by]}.</Text>
    </>
  );
}
