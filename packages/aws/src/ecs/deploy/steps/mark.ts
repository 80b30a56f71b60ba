import { messageOf, type PipelineReport } from "#ship/kit";
import { under } from "../../api/caller.ts";
import { type Mark, type MarkedService, removeMark, removeOwnMark, setMark } from "../../deployment/marks.ts";
import { markState } from "../saved.ts";
import type { Scene } from "./scene.ts";

/** What leaving a mark takes of the work at hand. */
interface Marking extends Pick<Scene, "caller" | "run"> {
  readonly request: { readonly rollback: { readonly onCancel: boolean } };
  readonly journal: { marked?: MarkedService };
}

/** Marks the service, and remembers first that it may carry the mark from now on. */
export async function leaveMark(marking: Marking, marked: MarkedService, mark: Mark): Promise<void> {
  const { caller, run, request, journal } = marking;
  journal.marked = marked;
  // Where a cancelled deployment shall go on, the mark tells the next run whose it is.
  if (request.rollback.onCancel) run.saveState(markState, JSON.stringify(marked));
  await setMark(caller, marked.arn, mark);
}

/** A run that has ended its work, well or not, leaves no mark; one that has not leaves it to the post step or the next run. */
export async function takeMarkAway({ caller, journal, run }: Scene, report: PipelineReport): Promise<void> {
  const { marked } = journal;
  if (marked === undefined) return;
  const isTheirs = journal.superseded || journal.untouched;
  const isOpen = report.failure && !journal.restored && !journal.left && !isTheirs;
  if (isOpen) return;
  // The work is done by now: a cancellation that comes this late must not turn it into something else.
  const late = under(caller, AbortSignal.timeout(run.signal.aborted ? 1_000 : 15_000));
  try {
    // Whoever took over has left a mark of its own, if it is a run like this one.
    await (isTheirs ? removeOwnMark(late, marked, run) : removeMark(late, marked.arn));
    run.saveState(markState, "");
  } catch (error) {
    run.log.warning(`The mark of this run stays on the service: ${messageOf(error)}`);
  }
}
