import { PageHeader } from "../ui/PageHeader";

export function OrganizationKeysPage() {
  return <PageHeader title="API keys" tab="API keys" />;
}
