/** The parts of the house and which part a file belongs to. */

/** What a package is, which decides whom it may import. */
export type Role = "action" | "domain" | "provider" | "kit" | "workshop";

const roles: Readonly<Record<string, Role>> = {
  kit: "kit",
  delivery: "domain",
  images: "domain",
  migrations: "domain",
  mobile: "domain",
  aws: "provider",
  google: "provider",
  apple: "provider",
  play: "provider",
  docker: "provider",
  prometheus: "provider",
  github: "provider",
  // Programs that run beside the actions and are never bundled into one.
  simulators: "workshop",
  rehearsal: "workshop",
};

/** The part a source file is in: `folder` is `packages/kit` or `actions/deploy-ecs`, always with `/`. */
export interface Part {
  readonly name: string;
  readonly folder: string;
  readonly role: Role;
}

/** The role of the package `name`; `undefined` when the house does not know it. */
export function roleOf(name: string): Role | undefined {
  return Object.hasOwn(roles, name) ? roles[name] : undefined;
}

/** The part that `file` (relative to the repository, with `/`) belongs to; `undefined` outside actions and packages. */
export function partOf(file: string): Part | undefined {
  const [top, name] = file.split("/");
  if (name === undefined) return undefined;
  if (top === "actions") return { name, folder: `actions/${name}`, role: "action" };
  const role = top === "packages" ? roleOf(name) : undefined;
  return role === undefined ? undefined : { name, folder: `packages/${name}`, role };
}
