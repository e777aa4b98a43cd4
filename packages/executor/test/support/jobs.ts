import { createRequire } from "node:module";
import type * as CommonJs from "../fixtures/commonjs-jobs.cjs";
import type * as Jobs from "../fixtures/jobs.js";
import type * as Nested from "../fixtures/nested-jobs.js";
import type * as References from "../fixtures/references.js";

// Loaded by Node, not by vite: the functions of a module that vite has rewritten refer to variables
// of vite's, and no worker could have them.
const require = createRequire(import.meta.url);

export const jobs = require("../fixtures/jobs.js") as typeof Jobs;
export const commonjs = require("../fixtures/commonjs-jobs.cjs") as typeof CommonJs;
export const nested = require("../fixtures/nested-jobs.js") as typeof Nested;
export const references = require("../fixtures/references.js") as typeof References;
