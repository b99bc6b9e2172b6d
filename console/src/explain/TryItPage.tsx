import { PageHeader } from "../ui/PageHeader";

export function TryItPage() {
  return <PageHeader title="Try it" tab="Try it" />;
}
