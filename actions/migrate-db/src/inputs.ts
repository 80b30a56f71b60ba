import {
  duration,
  type InputValues,
  keyValues,
  oneOf,
  optional,
  type Run,
  readInputs,
  required,
  text,
} from "#ship/kit";

const definitions = {
  "database-url": required(text(/^postgres(?:ql)?:\/\//, "postgresql://user:password@host:port/database"), {
    secret: "secret",
  }),
  directory: required(text()),
  mode: required(oneOf("apply", "plan")),
  table: required(text(/^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?$/, "a table name, or schema.name")),
  wait: required(duration()),
  "lock-timeout": required(duration({ min: 100 })),
  resolve: optional(keyValues()),
};

/** The inputs of migrate-db. */
export type MigrateInputs = Omit<InputValues<typeof definitions>, "resolve"> & {
  readonly resolve: Readonly<Record<string, "applied" | "reverted">>;
};

/** Reads and checks the inputs. @throws ShipError `INPUT_INVALID` */
export function readMigrateInputs(run: Run): MigrateInputs {
  const resolve: Record<string, "applied" | "reverted"> = {};
  const values = readInputs(run.environment, run.redaction, definitions, (read, problem) => {
    for (const [version, as] of Object.entries(read.resolve ?? {})) {
      if (/^\d+$/.test(version) && (as === "applied" || as === "reverted")) resolve[version] = as;
      else problem("resolve", `"${version}=${as}" is not version=applied or version=reverted`);
    }
  });
  for (const password of passwordsOf(values["database-url"])) run.redaction.add(password);
  return { ...values, resolve };
}

/** The password as it is written in the URL and as the database gets it; a database may show either in its own messages. */
function passwordsOf(url: string): string[] {
  const address = URL.parse(url);
  if (!address) return [];
  const written = [address.password, address.searchParams.get("password") ?? ""].filter(Boolean);
  return written.flatMap((password) => [password, decoded(password)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
