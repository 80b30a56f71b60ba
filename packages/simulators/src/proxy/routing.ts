import type { IncomingMessage } from "node:http";
import { BlockList, isIPv4 } from "node:net";
import type { Condition, Rule } from "../elbv2/model.ts";
import { matchesPattern } from "./pattern.ts";

/** The first rule, in the order given, whose conditions all hold for a request. */
export function chooseRule(rules: readonly Rule[], incoming: IncomingMessage): Rule | undefined {
  return rules.find((rule) => rule.conditions.every((condition) => holds(condition, incoming)));
}

/**
 * Whether one condition holds. Hosts, header values and query strings are compared without regard to case, paths and
 * methods with (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html).
 */
function holds(condition: Condition, incoming: IncomingMessage): boolean {
  switch (condition.field) {
    case "host-header": {
      const host = (incoming.headers.host ?? "").replace(/:\d+$/, "");
      return condition.values.some((pattern) => matchesPattern(pattern, host, "any case"));
    }
    case "path-pattern": {
      const path = (incoming.url ?? "/").replace(/\?.*$/s, "");
      return condition.values.some((pattern) => matchesPattern(pattern, path, "same case"));
    }
    case "http-header": {
      const value = incoming.headers[condition.headerName.toLowerCase()];
      const text = Array.isArray(value) ? value.join(", ") : value;
      if (text === undefined) return false;
      return condition.values.some((pattern) => matchesPattern(pattern, text, "any case"));
    }
    case "http-request-method":
      return condition.values.includes(incoming.method ?? "");
    case "query-string": {
      const query = new URLSearchParams((incoming.url ?? "").split("?").slice(1).join("?"));
      return condition.pairs.some((wanted) =>
        [...query].some(
          ([key, value]) =>
            (wanted.key === undefined || matchesPattern(wanted.key, key, "any case")) &&
            matchesPattern(wanted.value, value, "any case"),
        ),
      );
    }
    case "source-ip":
      return inNetworks(incoming.socket.remoteAddress ?? "", condition.values);
  }
}

function inNetworks(address: string, networks: readonly string[]): boolean {
  const plain = address.replace(/^::ffff:/, "");
  const family = isIPv4(plain) ? "ipv4" : "ipv6";
  return networks.some((network) => {
    const [base = "", length] = network.split("/");
    if (isIPv4(base) !== (family === "ipv4")) return false;
    const list = new BlockList();
    list.addSubnet(base, Number(length ?? (family === "ipv4" ? 32 : 128)), family);
    return list.check(plain, family);
  });
}
