/** The grant that let a key in, in words. */
export function GrantedBy({ grant }: { grant: { permission?: unknown; workflow_id?: unknown; workspace_id?: unknown } }) {
  const [kind, id] = grant.workflow_id ? ["workflow", grant.workflow_id] : ["workspace", grant.workspace_id];
  return <>{String(grant.permission)} on {kind} <code>{String(id)}</code></>;
}
