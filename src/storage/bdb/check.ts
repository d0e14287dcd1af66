import type { Fault } from "../storage.ts";
import type { Pages } from "./pages.ts";
export function* checkFile(_pages: Pages): Iterable<Fault> {}
