import { PageHeader } from "../ui/PageHeader";

export function ShadowPage() {
  return <PageHeader title="Shadow runs" tab="Shadow runs" />;
}
