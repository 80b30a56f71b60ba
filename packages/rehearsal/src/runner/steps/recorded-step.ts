import { type JobState, MachineDied } from "../jobs/job-state.ts";
import type { AttemptEnd } from "./attempt.ts";
import { type RecordedStep, recordStep, type StepRecorder } from "./step-recorder.ts";

/** Runs a step of a job under a record of its own and adds its result to the job's, even when the machine dies. */
export async function runRecorded(
  job: JobState,
  step: Omit<RecordedStep, "job">,
  work: (recorder: StepRecorder) => Promise<AttemptEnd>,
): Promise<AttemptEnd> {
  const recorder = recordStep({ ...step, job: job.key }, job.masker, job.run.clock, job.run.emit);
  try {
    const end = await work(recorder);
    job.results.push(recorder.finish(end));
    return end;
  } catch (error) {
    if (error instanceof MachineDied) {
      job.results.push(recorder.finish({ outcome: "failure", conclusion: "failure", outputs: {} }));
    }
    throw error;
  }
}
