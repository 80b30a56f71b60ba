import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { expect, it } from "@jest/globals";
import { manualClock } from "#ship/kit";
import { createLogs } from "#ship/simulators";
import { served } from "../served.ts";

it("the simulated CloudWatch Logs serve the AWS SDK in the forms of the official model", async () => {
  const clock = manualClock();
  const front = await served(createLogs({ clock, region: "eu-central-1", accountId: "123456789012" }));
  const client = new CloudWatchLogsClient(front.client);
  const stream = { logGroupName: "/shop", logStreamName: "api/api/1" };
  try {
    await client.send(new CreateLogGroupCommand({ logGroupName: "/shop" }));
    await client.send(new CreateLogStreamCommand(stream));
    await client.send(
      new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: clock.now(), message: "hello" }] }),
    );

    const read = await client.send(new GetLogEventsCommand({ ...stream, startFromHead: true }));
    expect(read.events).toMatchObject([{ message: "hello", timestamp: clock.now() }]);
    const found = await client.send(
      new FilterLogEventsCommand({ logGroupName: "/shop", filterPattern: "hello" }),
    );
    expect(found.events).toMatchObject([{ logStreamName: "api/api/1", message: "hello" }]);
    const groups = await client.send(new DescribeLogGroupsCommand({}));
    expect(groups.logGroups).toMatchObject([{ logGroupName: "/shop", creationTime: clock.now() }]);
    const streams = await client.send(
      new DescribeLogStreamsCommand({ logGroupName: "/shop", orderBy: "LastEventTime" }),
    );
    expect(streams.logStreams).toMatchObject([{ logStreamName: "api/api/1" }]);
    await expect(
      client.send(new GetLogEventsCommand({ ...stream, logStreamName: "none" })),
    ).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    expect(front.violations).toEqual([]);
  } finally {
    client.destroy();
    await front.close();
  }
});
