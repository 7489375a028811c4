/** What the service does by itself once a recording is made or a job has ended. */
const OPERATIONS = new Set(["embed", "renditions", "vendor_deletion", "webhook"]);

/** One that failed is no background job: it is shown with its reason. */
export function isBackground(job: { operation: string; state: string }): boolean {
  return OPERATIONS.has(job.operation) && job.state !== "failed";
}
