import { buffer } from "./buffer.ts";
import { burst } from "./burst.ts";
import { latency } from "./latency.ts";
import { startUp } from "./start-up.ts";
import type { Workload } from "./workload.ts";

export const WORKLOADS: readonly Workload[] = [latency, burst, buffer, startUp];
