import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import * as cborg from "cborg";
import { type SimulatedAws, startSimulatedAws } from "#ship/simulators";
import { awsClient, post, signed } from "./wire.ts";

const ecrTarget = "AmazonEC2ContainerRegistry_V20150921";

describe("the front of the simulated AWS", () => {
  let aws: SimulatedAws;

  beforeEach(async () => {
    aws = await startSimulatedAws({ repositories: ["shop-api"] });
  });
  afterEach(async () => {
    await aws.close();
  });

  it("serves AWS JSON and Query clients at one address", async () => {
    const repositories = await new ECRClient(awsClient(aws)).send(new DescribeRepositoriesCommand({}));
    const caller = await new STSClient(awsClient(aws)).send(new GetCallerIdentityCommand({}));

    expect(repositories.repositories?.[0]?.createdAt).toBeInstanceOf(Date);
    expect(caller.Account).toBe("123456789012");
    expect(aws.violations).toEqual([]);
  });

  it("answers AWS JSON with a request id, epoch seconds and the protocol's content type", async () => {
    const answer = await post(aws, {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `${ecrTarget}.DescribeRepositories`,
    });
    const body: { repositories: { createdAt: unknown }[] } = JSON.parse(answer.text);

    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(answer.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
    expect(body.repositories[0]?.createdAt).toBeCloseTo(Date.now() / 1000, -2);
  });

  it("answers Query with XML in the service's namespace", async () => {
    const answer = await post(aws, formHeaders, "Action=GetCallerIdentity&Version=2011-06-15");

    expect(answer.headers.get("content-type")).toBe("text/xml");
    expect(answer.text).toContain(
      '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>',
    );
    expect(answer.text).toMatch(
      /<ResponseMetadata><RequestId>[0-9a-f-]{36}<\/RequestId><\/ResponseMetadata>/,
    );
  });

  it("reads lists and maps of Query in every spelling", async () => {
    const lists = "A.member.2.B=y&A.member.1.B=x&C.1=z&D.entry.1.key=k&D.entry.1.value=v&E=&__proto__.F=g";
    await post(aws, formHeaders, `Action=GetCallerIdentity&Version=2011-06-15&${lists}`);

    expect(Object.entries(aws.calls.of("sts")[0]?.input ?? {})).toEqual([
      ["A", [{ B: "x" }, { B: "y" }]],
      ["C", ["z"]],
      ["D", { k: "v" }],
      ["E", ""],
      ["__proto__", { F: "g" }],
    ]);
  });

  it("refuses a Query parameter that is both value and structure", async () => {
    const answer = await post(aws, formHeaders, "Action=GetCallerIdentity&Version=2011-06-15&A=1&A.B=2");

    expect(answer.status).toBe(400);
    expect(answer.text).toContain("<Code>MalformedQueryString</Code>");
  });

  it("escapes what it repeats in XML", async () => {
    const answer = await post(
      aws,
      formHeaders,
      "Action=AssumeRole&Version=2011-06-15&RoleSessionName=ok&RoleArn=%3C%26%22nonsense%20of%20some%20length",
    );

    expect(answer.text).toContain("&lt;&amp;");
    expect(answer.text).not.toContain("<&");
  });

  it("speaks CBOR, with timestamps as tag 1", async () => {
    const response = await fetch(`${aws.url}/service/${ecrTarget}/operation/DescribeRepositories`, {
      method: "POST",
      headers: { ...signed(), "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" },
      body: cborg.encode({ repositoryNames: ["shop-api"] }),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const tagged: unknown[] = [];
    cborg.decode(bytes, { tags: { 1: (content) => tagged.push(content()) } });

    expect(response.headers.get("smithy-protocol")).toBe("rpc-v2-cbor");
    expect(tagged).toEqual([expect.any(Number)]);
  });

  it.each([
    ["AWS JSON", `${ecrTarget}.LaunchRocket`, "", "UnknownOperationException"],
    ["an unknown JSON service", "Rockets_20300101.LaunchRocket", "", "UnknownOperationException"],
    ["Query", undefined, "Action=LaunchRocket&Version=2011-06-15", "<Code>InvalidAction</Code>"],
  ])("refuses an unknown action of %s", async (_protocol, target, body, code) => {
    const answer = await post(aws, target ? { "x-amz-target": target } : formHeaders, body);

    expect(answer.status).toBe(400);
    expect(answer.text).toContain(code);
    expect(answer.text).toContain("LaunchRocket");
  });

  it("does not take inherited names for actions", async () => {
    const answer = await post(aws, { "x-amz-target": `${ecrTarget}.constructor` });

    expect(answer.text).toContain("UnknownOperationException");
  });

  it.each(["{not json", "[1]", '"text"'])("refuses the body %s with SerializationException", async (body) => {
    const answer = await post(aws, { "x-amz-target": `${ecrTarget}.DescribeRepositories` }, body);

    expect(answer.status).toBe(400);
    expect(answer.text).toContain('"__type":"SerializationException"');
  });

  it("refuses members of the wrong type", async () => {
    const answer = await post(
      aws,
      { "x-amz-target": `${ecrTarget}.DescribeRepositories` },
      '{"repositoryNames":"shop-api"}',
    );

    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/SerializationException|InvalidParameterException/);
    expect(answer.text).toContain("repositoryNames");
  });

  describe("asks who calls", () => {
    const target = { "x-amz-target": `${ecrTarget}.DescribeRepositories` };

    it("refuses unsigned calls", async () => {
      const json = await post(aws, { ...target, authorization: undefined });
      const query = await post(
        aws,
        { ...formHeaders, authorization: undefined },
        "Action=GetCallerIdentity&Version=2011-06-15",
      );

      expect([json.status, json.text]).toEqual([
        400,
        expect.stringContaining("MissingAuthenticationTokenException"),
      ]);
      expect([query.status, query.text]).toEqual([
        403,
        expect.stringContaining("<Code>MissingAuthenticationToken<"),
      ]);
    });

    it.each([
      [
        "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-central-1/ecr/aws4_request",
        "requires 'Signature' parameter",
      ],
      [
        "AWS4-HMAC-SHA256 Credential=AKIA, SignedHeaders=host, Signature=00",
        "exactly 5 slash-delimited elements",
      ],
      ["Basic QVdTOng=", "Unsupported AWS 'algorithm': 'Basic'"],
    ])("refuses the header %s", async (authorization, reason) => {
      const answer = await post(aws, { ...target, authorization });

      expect(answer.status).toBe(400);
      expect(answer.text).toContain("IncompleteSignatureException");
      expect(answer.text).toContain(reason);
    });

    it("reads key and region from the credential scope", async () => {
      await post(aws, { ...target, authorization: signed("AKIAOTHER", "ap-south-1").authorization });

      expect(aws.calls.of("ecr")[0]).toMatchObject({ accessKeyId: "AKIAOTHER", region: "ap-south-1" });
    });

    it("refuses keys nobody created when told to", async () => {
      await using strict = await startSimulatedAws({ unknownKeys: "reject" });

      const answer = await post(strict, target);

      expect(answer.text).toContain("UnrecognizedClientException");
    });
  });

  it("remembers each call with its outcome", async () => {
    await post(
      aws,
      { "x-amz-target": `${ecrTarget}.DescribeRepositories` },
      '{"repositoryNames":["missing"]}',
    );

    expect(aws.calls.of("ecr", "DescribeRepositories")).toEqual([
      expect.objectContaining({
        input: { repositoryNames: ["missing"] },
        status: 400,
        errorCode: "RepositoryNotFoundException",
        applied: false,
      }),
    ]);
  });

  it("closes at once while a client keeps its connection", async () => {
    const own = await startSimulatedAws();
    await post(own, { "x-amz-target": `${ecrTarget}.DescribeRepositories` });

    await own.close();

    await expect(post(own, {})).rejects.toThrow("fetch failed");
  });

  it("says which port is taken", async () => {
    const port = Number(new URL(aws.url).port);

    await expect(startSimulatedAws({ port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken`);
  });
});

const formHeaders = { "content-type": "application/x-www-form-urlencoded" };
