/** Whether a path fits `/api/orders/**`: parts, `*` for any one, `**` at the end for any number of them. */
export type PathTest = (path: string) => boolean;

/** Compiles the pattern of a plan. */
export function pathTest(pattern: string): PathTest {
  if (pattern === '/**') return () => true;
  const isOpen = pattern.endsWith('/**');
  const head = isOpen ? pattern.slice(0, -3) : pattern;
  if (!head.includes('*')) {
    if (!isOpen) return (path) => path === head;
    const inside = `${head}/`;
    return (path) => path === head || path.startsWith(inside);
  }
  const parts = head
    .slice(1)
    .split('/')
    .map((part) => (part === '*' ? '[^/]+' : literal(part)));
  const whole = new RegExp(`^/${parts.join('/')}${isOpen ? '(/.*)?' : ''}$`);
  return (path) => whole.test(path);
}

function literal(part: string): string {
  return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
