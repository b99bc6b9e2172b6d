import { IconAlertTriangle, IconArrowsExchange, IconBan, IconCheck, IconCircleX, IconClock, IconClockX, IconInfoCircle, IconPlayerPause } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { codeLabel } from "../decisions/codes";
import classes from "./StatusBadge.module.css";

export type Tone = "good" | "warn" | "bad" | "info" | "neutral";

const iconOf: Record<Tone, typeof IconCheck> = { good: IconCheck, warn: IconAlertTriangle, bad: IconCircleX, info: IconInfoCircle, neutral: IconInfoCircle };

/** A word with a tone and a sign of its own, for the tone alone tells nobody who sees no colours. */
export function ToneBadge({ tone, icon, children }: { tone: Tone; icon?: ReactNode; children: ReactNode }) {
  const Icon = iconOf[tone];
  return (
    <span className={`${classes.badge} ${classes[tone]}`}>
      {icon ?? <Icon size={13} aria-hidden />}
      {children}
    </span>
  );
}

/** The states of a key as people see them. */
export type KeyStatus = "active" | "expires_soon" | "expired" | "disabled" | "revoked" | "replaced";

const statuses: Record<KeyStatus, { label: string; tone: Tone; icon: typeof IconCheck }> = {
  active: { label: "Active", tone: "good", icon: IconCheck },
  expires_soon: { label: "Expires soon", tone: "warn", icon: IconClock },
  expired: { label: "Expired", tone: "neutral", icon: IconClockX },
  disabled: { label: "Disabled", tone: "neutral", icon: IconPlayerPause },
  revoked: { label: "Revoked", tone: "bad", icon: IconBan },
  replaced: { label: "Replaced", tone: "info", icon: IconArrowsExchange },
};

export function StatusBadge({ status }: { status: KeyStatus }) {
  const { label, tone, icon: Icon } = statuses[status];
  return <ToneBadge tone={tone} icon={<Icon size={13} aria-hidden />}>{label}</ToneBadge>;
}

/** What was decided, and by which code. */
export function OutcomeBadge({ allow, code }: { allow: boolean; code?: string }) {
  return (
    <ToneBadge tone={allow ? "good" : "bad"} icon={allow ? <IconCheck size={13} aria-hidden /> : <IconBan size={13} aria-hidden />}>
      {allow ? "Allowed" : "Denied"}
      {!allow && code ? ": " + codeLabel(code) : null}
    </ToneBadge>
  );
}
