import { type Clock, formatShare, isShipError, type Log, messageOf, ShipError } from "#ship/kit";
import { approvalNames } from "../state/approval-notes.ts";
import type { TargetNotes } from "../state/notes.ts";
import { recordFromNotes } from "../state/record-notes.ts";
import type { CheckMoment, StepCheck } from "./checks.ts";

/** Both notes hold the rollout and its percentage. */
const { awaiting, approved } = approvalNames;
/** Milliseconds between two looks for an approval. */
const pause = 5_000;

/** What the approval of a step works with. */
export interface ApprovalPorts {
  readonly notes: TargetNotes;
  readonly clock: Clock;
  readonly log: Log;
}

/** The check of a step that waits for a person: it notes beside the traffic that it waits, and passes when approved there. */
export function approvalCheck({ notes, clock, log }: ApprovalPorts): StepCheck {
  return {
    name: "the approval",
    concerns: ({ until, step }) => until === "approval" && step > 0,
    async run(moment, signal) {
      let isAsked = false;
      for (;;) {
        try {
          const found = await notes.read(signal);
          const asked = question(recordFromNotes(found), moment);
          if (found[approved] === asked) {
            // The approval stays noted: a process that carries on after this one need not ask again.
            await notes.remove([awaiting], signal);
            return { passed: true };
          }
          if (found[awaiting] !== asked) await notes.set({ [awaiting]: asked }, signal);
          if (!isAsked)
            log.notice(
              `${moment.state.canary.name} waits at ${formatShare(moment.share)} for an approval: run canary-shift with \`approve: true\`.`,
            );
          isAsked = true;
        } catch (error) {
          signal.throwIfAborted();
          if (!isShipError(error) || (error.kind !== "provider" && error.kind !== "timeout")) throw error;
          log.info(`The approval could not be looked for; the step waits on: ${messageOf(error)}`);
        }
        await clock.sleep(pause, signal);
      }
    },
  };
}

/** What was approved. */
export interface Approval {
  readonly canary: string;
  readonly percent: string;
}

/**
 * Approves the step at which a rollout waits.
 * @throws ShipError `NOTHING_TO_APPROVE` when no rollout waits at this target
 */
export async function approve(notes: TargetNotes, signal: AbortSignal): Promise<Approval> {
  const found = await notes.read(signal);
  const record = recordFromNotes(found);
  if (record === undefined || record === "garbled")
    throw new ShipError("NOTHING_TO_APPROVE", "No rollout is under way at this target.");
  const asked = found[awaiting] ?? "";
  const prefix = `${record.id}:`;
  if (!asked.startsWith(prefix)) {
    const share = formatShare(record.weights.at(-1)?.share ?? 0);
    throw new ShipError(
      "NOTHING_TO_APPROVE",
      `The rollout of ${record.canary.name} is at ${share} and waits for no approval.`,
    );
  }
  await notes.set({ [approved]: asked }, signal);
  return { canary: record.canary.name, percent: asked.slice(prefix.length) };
}

function question(record: ReturnType<typeof recordFromNotes>, { share }: CheckMoment): string {
  const id = record === undefined || record === "garbled" ? "unknown" : record.id;
  return `${id}:${Number((share * 100).toFixed(6))}`;
}
