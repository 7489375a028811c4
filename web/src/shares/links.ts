/** The address that opens a shared recording. */
export function linkOf(token: string): string {
  return new URL(`s/${token}`, document.baseURI).href;
}
