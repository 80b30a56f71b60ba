export * from "./apply-seed.ts";
export * from "./functions.ts";
export type { SeedImage, SeedProgram } from "./images.ts";
export * from "./seed.ts";
export * from "./seed-runtime.ts";
