import { Problem } from "../api/problem";

/**
 * A part of the console that is fetched once it is needed, such as a page: what can't be fetched fails with a Problem of code "part_missing".
 * The browser and the bundler both remember what failed, styles above all: only the page that is loaded anew has it whole.
 */
export function part<T>(loading: Promise<T>): Promise<T> {
  return loading.catch(() => {
    throw new Problem({ status: 0, code: "part_missing", title: "The server can't be reached", detail: "This part of the console did not load: check your connection, then try again." });
  });
}
