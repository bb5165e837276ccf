import type { ReferenceKind } from '../crawl.ts';
import { hostName } from '../hosts.ts';
import { redactPath } from './redact.ts';
import type { References } from './references.ts';

const MOST_IN_POLICY = 65_536;
/** Directives that say who may use the page, not what the page uses. */
const OF_OTHERS = new Set(['frame-ancestors', 'navigate-to', 'sandbox', 'plugin-types']);

/** The hosts that a Content-Security-Policy lets the page use; a host that stands for all below it is `*.host`. */
export function readPolicy(policy: string, where: 'html' | 'header', references: References): void {
  for (const directive of policy.slice(0, MOST_IN_POLICY).split(/[;,]/)) {
    const [name = '', ...sources] = directive.trim().split(/\s+/);
    // What is written otherwise is no directive (Content Security Policy 3, section 2.2.1).
    if (!/^[a-z-]{1,40}$/i.test(name) || OF_OTHERS.has(name.toLowerCase())) continue;
    for (const source of sources) {
      const [, wildcard = '', host = '', path = ''] =
        /^(?:(?:https?|wss?):\/\/)?(\*\.)?([^:/'*]+)(?::(?:\d+|\*))?(\/[!-~]*)?$/i.exec(source) ?? [];
      const known = hostName(host);
      if (known === undefined) continue;
      references.add({
        kind: 'policy',
        host: wildcard + known,
        path: redactPath(path.split(/[?#]/, 1)[0] ?? ''),
        where,
        directive: name.toLowerCase(),
      });
    }
  }
}

/** What the header `Link` (RFC 8288) has the browser connect to or load. @param base of the page */
export function readLinks(value: string, base: string, references: References): void {
  for (const [, url = '', parameters = ''] of value.slice(0, MOST_IN_POLICY).matchAll(/<([^<>]*)>([^<]*)/g)) {
    const words = /;\s*rel\s*=\s*"?([^";,]{1,200})/i.exec(parameters)?.[1]?.toLowerCase().split(/\s+/) ?? [];
    const as = /;\s*as\s*=\s*"?([a-z-]{1,20})/i.exec(parameters)?.[1]?.toLowerCase();
    const kind = kindOfLink(words, as);
    if (kind !== undefined) references.addUrl(kind, url, 'header', { base });
  }
}

/** What a link of these relations makes a browser do; undefined where it is nothing of ours. */
export function kindOfLink(rel: readonly string[], as: string | undefined): ReferenceKind | undefined {
  if (rel.includes('stylesheet')) return 'style';
  if (rel.includes('modulepreload')) return 'script';
  if (rel.includes('preload') || rel.includes('prefetch')) return KIND_OF_AS.get(as ?? '') ?? 'data';
  if (rel.includes('preconnect') || rel.includes('dns-prefetch')) return 'preconnect';
  if (rel.includes('manifest')) return 'manifest';
  if (rel.includes('icon') || rel.includes('apple-touch-icon')) return 'image';
  return undefined;
}

const KIND_OF_AS: ReadonlyMap<string, ReferenceKind> = new Map([
  ['script', 'script'],
  ['worker', 'script'],
  ['style', 'style'],
  ['font', 'font'],
  ['image', 'image'],
  ['document', 'frame'],
]);
