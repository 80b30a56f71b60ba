import { describe, expect, it } from "@jest/globals";
import { withChanges } from "../../../../packages/aws/src/ecs/task-definition/containers.ts";

const body = {
  family: "shop",
  containerDefinitions: [
    { name: "api", image: "shop:1", environment: [{ name: "A", value: "1" }] },
    { name: "proxy", image: "proxy:1" },
  ],
};

describe("putting changes into a task definition", () => {
  it("sets each container's image and leaves the others", () => {
    const images = new Map([["proxy", "proxy:2"]]);
    expect(withChanges(body, { images, environment: new Map() })).toEqual({
      ...body,
      containerDefinitions: [body.containerDefinitions[0], { name: "proxy", image: "proxy:2" }],
    });
  });

  it("replaces variables in place, adds new ones, and keeps the rest", () => {
    const environment = new Map([["api", { B: "a=b=c", A: "2" }]]);
    expect(withChanges(body, { images: new Map(), environment })).toMatchObject({
      containerDefinitions: [
        {
          environment: [
            { name: "A", value: "2" },
            { name: "B", value: "a=b=c" },
          ],
        },
        { name: "proxy" },
      ],
    });
  });

  it("leaves a variable alone that is called like a member of every object", () => {
    const odd = {
      ...body,
      containerDefinitions: [{ name: "api", environment: [{ name: "constructor", value: "1" }] }],
    };
    const environment = new Map([["api", { A: "1" }]]);
    expect(withChanges(odd, { images: new Map(), environment })["containerDefinitions"]).toEqual([
      {
        name: "api",
        environment: [
          { name: "constructor", value: "1" },
          { name: "A", value: "1" },
        ],
      },
    ]);
  });

  it("does not touch what it was given", () => {
    const before = structuredClone(body);
    withChanges(body, { images: new Map([["api", "shop:2"]]), environment: new Map() });
    expect(body).toEqual(before);
  });

  it("refuses a container that is not there, naming those that are", () => {
    const images = new Map([["app", "shop:2"]]);
    expect(() => withChanges(body, { images, environment: new Map() })).toThrow(
      'The task definition shop has no container app; its containers are api, proxy. The nearest to "app" is "api".',
    );
  });
});
