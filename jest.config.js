import { availableParallelism } from "node:os";

/** One configuration; each tier is a folder of __tests__ (see package.json scripts). */
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2022" },
        module: { type: "es6" },
      },
    ],
  },
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  modulePathIgnorePatterns: ["<rootDir>/build/", "<rootDir>/dist/", "<rootDir>/.rehearsal/"],
  testTimeout: 90_000,
  // Many tests wait for real processes rather than compute, so that a worker for each of two cores would often idle.
  maxWorkers: Math.max(3, availableParallelism() - 1),
  // Concurrent tests start a process each; more of them would starve the canaries beside them, which judge real traffic.
  maxConcurrency: 2,
};
