import type { Clock } from "#ship/kit";
import type { Masker } from "../protocol/masking.ts";
import type { Annotation, Outcome, RunEvent, StepResult } from "../results.ts";

/** Longest text of an annotation, in characters; what is beyond is cut off. */
const annotationLimit = 4096;

/** Gathers what one step says, masked, and passes it on while it runs. */
export interface StepRecorder {
  log(line: string): void;
  annotate(annotation: Annotation): void;
  /** An error of the runner itself: an annotation and a line of the log. */
  error(message: string): void;
  warn(message: string): void;
  summarize(markdown: string): void;
  /** The step's result. Call once, when it has ended. */
  finish(end: {
    readonly outcome: Outcome;
    readonly conclusion: Outcome;
    readonly outputs: StepResult["outputs"];
  }): StepResult;
}

export interface RecordedStep {
  readonly job: string;
  readonly name: string;
  readonly id: string | undefined;
  readonly phase: StepResult["phase"];
}

/** Starts the record of a step. */
export function recordStep(
  step: RecordedStep,
  masker: Masker,
  clock: Clock,
  emit: (event: RunEvent) => void,
): StepRecorder {
  const started = clock.now();
  const name = masker.mask(step.name);
  const log: string[] = [];
  const annotations: Annotation[] = [];
  const summaries: string[] = [];
  emit({ kind: "step-started", job: step.job, step: name, at: started });
  const recorder: StepRecorder = {
    log(text) {
      const line = masker.mask(text);
      log.push(line);
      emit({ kind: "log", job: step.job, step: name, line, at: clock.now() });
    },
    annotate(given) {
      const annotation = maskAnnotation(given, masker);
      annotations.push(annotation);
      emit({ kind: "annotation", job: step.job, step: name, annotation, at: clock.now() });
    },
    error(message) {
      recorder.annotate({ level: "error", message, properties: {} });
      recorder.log(`##[error]${message}`);
    },
    warn(message) {
      recorder.annotate({ level: "warning", message, properties: {} });
      recorder.log(`##[warning]${message}`);
    },
    summarize(markdown) {
      if (markdown !== "") summaries.push(masker.mask(markdown));
    },
    finish({ outcome, conclusion, outputs }) {
      const ended = clock.now();
      emit({ kind: "step-ended", job: step.job, step: name, conclusion, at: ended });
      const shown = Object.fromEntries(
        Object.entries(outputs).map(([key, value]) => [key, masker.mask(value)]),
      );
      return {
        name,
        id: step.id,
        phase: step.phase,
        outcome,
        conclusion,
        outputs: shown,
        summary: summaries.join("\n"),
        annotations,
        log,
        started,
        ended,
      };
    },
  };
  return recorder;
}

/** Masks an annotation and cuts it to GitHub's limit. */
export function maskAnnotation({ level, message, properties }: Annotation, masker: Masker): Annotation {
  return {
    level,
    message: masker.mask(message).slice(0, annotationLimit),
    properties: Object.fromEntries(
      Object.entries(properties).map(([key, value]) => [key, masker.mask(value)]),
    ),
  };
}
