import { Forbidden } from "../ui/Forbidden";

/** Why somebody sees nothing of policies. */
export function NotForYou() {
  return <Forbidden title="Policies are for policy admins">Only users whose platform role is <code>policy_admin</code> or <code>admin</code> read and change the rules that decide what keys may do. Ask whoever administers steelgate for the role.</Forbidden>;
}
