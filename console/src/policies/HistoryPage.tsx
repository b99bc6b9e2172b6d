import { PageHeader } from "../ui/PageHeader";

export function HistoryPage() {
  return <PageHeader title="Policy history" tab="Policy history" />;
}
