/**
 * Loads the page again when whoever serves it says that a plan was saved; the link keeps what was looked at.
 *
 * @param of what the page was made of: a plan that is saved between the page and its first event is not missed
 * @returns what ends it
 */
export function reloadWhenSaved(of: string): () => void {
  const events = new EventSource(`events?${new URLSearchParams({ of })}`);
  events.addEventListener('saved', () => location.reload());
  return () => events.close();
}
