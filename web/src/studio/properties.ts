/**
 * Custom properties of an element. Svelte's own `style:` would bring its parser of styles into the
 * file that every page loads, also those of the library.
 */
export function properties(
  given: Readonly<Record<`--${string}`, string | number | undefined>>,
): (element: HTMLElement) => void {
  return (element) => {
    for (const [name, value] of Object.entries(given)) {
      if (value === undefined) element.style.removeProperty(name);
      else element.style.setProperty(name, String(value));
    }
  };
}
