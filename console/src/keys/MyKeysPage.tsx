import { PageHeader } from "../ui/PageHeader";

export function MyKeysPage() {
  return <PageHeader title="My keys" tab="My keys" />;
}
