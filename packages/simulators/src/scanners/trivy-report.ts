import type { PlantedVulnerability, ScannerWorld } from "./world.ts";

/** The report that Trivy writes with `--format json` (aquasecurity/trivy: integration/testdata/alpine-310.json.golden). */
export function trivyDocument(image: string, world: ScannerWorld): object {
  const system = { Family: "alpine", Name: "3.21.3", ...(world.endOfLife && { EOSL: true }) };
  return {
    SchemaVersion: 2,
    CreatedAt: "2026-11-20T12:20:30.000000005Z",
    ArtifactName: image,
    ArtifactType: "container_image",
    Metadata: {
      ...(world.packages === "some" && { OS: system }),
      ImageID: "sha256:961769676411f082461f9ef46626dd7a2d1e2b2a38e6a44364bcbecf51e66dd4",
      DiffIDs: ["sha256:03901b4a2ea88eeaad62dbe59b072b28b6efa00491962b8741081c5df50c65e0"],
    },
    // Go's omitempty: an image without known packages has no Results at all.
    ...(world.packages === "some" && {
      Results: [
        {
          Target: `${image} (alpine 3.21.3)`,
          Class: "os-pkgs",
          Type: "alpine",
          ...(world.vulnerabilities.length > 0 && { Vulnerabilities: world.vulnerabilities.map(detected) }),
        },
      ],
    }),
  };
}

function detected(planted: PlantedVulnerability): object {
  const { id, package: name, installed, fixed, alias, target } = planted;
  return {
    VulnerabilityID: id,
    ...(alias && { VendorIDs: [alias] }),
    PkgID: `${name}@${installed}`,
    PkgName: name,
    ...(target && { PkgPath: target }),
    PkgIdentifier: { PURL: `pkg:apk/alpine/${name}@${installed}?arch=x86_64&distro=3.21.3` },
    InstalledVersion: installed,
    ...(fixed && { FixedVersion: fixed }),
    Status: fixed ? "fixed" : "affected",
    Layer: { DiffID: "sha256:03901b4a2ea88eeaad62dbe59b072b28b6efa00491962b8741081c5df50c65e0" },
    SeveritySource: "nvd",
    PrimaryURL: `https://avd.aquasec.com/nvd/${id.toLowerCase()}`,
    DataSource: { ID: "alpine", Name: "Alpine Secdb", URL: "https://secdb.alpinelinux.org/" },
    Title: `${name}: a flaw`,
    Description: `A flaw in ${name}.\nIt has more than one line.`,
    // Trivy knows no NEGLIGIBLE; it says LOW for what Debian calls unimportant.
    Severity: planted.severity === "negligible" ? "LOW" : planted.severity.toUpperCase(),
    References: [`https://nvd.nist.gov/vuln/detail/${id}`],
  };
}
