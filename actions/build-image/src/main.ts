import { runAction } from "#ship/kit";
import { readImageInputs } from "./inputs.ts";
import { checkSources, createdAt, imageRequest, logins } from "./request.ts";

const configState = "docker-config";

await runAction({
  async main(run) {
    const inputs = readImageInputs(run);
    const images = await import("#ship/images");
    const { github } = run.environment;
    const draft = imageRequest(inputs, {}, run);
    checkSources(draft);
    const tagged = images.taggedImages(draft);
    const version = tagged[0]?.tag ?? github.sha;
    const labels = images.ociLabels(github, version, createdAt(run), inputs.labels ?? {});
    if (inputs["dry-run"]) return images.reportImage(images.plannedImage(tagged), labels);

    const { chooseEngine, createDockerConfig, readJobLogins } = await import("#ship/docker");
    const registries = [...new Set(tagged.map(({ repository }) => repository.registry))];
    const job = await readJobLogins(run.environment, run.exec);
    const config = await createDockerConfig(
      run.environment,
      inputs.push ? await logins(inputs, registries, job, run) : [],
      job,
    );
    run.saveState(configState, config.directory);
    const { clock, log, signal } = run;
    const { exec, environment } = run;
    const engine = await chooseEngine("auto", { exec, environment, config, clock, log }, signal);
    const registry = images.createRegistryClient({
      fetch: run.fetch,
      clock,
      login: config.login,
    });
    const outcome = await images.buildImage({ ...draft, labels }, { engine, registry, clock, log, signal });
    await engine.close();
    await config.remove();
    return images.reportImage(outcome, labels);
  },
  async post(run) {
    const { removeDockerConfig } = await import("#ship/docker");
    await removeDockerConfig(run.state(configState));
  },
});
