/** What one container of a stopped task left behind. */
export interface StoppedContainer {
  readonly name: string;
  /** Absent when the container never ran. */
  readonly exitCode?: number;
  readonly reason?: string;
}

/** A turn in the life of a simulated ECS service or task. Services are `cluster/service`, definitions `family:revision`. */
export type EcsEvent =
  | {
      readonly kind: "deployment started";
      readonly service: string;
      readonly taskDefinition: string;
      readonly strategy: string;
    }
  | {
      readonly kind: "rollback started";
      readonly service: string;
      readonly taskDefinition: string;
      readonly reason: string;
    }
  | {
      readonly kind: "deployment ended";
      readonly service: string;
      /** Of the revision that was deployed, whether it serves now or not. */
      readonly taskDefinition: string;
      readonly status: string;
      readonly reason?: string;
    }
  | {
      readonly kind: "task stopped";
      readonly task: string;
      /** `service:<name>` or `family:<name>`. */
      readonly group: string;
      readonly taskDefinition: string;
      readonly stopCode: string;
      readonly reason: string;
      readonly containers: readonly StoppedContainer[];
    };

/** A listener rule forwards with other weights than before. */
export interface WeightEvent {
  readonly kind: "weights changed";
  readonly ruleArn: string;
  readonly listenerArn: string;
  /** Relative weight by target group ARN. */
  readonly weights: ReadonlyMap<string, number>;
}

/** What happened in the simulated account, whoever caused it. */
export type WorldEvent = EcsEvent | WeightEvent;

/** Tells of events as they happen. */
export interface WorldEvents {
  /** Tells `listener` of every further event. Answers a function that ends it. */
  follow(listener: (event: WorldEvent) => void): () => void;
  tell(event: WorldEvent): void;
}

/** Creates {@link WorldEvents} that nobody follows yet. */
export function createWorldEvents(): WorldEvents {
  const listeners = new Set<(event: WorldEvent) => void>();
  return {
    follow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell(event) {
      for (const listener of listeners) listener(event);
    },
  };
}
