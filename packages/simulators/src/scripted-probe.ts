import type { Probe } from "./elbv2/index.ts";
import type { ContainerRuntime } from "./ports.ts";
import type { ScriptedRuntime } from "./runtime/scripted.ts";

/** True for a runtime whose containers only exist on paper, so that nothing can be asked over HTTP. */
export function isScripted(runtime: ContainerRuntime): runtime is ScriptedRuntime {
  return "probe" in runtime && "script" in runtime;
}

/** Health checks of load balancers as the scripts of a scripted runtime want them answered. */
export function scriptedProbe(runtime: ScriptedRuntime): Probe {
  return async ({ host, port }) => {
    switch (runtime.probe({ host, port })) {
      case "healthy":
        return { kind: "status", status: 200 };
      case "unhealthy":
        return { kind: "status", status: 500 };
      case "absent":
        return { kind: "connection failed" };
    }
  };
}
