/** The project a simulation stands for. */
export interface Project {
  /** For example `acme-shop`. */
  readonly id: string;
  /** For example `123456789012`. */
  readonly number: string;
}

/** Resource name of a Cloud Run service. */
export function serviceName(project: string, location: string, service: string): string {
  return `projects/${project}/locations/${location}/services/${service}`;
}
