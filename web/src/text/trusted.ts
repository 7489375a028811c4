// TypeScript's own types do not have them yet.
interface Policies {
  createPolicy(
    name: string,
    rules: { createHTML: (html: string) => string },
  ): { createHTML(html: string): string };
}

declare global {
  var trustedTypes: Policies | undefined; // some browsers have none
}

const policy = globalThis.trustedTypes?.createPolicy("service-html", {
  createHTML: (html) => html,
});

/** HTML that the service made, for a browser whose content policy asks who made it. */
export function fromService(html: string): string {
  return policy?.createHTML(html) ?? html;
}
