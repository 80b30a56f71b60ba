import type { PlantedVulnerability, ScannerWorld } from "./world.ts";

/** The report that Grype writes with `-o json` (anchore/grype: presenter/json/testdata/snapshot/TestJsonImgsPresenter.golden). */
export function grypeDocument(image: string, world: ScannerWorld): object {
  return {
    matches: world.vulnerabilities.map(match),
    source: {
      type: "image",
      target: {
        userInput: image,
        imageID: "sha256:ab5608d634db2716a297adbfa6a5dd5d8f8f5a7d0cab73649ea7fbb8c8da544f",
        manifestDigest: "sha256:ca738abb87a8d58f112d3400ebb079b61ceae7dc290beb34bda735be4b1941d5",
        mediaType: "application/vnd.docker.distribution.manifest.v2+json",
        tags: [],
        imageSize: 65,
        layers: [],
        repoDigests: [],
        architecture: "amd64",
        os: "linux",
      },
    },
    distro:
      world.packages === "some"
        ? { name: "debian", version: "12", idLike: [] }
        : { name: "", version: "", idLike: null },
    descriptor: { name: "grype", version: "0.116.0", timestamp: "2026-11-20T12:20:30Z" },
  };
}

function match(planted: PlantedVulnerability): object {
  const { id, alias, severity, package: name, installed, fixed, target } = planted;
  return {
    vulnerability: {
      id,
      dataSource: `https://security-tracker.debian.org/tracker/${id}`,
      namespace: "debian:distro:debian:12",
      severity: `${severity.charAt(0).toUpperCase()}${severity.slice(1)}`,
      urls: [],
      description: `A flaw in ${name}.\nIt has more than one line.`,
      cvss: [],
      fix: { versions: fixed ? [fixed] : [], state: fixed ? "fixed" : "not-fixed" },
      advisories: [],
      risk: 1.68,
    },
    relatedVulnerabilities: alias
      ? [{ id: alias, dataSource: "", namespace: "nvd:cpe", severity: "High", urls: [], cvss: [] }]
      : [],
    matchDetails: [{ type: "exact-direct-match", matcher: "dpkg-matcher", searchedBy: {}, found: {} }],
    artifact: {
      id: "a246fd2054833c93",
      name,
      version: installed,
      type: "deb",
      locations: [{ path: target ?? "/var/lib/dpkg/status", accessPath: target ?? "/var/lib/dpkg/status" }],
      language: "",
      licenses: [],
      cpes: [],
      purl: `pkg:deb/debian/${name}@${installed}`,
      upstreams: [],
    },
  };
}
