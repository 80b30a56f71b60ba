/** Base address of a registry. Those on the loopback interface speak plain HTTP, as Docker itself assumes (docker docs, insecure registries). */
export function registryAddress(registry: string): string {
  if (registry === "docker.io") return "https://registry-1.docker.io";
  const scheme = isLoopback(registry.replace(/:\d+$/, "")) ? "http" : "https";
  return `${scheme}://${registry}`;
}

/** True where a secret may be sent: over TLS, or without leaving this machine. */
export function isConfidential(address: URL): boolean {
  return address.protocol === "https:" || (address.protocol === "http:" && isLoopback(address.hostname));
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
