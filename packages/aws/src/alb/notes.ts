import {
  AddTagsCommand,
  DescribeTagsCommand,
  type ElasticLoadBalancingV2Client,
  RemoveTagsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Notes, TargetNotes } from "#ship/delivery";
import type { AwsSession } from "../session.ts";
import { keptOrFleeting } from "./fleeting-notes.ts";

/** IAM actions of notes kept as tags. */
export const tagPermissions = {
  read: "elasticloadbalancing:DescribeTags",
  set: "elasticloadbalancing:AddTags",
  remove: "elasticloadbalancing:RemoveTags",
} as const;

const prefix = "ship:";
/** ELBv2 API: a tag's value has 256 characters at most. A longer text goes on in `<name>.2`, after this mark. */
const longestValue = 256;
const goesOn = "+";

/** Keeps notes as tags of a listener rule or a listener, beside those of others. */
export function createTagNotes(
  session: AwsSession,
  client: ElasticLoadBalancingV2Client,
  arn: string,
): TargetNotes {
  const never = new AbortController().signal;
  const tags = async (signal: AbortSignal): Promise<ReadonlyMap<string, string>> => {
    const answer = await session.call(
      tagPermissions.read,
      (abortSignal) => client.send(new DescribeTagsCommand({ ResourceArns: [arn] }), { abortSignal }),
      { signal },
    );
    const all = answer.TagDescriptions?.[0]?.Tags ?? [];
    return new Map(
      all.flatMap(({ Key = "", Value = "" }) =>
        Key.startsWith(prefix) ? [[Key.slice(prefix.length), Value] as const] : [],
      ),
    );
  };

  const kept: TargetNotes = {
    read: async (signal = never) => joined(await tags(signal)),
    async set(notes, signal = never) {
      const Tags = Object.entries(notes)
        .flatMap(([name, text]) => divided(name, text))
        .map(([name, Value]) => ({ Key: `${prefix}${name}`, Value }));
      await session.call(
        tagPermissions.set,
        (abortSignal) => client.send(new AddTagsCommand({ ResourceArns: [arn], Tags }), { abortSignal }),
        { signal },
      );
    },
    async remove(names, signal = never) {
      const present = [...(await tags(signal)).keys()].filter((key) => names.includes(nameOf(key)));
      if (present.length === 0) return;
      const TagKeys = present.map((key) => `${prefix}${key}`);
      await session.call(
        tagPermissions.remove,
        (abortSignal) =>
          client.send(new RemoveTagsCommand({ ResourceArns: [arn], TagKeys }), { abortSignal }),
        { signal },
      );
    },
  };
  return keptOrFleeting(kept, session.log);
}

function nameOf(key: string): string {
  return key.replace(/\.\d+$/, "");
}

function divided(name: string, text: string): readonly (readonly [key: string, value: string])[] {
  const room = longestValue - goesOn.length;
  const count = Math.max(1, Math.ceil(text.length / room));
  return Array.from({ length: count }, (_, index) => {
    const part = text.slice(index * room, (index + 1) * room);
    return [index === 0 ? name : `${name}.${index + 1}`, index + 1 < count ? part + goesOn : part];
  });
}

/** Parts that an earlier, longer text left behind are not read: nothing refers to them. */
function joined(tags: ReadonlyMap<string, string>): Notes {
  const whole = (name: string, index: number): string => {
    const part = tags.get(index === 1 ? name : `${name}.${index}`) ?? "";
    return part.endsWith(goesOn) ? part.slice(0, -goesOn.length) + whole(name, index + 1) : part;
  };
  const names = [...tags.keys()].filter((key) => nameOf(key) === key);
  return Object.fromEntries(names.map((name) => [name, whole(name, 1)]));
}
