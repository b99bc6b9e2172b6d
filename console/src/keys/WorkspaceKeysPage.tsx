import { PageHeader } from "../ui/PageHeader";

export function WorkspaceKeysPage() {
  return <PageHeader title="API keys" tab="API keys" />;
}
