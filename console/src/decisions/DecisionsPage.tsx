import { PageHeader } from "../ui/PageHeader";

export function DecisionsPage() {
  return <PageHeader title="Decisions" tab="Decisions" />;
}
