import type { Rehearsal } from "../command/rehearse.ts";
import type { Finding } from "../scenario/index.ts";
export function reportPage(rehearsal: Rehearsal, findings: readonly Finding[]): string {
  return `${rehearsal.start} ${findings.length}`;
}
