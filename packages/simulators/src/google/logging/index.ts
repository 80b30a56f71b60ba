import type { JsonObject } from "../../service.ts";
import type { GoogleApi } from "../api.ts";
import type { Project } from "../names.ts";
import type { RunLine } from "../run/index.ts";
import { invalid } from "../status.ts";
import { numeric, text, timestamp } from "../values.ts";
import { logFilter } from "./filter.ts";

/** The simulated Cloud Logging: `entries.list` over what containers of Cloud Run wrote. */
export function createLogging(project: Project, lines: readonly RunLine[]): GoogleApi {
  const list = (body: JsonObject): JsonObject => {
    const matches = logFilter(text(body, "filter") ?? "");
    const order = text(body, "orderBy") ?? "timestamp asc";
    if (!/^timestamp (asc|desc)$/.test(order)) throw invalid("orderBy", `Unsupported orderBy: "${order}".`);
    const found = lines.map((line, index) => viewEntry(project, line, index)).filter(matches);
    const ordered = order === "timestamp desc" ? found.reverse() : found;
    const entries = ordered.slice(0, numeric(body, "pageSize") ?? 50);
    return entries.length > 0 ? { entries } : {};
  };
  return {
    name: "logging",
    host: "logging.googleapis.com",
    document: "logging-v2",
    methods: [
      {
        action: "entries.list",
        id: "logging.entries.list",
        verb: "POST",
        path: "v2/entries:list",
        permission: "logging.logEntries.list",
        handle: ({ body }) => list(body),
      },
    ],
  };
}

function viewEntry(project: Project, line: RunLine, index: number): JsonObject {
  return {
    insertId: `${line.instance.slice(0, 12)}${index}`,
    logName: `projects/${project.id}/logs/run.googleapis.com%2Fstdout`,
    textPayload: line.message,
    timestamp: timestamp(line.at),
    receiveTimestamp: timestamp(line.at),
    severity: "DEFAULT",
    labels: { instanceId: line.instance },
    resource: {
      type: "cloud_run_revision",
      labels: {
        project_id: project.id,
        location: line.location,
        service_name: line.service,
        revision_name: line.revision,
        configuration_name: line.service,
      },
    },
  };
}
