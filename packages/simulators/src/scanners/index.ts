export * from "./install.ts";
export type { PlantedVulnerability, ScannerCall, ScannerFault, ScannerWorld } from "./world.ts";
