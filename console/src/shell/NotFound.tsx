import { Forbidden } from "../ui/Forbidden";

export function NotFound() {
  return <Forbidden title="No such page">The address leads nowhere in this console. A link may have been cut short.</Forbidden>;
}
