import type { ErrorDefinition } from "../errors.ts";

/** Mistakes in what a workflow hands to an action. Nothing has been changed anywhere when one is reported. */
export const inputErrors = {
  INPUT_INVALID: {
    kind: "input",
    title: "An input is missing, unknown or malformed",
    explanation:
      "All inputs are checked before anything runs, and every problem is listed at once with the input's name, its value and what is accepted. An input the action does not know is an error too, with the nearest known name.",
    remedy: "Correct the listed inputs under `with:`; nothing has been changed.",
  },
  FILE_UNREADABLE: {
    kind: "input",
    title: "A file named by an input cannot be read",
    explanation: "The path is resolved against the workspace, and the file is missing or not readable.",
    remedy: "Check the path, and that actions/checkout ran before this step.",
  },
  DOCUMENT_INVALID: {
    kind: "input",
    title: "A document does not have the expected shape",
    explanation:
      "A JSON or YAML document could not be parsed, or has a key or value that the target API does not know.",
    remedy: "Correct the named path in the document.",
  },
} as const satisfies Record<string, ErrorDefinition>;
