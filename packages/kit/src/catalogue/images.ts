import type { ErrorDefinition } from "../errors.ts";

/** Building and publishing container images. */
export const imageErrors = {
  ENGINE_UNAVAILABLE: {
    kind: "input",
    title: "No container engine answers",
    explanation: "A Docker engine is needed to build, and none answered.",
    remedy: "Use a runner with Docker, or start the engine before this step.",
  },
  ENGINE_UNFIT: {
    kind: "input",
    title: "The container engine cannot do what is asked",
    explanation:
      "An input asks for something that the chosen engine is not able to do. Nothing was built; each such input is named with the engines that can.",
    remedy: "Choose one of the named engines, or leave the input out.",
  },
  IMAGE_REFERENCE_INVALID: {
    kind: "input",
    title: "An image name or tag is not valid",
    explanation: "A repository name or tag breaks the rules of the OCI distribution specification.",
    remedy: "Use lower-case repository names and tags of at most 128 characters from A-Z a-z 0-9 . _ -",
  },
  TAG_RULE_INVALID: {
    kind: "input",
    title: "A line of tags or flavor is not understood",
    explanation:
      "A rule has an unknown type, attribute, expression or time zone, or makes a tag that no registry takes. The line is named with its number.",
    remedy: "Correct the named lines; docs/tags.md lists the rules.",
  },
  TAG_NOT_DERIVED: {
    kind: "input",
    title: "No rule makes a tag",
    explanation:
      "None of the rules in `tags` applies to this event and ref, and an image is never pushed without a tag. Each rule is listed with the reason.",
    remedy: "Add a rule that applies, such as type=sha, or do not run the step for this event.",
  },
  BUILD_FAILED: {
    kind: "provider",
    title: "The image build failed",
    explanation: "An instruction of the Dockerfile failed; it and its last lines are in the details.",
    remedy: "Fix the named instruction; nothing was pushed.",
  },
  IMAGE_TEST_FAILED: {
    kind: "unhealthy",
    title: "The built image failed its test",
    explanation:
      "The test command ran inside the built image and ended with an exit code other than zero; its last lines are in the details.",
    remedy: "Fix the image or the test command; nothing was pushed.",
  },
  PUSH_FAILED: {
    kind: "provider",
    title: "The image could not be pushed",
    explanation: "The registry refused the push or kept failing; its own words are in the message.",
    remedy: "Check that the repository exists and that the job may push to it.",
  },
  IMAGE_EXISTS: {
    kind: "conflict",
    title: "The registry has these tags already",
    explanation:
      "Tags exist where none may exist (`if-exists: fail`), or the repository does not let a tag move to another image.",
    remedy: "Choose another tag, or set `if-exists` to skip or overwrite.",
  },
  PLATFORMS_WRONG: {
    kind: "conflict",
    title: "The images do not cover the platforms that were asked for",
    explanation:
      "An index was to be made of several images, and one of the platforms is missing, is there twice, or was not asked for. No index was written.",
    remedy: "Build one image for each platform in `platforms`, and check which engine built it.",
  },
  DIGEST_MISMATCH: {
    kind: "conflict",
    title: "The registry holds another image than the one pushed",
    explanation:
      "After the push the digest behind the tag was read back from the registry, and it is not ours.",
    remedy: "Another job moved the tag at the same time: give the jobs a concurrency group, and run again.",
  },
  SCAN_FAILED: {
    kind: "unhealthy",
    title: "The image has vulnerabilities above the limit",
    explanation:
      "The scanner found vulnerabilities at or above the severity of `scan`, and no entry of the allow-list that is still valid covers them. Nothing was pushed.",
    remedy: "Update the named packages or the base image, or allow an entry for a while in `scan-allow`.",
  },
  SCANNER_FAILED: {
    kind: "provider",
    title: "The image could not be scanned",
    explanation:
      "The scanner failed, could not get its vulnerability database, or wrote no report that can be read. That is never taken for a clean image: nothing was pushed.",
    remedy:
      "Read the scanner's own words in the details; a mirror or a cached database helps where the download is throttled.",
  },
  SCANNER_CHECKSUM_MISMATCH: {
    kind: "conflict",
    title: "The scanner is not the program that was pinned",
    explanation:
      "The SHA-256 checksum of the scanner's program differs from `scanner-checksum`. The program was not started.",
    remedy:
      "If you updated the scanner on purpose, pin the new checksum; if not, find out who replaced the program.",
  },
} as const satisfies Record<string, ErrorDefinition>;
