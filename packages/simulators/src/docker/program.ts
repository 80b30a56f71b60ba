/** Ends the program with a message on standard error. */
export function refuse(message: string, exitCode = 1): never {
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}

/** A line on standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A line of progress. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
