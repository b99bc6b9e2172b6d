import { notifications } from "@mantine/notifications";
import { asProblem } from "../api/problem";

/** Says that something was done. */
export function notifyDone(message: string): void {
  notifications.show({ message, color: "green", autoClose: 4000 });
}

/** Says that something failed, where the page has no better place for it. */
export function notifyProblem(error: unknown, title?: string): void {
  const problem = asProblem(error);
  notifications.show({ title: title ?? problem.title, message: problem.message, color: "red", autoClose: 10_000 });
}
