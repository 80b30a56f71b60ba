export * from "./apply-seed.ts";
export * from "./seed.ts";
