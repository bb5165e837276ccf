import type { PageReference, ReferenceKind } from '../crawl.ts';
import { hostName } from '../hosts.ts';
import { redactPath } from './redact.ts';

type Where = PageReference['where'];

/** Collects the hosts that a page names, each once a kind, place and path, up to a bound. */
export class References {
  private readonly found = new Map<string, PageReference>();
  private readonly most: number;
  /** More were named than are kept. */
  isFull = false;

  constructor(most: number) {
    this.most = most;
  }

  /** Of a URL that is read as browsers do. What is no URL of the web is passed over. */
  addUrl(
    kind: ReferenceKind,
    url: string,
    where: Where,
    {
      base,
      isPinned = false,
      within,
      isBegun = false,
    }: {
      readonly base?: string;
      readonly isPinned?: boolean;
      readonly within?: PageReference['within'];
      readonly isBegun?: boolean;
    } = {},
  ): URL | undefined {
    if (url.length > MOST_IN_URL || !URL.canParse(url, base)) return undefined;
    const read = new URL(url, base);
    if (!/^(?:https?|wss?):$/.test(read.protocol)) return undefined;
    const host = hostName(read.hostname);
    if (host === undefined) return undefined;
    this.add({
      kind,
      host,
      path: redactPath(read.pathname),
      where,
      ...(isPinned ? { isPinned: true } : {}),
      ...(within === undefined ? {} : { within }),
      ...(isBegun ? { isBegun: true } : {}),
    });
    return read;
  }

  add(reference: PageReference): void {
    const {
      kind,
      host,
      path,
      where,
      directive = '',
      isPinned = false,
      within = '',
      isBegun = false,
    } = reference;
    const key = [kind, host, path, where, directive, isPinned, within, isBegun].join(' ');
    if (this.found.has(key)) return;
    if (this.found.size < this.most) this.found.set(key, reference);
    else this.isFull = true;
  }

  /** In the order in which they were first named. */
  get all(): readonly PageReference[] {
    return [...this.found.values()];
  }
}

const MOST_IN_URL = 8_192;
