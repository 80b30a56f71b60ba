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
  DIGEST_MISMATCH: {
    kind: "conflict",
    title: "The registry holds another image than the one pushed",
    explanation:
      "After the push the digest behind the tag was read back from the registry, and it is not ours.",
    remedy: "Another job moved the tag at the same time: give the jobs a concurrency group, and run again.",
  },
} as const satisfies Record<string, ErrorDefinition>;
