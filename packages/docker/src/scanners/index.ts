export { createScanner, type ScannerOptions, type ScannerWish } from "./scanner.ts";
