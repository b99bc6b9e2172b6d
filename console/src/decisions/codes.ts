/** The codes of the shipped policy, in the order in which they are looked for. A policy may have others of its own. */
export const codes: readonly { code: string; label: string }[] = [
  { code: "allowed", label: "Allowed" },
  { code: "key_missing", label: "No key" },
  { code: "key_malformed", label: "Malformed key" },
  { code: "key_unknown", label: "Unknown key" },
  { code: "key_revoked", label: "Key revoked" },
  { code: "key_expired", label: "Key expired" },
  { code: "key_disabled", label: "Key disabled" },
  { code: "owner_inactive", label: "Owner inactive" },
  { code: "unknown_action", label: "Unknown action" },
  { code: "outside_scope", label: "Outside scope" },
  { code: "not_a_member", label: "Not a member" },
  { code: "personal_keys_disabled", label: "Personal keys disabled" },
  { code: "workspace_archived", label: "Workspace archived" },
  { code: "ip_not_allowed", label: "Address not allowed" },
  { code: "insufficient_permission", label: "Insufficient permission" },
  { code: "workflow_not_deployed", label: "Workflow not deployed" },
  { code: "mcp_server_not_deployed", label: "MCP server not deployed" },
  { code: "no_route", label: "No route" },
  { code: "policy_error", label: "Policy error" },
];

const labels = new Map(codes.map((c) => [c.code, c.label]));

/** A code in words; one of a policy's own is read as it is written. */
export function codeLabel(code: string): string {
  return labels.get(code) ?? sentence(code.replaceAll("_", " "));
}

/** The code that somebody means who typed it, or its words. */
export function codeMeant(text: string | undefined): string | undefined {
  return codes.find((c) => c.label.toLowerCase() === text?.toLowerCase())?.code ?? text;
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
