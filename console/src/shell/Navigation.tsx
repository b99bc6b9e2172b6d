import { useQuery } from "@tanstack/react-query";
import { IconActivity, IconBuilding, IconFlask, IconGitCompare, IconHistory, IconKey, IconLayoutDashboard, IconListSearch, IconShieldCheck, IconUserKey } from "@tabler/icons-react";
import { Link, type LinkProps } from "@tanstack/react-router";
import { useId, type ReactNode } from "react";
import { organizationQuery, workspaceQuery } from "../api/places";
import { mayDo, useSession } from "../api/session";
import classes from "./Frame.module.css";
import { usePlace } from "./place";
import { Switcher, useNameOf } from "./Switcher";

/** What one may go to: what one may not do is not offered. */
export function Navigation({ onGone }: { onGone: () => void }) {
  const session = useSession();
  const place = usePlace();
  const workspace = useQuery({ ...workspaceQuery(place?.id ?? ""), enabled: place?.kind === "workspace" }).data;
  const organization = place?.kind === "organization" ? place.id : workspace?.organization_id;
  const organizationName = useNameOf(organization ? { kind: "organization", id: organization } : null);
  // Keys of an organization are for its admins, of a workspace for its members. Until that is known they are not offered.
  const seesOrganization = useQuery({ ...organizationQuery(organization ?? ""), enabled: !!organization }).data?.may.includes("keys.list") ?? false;
  const item = (to: LinkProps, icon: ReactNode, label: string, exact = true) => (
    <li key={label + JSON.stringify(to.params ?? "")}>
      <Link {...to} className={classes.link} activeOptions={{ exact, includeSearch: false }} activeProps={{ "aria-current": "page" }} onClick={onGone}>{icon}<span>{label}</span></Link>
    </li>
  );
  return (
    <>
      <Switcher place={place} onGone={onGone} />
      <Section label="Settings">
        {place?.kind === "workspace" && workspace?.may.includes("keys.list") ? item({ to: "/workspaces/$workspace/keys", params: { workspace: place.id } }, <IconKey size={17} aria-hidden />, "Workspace keys") : null}
        {organization && seesOrganization ? item({ to: "/organizations/$organization/keys", params: { organization } }, <IconBuilding size={17} aria-hidden />, place?.kind === "workspace" && organizationName !== organization ? `${organizationName} keys` : "Organization keys") : null}
        {item({ to: "/keys" }, <IconUserKey size={17} aria-hidden />, "My keys")}
      </Section>
      <Section label="Observe">
        {item({ to: "/" }, <IconLayoutDashboard size={17} aria-hidden />, "Overview")}
        {item({ to: "/decisions" }, <IconActivity size={17} aria-hidden />, "Decisions")}
        {item({ to: "/audit" }, <IconListSearch size={17} aria-hidden />, "Audit")}
        {item({ to: "/try" }, <IconFlask size={17} aria-hidden />, "Try it")}
      </Section>
      {mayDo(session, "policies.read") ? (
        <Section label="Policy">
          {item({ to: "/policies" }, <IconShieldCheck size={17} aria-hidden />, "Policies")}
          {item({ to: "/policies/history" }, <IconHistory size={17} aria-hidden />, "History")}
          {item({ to: "/policies/shadow" }, <IconGitCompare size={17} aria-hidden />, "Shadow runs")}
        </Section>
      ) : null}
    </>
  );
}

function Section({ label, children }: { label: string; children: ReactNode }) {
  const id = useId();
  return (
    <>
      <p className={classes.section} id={id}>{label}</p>
      <ul className={classes.list} aria-labelledby={id}>{children}</ul>
    </>
  );
}
