import type { RequestListener } from "node:http";
import type { ContainerSpec } from "../ports.ts";
import type { Script } from "./script.ts";

/**
 * What a scripted container answers over HTTP: 200 and its image's name, or 500 from an unhealthy one. A share of errors
 * strikes business requests only, evenly spread rather than drawn by chance, so that 5 % is 5 of every 100.
 */
export function scriptedAnswer({ image }: ContainerSpec, script: Script): RequestListener {
  const share = script.does === "runs" ? (script.errorShare ?? 0) : 0;
  let owed = 0;
  const failsNext = () => {
    owed += share;
    // The sum of many small shares misses a whole number by a rounding error.
    if (owed < 1 - 1e-9) return false;
    owed -= 1;
    return true;
  };
  return (request, response) => {
    request.resume();
    const isCheck = request.headers["user-agent"]?.startsWith("ELB-HealthChecker/") === true;
    const fails = script.does === "unhealthy" || (!isCheck && failsNext());
    response.writeHead(fails ? 500 : 200, { "content-type": "text/plain; charset=utf-8" });
    response.end(`${image}${fails ? " fails" : ""}\n`);
  };
}
