export { groupLives, signalGroup } from "./group.ts";
export { type OwnedProcesses, type OwnedProcessesOptions, ownProcesses } from "./owned-processes.ts";
