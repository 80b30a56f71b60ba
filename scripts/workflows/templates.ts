/** Checks the properties files beside the workflow templates, which GitHub shows in its chooser. */
import { z } from "zod";

const pattern = z.string().refine(isPattern, "is not a regular expression");
// https://docs.github.com/actions/how-tos/reuse-automations/create-workflow-templates
const properties = z.strictObject({
  name: z.string().min(1),
  description: z.string().min(1),
  creator: z.string().optional(),
  iconName: z.string().optional(),
  categories: z.array(z.string()).optional(),
  filePatterns: z.array(pattern).optional(),
});

/** Checks a folder of templates given as file name → text; answers complaints. */
export function checkTemplates(files: ReadonlyMap<string, string>): string[] {
  const complaints: string[] = [];
  for (const [file, text] of files) {
    if (/\.ya?ml$/.test(file)) {
      const partner = file.replace(/\.ya?ml$/, ".properties.json");
      if (!files.has(partner))
        complaints.push(`${file}: ${partner} is missing; GitHub shows no template without it`);
    } else if (file.endsWith(".properties.json")) {
      const partner = file.replace(/\.properties\.json$/, "");
      if (!files.has(`${partner}.yml`) && !files.has(`${partner}.yaml`))
        complaints.push(`${file}: there is no ${partner}.yml`);
      complaints.push(...problemsIn(text).map((problem) => `${file}: ${problem}`));
    }
  }
  return complaints;
}

function problemsIn(text: string): string[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  const parsed = properties.safeParse(content);
  return parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`.trim());
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
