export { groupLives, signalGroup } from "./group.ts";
export { whenLauncherEnds } from "./launcher.ts";
export { type OwnedProcesses, type OwnedProcessesOptions, ownProcesses } from "./owned-processes.ts";
