import { describe, expect, it } from "@jest/globals";
import type { SimulatedGoogleOptions } from "#ship/simulators";
import { type Json, shop, template, type World, world } from "./world.ts";

const minute = 60_000;

/** A shop with some errors that has been asked `counts` times, one number per minute from 00:01 on. */
async function asked(counts: readonly number[], options: SimulatedGoogleOptions = {}): Promise<World> {
  const project = await world(options);
  project.script("shop/api:1", { does: "runs", errorShare: 0.25 });
  await project.finish("PATCH", `${shop}?allowMissing=true`, { template: template("shop/api:1") });
  await project.clock.advance(Date.UTC(2026, 0, 1, 0, 1, 0, 1) - project.clock.now());
  for (const count of counts) {
    for (let sent = 0; sent < count; sent += 1) await (await fetch(project.google.run.url("shop"))).text();
    await project.clock.advance(minute);
  }
  return project;
}

const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString();

function list({ call }: World, metric: string, parameters: readonly (readonly [string, string])[] = []) {
  const query = new URLSearchParams([
    ["filter", `metric.type="run.googleapis.com/${metric}" AND resource.type="cloud_run_revision"`],
    ["interval.startTime", at(0)],
    ["interval.endTime", at(20)],
    ...parameters.map(([name, value]): [string, string] => [name, value]),
  ]);
  // A later parameter replaces an earlier one of the same name.
  for (const [name, value] of parameters) if (!name.endsWith("groupByFields")) query.set(name, value);
  return call("GET", `v3/projects/acme-shop/timeSeries?${query}`);
}

const aggregated = (
  aligner: string,
  reducer = "REDUCE_NONE",
  period = "60s",
  ...groupBy: readonly string[]
) => [
  ["aggregation.alignmentPeriod", period] as const,
  ["aggregation.perSeriesAligner", aligner] as const,
  ["aggregation.crossSeriesReducer", reducer] as const,
  ...groupBy.map((field) => ["aggregation.groupByFields", field] as const),
];
const seriesOf = (body: Json): readonly Json[] =>
  Array.isArray(body["timeSeries"]) ? body["timeSeries"] : [];
const pointsOf = (series: Json | undefined): readonly Json[] =>
  Array.isArray(series?.["points"]) ? series["points"] : [];
const counts = (series: Json | undefined) =>
  pointsOf(series).map(({ interval, value }) => [
    String(interval?.["endTime"]).slice(11, 16),
    value?.["int64Value"] ?? value?.["doubleValue"],
  ]);

describe("Cloud Monitoring of Cloud Run requests", () => {
  it("counts requests that really went through, by revision and response code, newest first", async () => {
    await using project = await asked([4, 8]);
    await project.clock.advance(3 * minute);

    const { body } = await list(project, "request_count");

    const [ok, failed] = seriesOf(body);
    expect(ok).toMatchObject({
      metric: {
        type: "run.googleapis.com/request_count",
        labels: { response_code: "200", response_code_class: "2xx" },
      },
      resource: {
        type: "cloud_run_revision",
        labels: {
          project_id: "acme-shop",
          location: "europe-west1",
          service_name: "shop",
          configuration_name: "shop",
          revision_name: project.google.run.service("shop").latestReady,
        },
      },
      metricKind: "DELTA",
      valueType: "INT64",
    });
    expect(counts(ok)).toEqual([
      ["00:03", "6"],
      ["00:02", "3"],
    ]);
    expect(failed?.["metric"]).toMatchObject({ labels: { response_code_class: "5xx" } });
    expect(counts(failed)).toEqual([
      ["00:03", "2"],
      ["00:02", "1"],
    ]);
    expect(project.google.violations).toEqual([]);
  });

  it("shows a minute only once it has ended and the lag has passed", async () => {
    await using project = await asked([4]);

    await project.clock.advance(3 * minute - 2);
    const early = await list(project, "request_count");
    await project.clock.advance(1);
    const late = await list(project, "request_count");

    expect(early.body).toEqual({});
    expect(seriesOf(late.body)).toHaveLength(2);
  });

  it("takes points that end after the start and by the end of the interval", async () => {
    await using project = await asked([4, 4, 4]);
    await project.clock.advance(3 * minute);

    const { body } = await list(project, "request_count", [
      ["interval.startTime", at(2)],
      ["interval.endTime", at(3)],
    ]);

    expect(counts(seriesOf(body)[0]).map(([end]) => end)).toEqual(["00:03"]);
  });

  it("answers no time series at all where there was no traffic", async () => {
    await using project = await world();

    expect((await list(project, "request_count")).body).toEqual({});
  });

  it("sums and groups", async () => {
    await using project = await asked([4, 8]);
    await project.clock.advance(3 * minute);

    const classes = await list(
      project,
      "request_count",
      aggregated("ALIGN_SUM", "REDUCE_SUM", "120s", "metric.labels.response_code_class"),
    );
    const rate = await list(project, "request_count", aggregated("ALIGN_RATE", "REDUCE_SUM"));

    expect(
      seriesOf(classes.body).map((series) => [
        series["metric"]?.["labels"],
        series["resource"],
        counts(series),
      ]),
    ).toEqual([
      [
        { response_code_class: "2xx" },
        { type: "cloud_run_revision" },
        [
          ["00:04", "6"],
          ["00:02", "3"],
        ],
      ],
      [
        { response_code_class: "5xx" },
        { type: "cloud_run_revision" },
        [
          ["00:04", "2"],
          ["00:02", "1"],
        ],
      ],
    ]);
    expect(seriesOf(rate.body)).toMatchObject([{ metricKind: "GAUGE", valueType: "DOUBLE" }]);
    expect(counts(seriesOf(rate.body)[0])).toEqual([
      ["00:03", 8 / 60],
      ["00:02", 4 / 60],
    ]);
  });

  it("leaves empty minutes out of sums, and like Google invents them for ALIGN_DELTA", async () => {
    await using project = await asked([4, 0, 8]);
    await project.clock.advance(3 * minute);

    const sum = await list(project, "request_count", aggregated("ALIGN_SUM", "REDUCE_SUM"));
    const delta = await list(project, "request_count", aggregated("ALIGN_DELTA", "REDUCE_SUM"));

    expect(counts(seriesOf(sum.body)[0])).toEqual([
      ["00:04", "8"],
      ["00:02", "4"],
    ]);
    expect(counts(seriesOf(delta.body)[0])).toEqual([
      ["00:04", "8"],
      ["00:03", "7"],
      ["00:02", "4"],
    ]);
  });

  it("has latencies as distributions over exponential buckets, and percentiles of them", async () => {
    await using project = await asked([8]);
    await project.clock.advance(3 * minute);

    const { body } = await list(project, "request_latencies", aggregated("ALIGN_SUM", "REDUCE_SUM"));
    const percentile = await list(
      project,
      "request_latencies",
      aggregated("ALIGN_DELTA", "REDUCE_PERCENTILE_95"),
    );

    const [point] = pointsOf(seriesOf(body)[0]);
    const distribution = point?.["value"]?.["distributionValue"];
    expect(distribution).toMatchObject({
      count: "8",
      bucketOptions: { exponentialBuckets: { numFiniteBuckets: 66, growthFactor: 1.4, scale: 1 } },
    });
    const bucketCounts: readonly string[] = JSON.parse(JSON.stringify(distribution?.["bucketCounts"]));
    expect(bucketCounts.reduce((sum, count) => sum + Number(count), 0)).toBe(8);
    const [[, p95]] = counts(seriesOf(percentile.body)[0]) as [[string, unknown]];
    expect(p95).toBeGreaterThan(0);
    expect(p95).toBeLessThan(1_000);
    expect(project.google.violations).toEqual([]);
  });

  it.each([
    ['metric.labels.response_code_class = "5xx"', 1],
    ["metric.label.response_code = 200", 1],
    ['metric.labels.response_code = one_of("200", "500")', 2],
    ['NOT metric.labels.response_code = "200"', 1],
    ['metric.labels.response_code != "200" resource.labels.service_name = starts_with("sh")', 1],
    ['(metric.labels.response_code = "200" OR metric.labels.response_code = "500")', 2],
    ['resource.labels.service_name = "other"', 0],
  ])("is filtered by %s", async (filter, found) => {
    await using project = await asked([4]);
    await project.clock.advance(3 * minute);

    const { body } = await list(project, "request_count", [
      ["filter", `metric.type = "run.googleapis.com/request_count" AND ${filter}`],
    ]);

    expect(seriesOf(body)).toHaveLength(found);
  });

  it.each<[string, readonly (readonly [string, string])[]]>([
    ["a filter without metric type", [["filter", 'resource.type="cloud_run_revision"']]],
    ["a filter that ends early", [["filter", 'metric.type="run.googleapis.com/request_count" AND']]],
    [
      "a field there is none of",
      [["filter", 'metric.type="run.googleapis.com/request_count" AND revision="a"']],
    ],
    ["a period below a minute", aggregated("ALIGN_SUM", "REDUCE_SUM", "30s")],
    ["a reducer without aligner", [["aggregation.crossSeriesReducer", "REDUCE_SUM"]]],
    ["an end before the start", [["interval.startTime", at(30)]]],
  ])("refuses %s", async (_, parameters) => {
    await using project = await world();

    const { status, body } = await list(project, "request_count", parameters);

    expect([status, body["error"]?.["status"]]).toEqual([400, "INVALID_ARGUMENT"]);
  });

  it("refuses an aligner that does not suit the metric", async () => {
    await using project = await asked([1]);
    await project.clock.advance(3 * minute);

    const { body } = await list(project, "request_count", aggregated("ALIGN_PERCENTILE_95"));

    expect(body["error"]).toMatchObject({
      message: expect.stringContaining("cannot be applied to metrics with kind DELTA and value type INT64"),
    });
  });

  it("answers points page by page", async () => {
    await using project = await asked([4, 4]);
    await project.clock.advance(3 * minute);
    const pages: unknown[] = [];

    let token = "";
    do {
      const { body } = await list(project, "request_count", [
        ["pageSize", "3"],
        ...(token ? [["pageToken", token] as const] : []),
      ]);
      pages.push(seriesOf(body).map((series) => counts(series)));
      token = String(body["nextPageToken"] ?? "");
    } while (token !== "");

    expect(pages).toEqual([
      [
        [
          ["00:03", "3"],
          ["00:02", "3"],
        ],
        [["00:03", "1"]],
      ],
      [[["00:02", "1"]]],
    ]);
  });

  it("can be made late and be withheld", async () => {
    await using project = await asked([4]);
    await project.clock.advance(3 * minute);

    const restore = project.google.monitoring.suppress(
      ({ metricLabels }) => metricLabels["response_code"] === "200",
    );
    const withheld = await list(project, "request_count");
    restore();
    project.google.monitoring.setLag(60 * minute);
    const late = await list(project, "request_count");

    expect(seriesOf(withheld.body)).toHaveLength(1);
    expect(late.body).toEqual({});
  });

  it("says in the descriptor how often points come and how late, and can be quicker than Google", async () => {
    await using project = await asked([4], { monitoring: { samplePeriod: 1_000, lag: 2_000 } });

    const descriptor = await project.call(
      "GET",
      "v3/projects/acme-shop/metricDescriptors/run.googleapis.com/request_latencies",
    );
    const seconds = await list(project, "request_count", aggregated("ALIGN_SUM", "REDUCE_SUM", "1s"));

    expect(descriptor.body["metadata"]).toEqual({ launchStage: "GA", samplePeriod: "1s", ingestDelay: "2s" });
    expect(seriesOf(seconds.body)).toHaveLength(1);
    expect(project.google.violations).toEqual([]);
  });
});
