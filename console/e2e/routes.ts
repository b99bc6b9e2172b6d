/** Every page of the console, for what is true of each: it is accessible, narrow enough for a phone, and has its picture taken. */
export interface Page {
  name: string;
  /** Below /console. */
  path: string;
  /** One of the demo's users that the page is for, or null where nobody is signed in. */
  user: string | null;
}

export const pages: readonly Page[] = [
  { name: "sign-in", path: "/sign-in", user: null },
  { name: "set-up", path: "/sign-in#setup", user: null },
  { name: "overview", path: "/", user: "user_pat" },
  { name: "overview-member", path: "/", user: "user_ben" },
  { name: "workspace-keys", path: "/workspaces/ws_core/keys", user: "user_ada" },
  { name: "workspace-keys-personal", path: "/workspaces/ws_core/keys?tab=mine", user: "user_dan" },
  { name: "workspace-keys-organization", path: "/workspaces/ws_core/keys?tab=organization", user: "user_ada" },
  { name: "workspace-keys-member", path: "/workspaces/ws_core/keys", user: "user_cleo" },
  { name: "organization-keys", path: "/organizations/org_acme/keys", user: "user_ada" },
  { name: "my-keys", path: "/keys", user: "user_ben" },
  { name: "key", path: "/keys/key_demo_organization", user: "user_ada" },
  { name: "key-personal", path: "/keys/key_demo_personal", user: "user_ben" },
  { name: "key-elsewhere", path: "/keys/key_demo_workspace", user: "user_eve" },
  { name: "policies", path: "/policies", user: "user_pia" },
  { name: "policy-file", path: "/policies?file=authz/actions.rego", user: "user_pia" },
  { name: "policies-refused", path: "/policies", user: "user_ben" },
  { name: "policy-history", path: "/policies/history", user: "user_pia" },
  { name: "policy-shadow", path: "/policies/shadow", user: "user_pia" },
  { name: "try-it", path: "/try", user: "user_ada" },
  { name: "decisions", path: "/decisions", user: "user_pat" },
  { name: "audit", path: "/audit", user: "user_pat" },
  { name: "try-it-answered", path: "/try?key=key_demo_organization&action=workflow.deploy&type=workflow&id=wf_invoice", user: "user_pat" },
  { name: "account", path: "/account", user: "user_ada" },
  { name: "not-found", path: "/no-such-page", user: "user_ada" },
];
