export * from "./install.ts";
