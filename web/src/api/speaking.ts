/** What asks the service to say what went wrong in the language of the page. */
export function inPageLanguage(): { "Accept-Language": string } {
  return { "Accept-Language": document.documentElement.lang };
}
