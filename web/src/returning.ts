/**
 * Scrolls to where a page was left as soon as its contents make it long enough, unless somebody
 * scrolls before. Returns a function that ends it.
 */
export function returning(to: number): () => void {
  const scope = new AbortController();
  const observer = new ResizeObserver(() => {
    scrollTo(0, to);
    if (Math.abs(scrollY - to) < 2) end();
  });
  const end = () => {
    scope.abort();
    observer.disconnect();
  };
  for (const type of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    addEventListener(type, end, { signal: scope.signal, passive: true });
  }
  observer.observe(document.body);
  return end;
}
