/** A place in a file, counted from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something wrong in a workflow or action file. */
export interface Problem extends Position {
  readonly message: string;
}

/** `file:line:column`, as editors and terminals link it. */
export function place(at: Position): string {
  return `${at.file}:${at.line}:${at.column}`;
}

/** What stops a workflow before any of it runs: all problems found, each with its place. */
export class WorkflowError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => `${place(problem)}: ${problem.message}`).join("\n"));
    this.name = "WorkflowError";
    this.problems = problems;
  }
}

/** Collects problems, so that one run names all of them. */
export class Problems {
  readonly #found: Problem[] = [];

  add(at: Position, message: string): void {
    const known = this.#found.some((p) => place(p) === place(at) && p.message === message);
    if (!known) this.#found.push({ file: at.file, line: at.line, column: at.column, message });
  }

  get any(): boolean {
    return this.#found.length > 0;
  }

  /** Throws one {@link WorkflowError} with everything collected, or does nothing. */
  throwIfAny(): void {
    if (this.any) throw new WorkflowError(this.#found);
  }
}
