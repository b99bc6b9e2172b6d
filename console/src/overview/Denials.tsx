import { Group, Skeleton, Stack, Text } from "@mantine/core";
import { codeLabel } from "../decisions/codes";
import { LinkTo } from "../ui/links";
import { Panel } from "../ui/Panel";
import { shortNumber } from "../ui/time";
import type { ViewSearch } from "../views/views";
import { denials } from "./figures";
import classes from "./OverviewPage.module.css";

/** What was denied, and why, as bars: each leads to those decisions. */
export function Denials({ codes, narrowed }: { codes: Readonly<Record<string, number>> | undefined; narrowed: { [K in keyof ViewSearch]: string } }) {
  const found = codes && denials(codes);
  return (
    <Panel title="Denials by code">
      {!found ? <Stack gap="sm" p="md">{[90, 60, 40].map((w) => <Skeleton key={w} height={22} width={`${w}%`} />)}</Stack> : null}
      {found?.length === 0 ? <Text size="sm" c="dimmed" p="md">Nothing was denied in the last 24 hours.</Text> : null}
      {found?.length ? (
        <ul className={classes.bars}>
          {found.slice(0, 7).map((d) => (
            <li key={d.code}>
              <Group justify="space-between" gap="xs" wrap="nowrap">
                <LinkTo to="/decisions" search={{ ...narrowed, code: d.code }} size="sm">{codeLabel(d.code)}</LinkTo>
                <Text size="sm" className="sg-numbers">{shortNumber(d.count)} <Text span size="xs" c="dimmed">{Math.round(d.share * 100)} %</Text></Text>
              </Group>
              <div className={classes.bar} aria-hidden><span style={{ width: `${d.share * 100}%` }} /></div>
            </li>
          ))}
          {found.length > 7 ? <li><Text size="xs" c="dimmed">And {found.length - 7} more codes.</Text></li> : null}
        </ul>
      ) : null}
    </Panel>
  );
}
