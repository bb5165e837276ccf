import { Tokenizer } from 'htmlparser2';
import { EndpointReader } from './bundle.ts';
import { readStyle } from './page-style.ts';
import { kindOfLink, readPolicy } from './page-headers.ts';
import type { References } from './references.ts';

/** A value longer than this is not read at all. @unit characters */
const MOST_IN_VALUE = 16_384;
/** Read of one style element. @unit characters */
const MOST_IN_STYLE = 262_144;
/** Read at once; a name that is longer than this is none. @unit characters */
const PIECE = 16_384;
/** The rest of the attributes of an element is not read. */
const MOST_ATTRIBUTES = 100;
/** Of the attributes of an element, the first of a name counts, as in browsers. */
type Attributes = Map<string, string>;

/**
 * Reads a page piece by piece as a browser's tokenizer would, and collects the hosts that it names. No tree is built, so depth costs nothing;
 * what is held at any time is one element and the pieces that it began in.
 */
export class PageReader {
  /** URLs of the scripts that it loads, in its order, with their queries. At most 200. */
  readonly scripts: URL[] = [];
  private readonly references: References;
  private readonly tokenizer: Tokenizer;
  private readonly inline: EndpointReader;
  private readonly data: EndpointReader;
  private base: string;
  private hasBase = false;
  // The last two pieces, in which what is being read began.
  private before = '';
  private now = '';
  private beforeAt = 0;
  private element = '';
  private attributes: Attributes = new Map();
  private attribute = '';
  private value = '';
  private textOf: 'script' | 'data' | 'style' | undefined;
  /** Templates that are open: what is in one is inert until a script takes it out. */
  private templates = 0;
  private noscripts = 0;
  private style = '';
  private waiting = '';

  /** @param url of the page */
  constructor(url: URL, references: References) {
    this.base = url.href;
    this.references = references;
    this.inline = new EndpointReader('html', references);
    this.data = new EndpointReader('html', references, true);
    this.tokenizer = new Tokenizer(
      { decodeEntities: true },
      {
        onopentagname: (start, end) => this.open(this.textAt(start, end).toLowerCase()),
        onattribname: (start, end) => this.name(this.textAt(start, end).toLowerCase()),
        onattribdata: (start, end) => this.add(this.textAt(start, end)),
        onattribentity: (point) => this.add(String.fromCodePoint(point)),
        onattribend: () => this.keep(),
        onopentagend: () => this.judge(),
        onselfclosingtag: () => this.judge(),
        onclosetag: (start, end) => this.close(this.textAt(start, end).toLowerCase()),
        ontext: (start, end) => this.text(start, end),
        ontextentity: () => {},
        oncdata: () => {},
        oncomment: () => {},
        ondeclaration: () => {},
        onprocessinginstruction: () => {},
        onend: () => this.closeText(),
      },
    );
  }

  write(text: string): void {
    this.waiting += text;
    if (this.waiting.length >= PIECE) this.flush();
  }

  end(): void {
    this.flush();
    this.tokenizer.end();
    this.inline.end();
    this.data.end();
  }

  private flush(): void {
    const text = this.waiting;
    this.waiting = '';
    this.beforeAt += this.before.length;
    this.before = this.now;
    this.now = text;
    this.tokenizer.write(text);
  }

  /** Empty where it begins before the last two pieces: names are not that long. */
  private textAt(start: number, end: number): string {
    const at = start - this.beforeAt;
    if (at < 0) return '';
    const length = this.before.length;
    if (at >= length) return this.now.slice(at - length, end - this.beforeAt - length);
    return (
      this.before.slice(at, end - this.beforeAt) +
      this.now.slice(0, Math.max(0, end - this.beforeAt - length))
    );
  }

  private open(element: string): void {
    this.element = element;
    this.attributes = new Map();
  }

  private name(name: string): void {
    this.attribute = name;
    this.value = '';
  }

  private add(text: string): void {
    if (this.value.length <= MOST_IN_VALUE) this.value += text.slice(0, MOST_IN_VALUE + 1);
  }

  private keep(): void {
    const { attributes, attribute, value } = this;
    if (attributes.size < MOST_ATTRIBUTES && !attributes.has(attribute))
      attributes.set(attribute, value.length > MOST_IN_VALUE ? '' : value);
  }

  private judge(): void {
    const { element, attributes } = this;
    this.textOf = undefined;
    if (element === 'template') this.templates++;
    if (element === 'noscript') this.noscripts++;
    if (element === '' || this.templates > 0) return;
    if (element === 'style') this.textOf = 'style';
    // A browser runs no block of data, nor loads what its `src` names (HTML, section 4.12.1).
    const isData = element === 'script' && !isCode(attributes);
    if (element === 'script') this.textOf = isData ? 'data' : 'script';
    const url = attributes.get('src');
    const { base } = this;
    switch (element) {
      case 'base': {
        const href = attributes.get('href');
        if (!this.hasBase && href !== undefined && URL.canParse(href, base)) {
          this.hasBase = true;
          const read = new URL(href, base);
          if (/^https?:$/.test(read.protocol)) this.base = read.href;
        }
        return;
      }
      case 'script':
        if (url !== undefined && isData)
          this.references.addUrl('script', url, 'html', { base, within: 'data-block' });
        // Where scripts run, nothing in a `noscript` does; where none do, its scripts do not either.
        else if (url !== undefined && this.noscripts === 0) this.script(url);
        return;
      case 'link':
        this.link();
        return;
      case 'img':
      case 'input':
      case 'source':
      case 'video':
      case 'audio':
        if (url !== undefined) this.references.addUrl('image', url, 'html', { base });
        return;
      case 'iframe':
      case 'frame':
      case 'embed':
        if (url !== undefined) this.references.addUrl('frame', url, 'html', { base });
        return;
      case 'object':
        if (attributes.has('data'))
          this.references.addUrl('frame', attributes.get('data') ?? '', 'html', { base });
        return;
      case 'a':
        this.anchor();
        return;
      case 'meta':
        if (attributes.get('http-equiv')?.toLowerCase() === 'content-security-policy')
          readPolicy(attributes.get('content') ?? '', 'html', this.references);
    }
  }

  private script(url: string): void {
    const isPinned = (this.attributes.get('integrity') ?? '') !== '';
    const read = this.references.addUrl('script', url, 'html', { base: this.base, isPinned });
    if (read !== undefined && this.scripts.length < 200) this.scripts.push(read);
  }

  private link(): void {
    const { attributes, base } = this;
    const rel = (attributes.get('rel') ?? '').toLowerCase().trim().split(/\s+/);
    const kind = kindOfLink(rel, attributes.get('as')?.toLowerCase());
    const href = attributes.get('href');
    if (kind === undefined || href === undefined) return;
    const isPinned = kind === 'style' && (attributes.get('integrity') ?? '') !== '';
    if (kind === 'script') this.script(href);
    else this.references.addUrl(kind, href, 'html', { base, isPinned });
  }

  /** Where it leads matters only for what a platform runs beside itself: its status page, its support. */
  private anchor(): void {
    const href = this.attributes.get('href');
    if (href === undefined || href.length > MOST_IN_VALUE || !URL.canParse(href, this.base)) return;
    const { hostname, pathname } = new URL(href, this.base);
    if (isOfStatus(hostname, pathname)) this.references.addUrl('link', href, 'html', { base: this.base });
  }

  private text(start: number, end: number): void {
    if (this.textOf === undefined) return;
    const text = this.textAt(start, end);
    if (this.textOf === 'script') this.inline.write(text);
    else if (this.textOf === 'data') this.data.write(text);
    else if (this.style.length < MOST_IN_STYLE) this.style += text.slice(0, MOST_IN_STYLE);
  }

  private close(element: string): void {
    this.closeText();
    if (element === 'template' && this.templates > 0) this.templates--;
    if (element === 'noscript' && this.noscripts > 0) this.noscripts--;
  }

  private closeText(): void {
    if (this.textOf === 'style') readStyle(this.style, this.base, this.references);
    if (this.textOf === 'script') this.inline.write('\n');
    if (this.textOf === 'data') this.data.write('\n');
    this.style = '';
    this.textOf = undefined;
  }
}

/**
 * Of a script: code, a module, what tells the browser where modules are and what to load early, or code that a script of the page runs later
 * (Rocket Loader, Partytown). The rest is a block of data, such as JSON-LD, or waits for a consent that nobody may give.
 */
function isCode(attributes: Attributes): boolean {
  const language = attributes.get('language') ?? '';
  const type = attributes.get('type') ?? (language === '' ? '' : `text/${language}`);
  const essence = type.trim().toLowerCase();
  return essence === '' || CODE_TYPES.has(essence) || JAVASCRIPT.test(essence);
}

const CODE_TYPES: ReadonlySet<string> = new Set([
  'module',
  'importmap',
  'speculationrules',
  'text/partytown',
]);
/** Types that are JavaScript to browsers (MIME Sniffing, section 4.6), and how Rocket Loader writes them. */
const JAVASCRIPT =
  /^(?:application|text)\/(?:x-)?(?:java|ecma)script$|^text\/(?:javascript1\.[0-5]|jscript|livescript)$|^[\da-f]{8,64}-(?:text\/javascript|application\/javascript|module)$/;

/** A host or a path that by its words is a status page or a help desk. */
function isOfStatus(hostname: string, pathname: string): boolean {
  return (
    hostname
      .split(/[.-]/)
      .some((word) => /^(?:status|statuspage|uptime|support|help|helpdesk)$/.test(word)) ||
    /(?:status|instatus|betteruptime|betterstack|uptimerobot)\.(?:io|com)$/.test(hostname) ||
    /^\/(?:system-?)?status\/?$/.test(pathname)
  );
}
