import { getScalarValue, parseEvents, YAMLException, type Event } from 'js-yaml';
import { problem, type Problem } from '../problems.ts';

/** A node of a YAML document with the offset at which it stands in the text. */
export type Node = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly at: number;
  readonly text: string;
  /** Written without quotes: only then may it be a number, a boolean or null. */
  readonly plain: boolean;
}

export interface ListNode {
  readonly kind: 'list';
  readonly at: number;
  readonly items: readonly Node[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly at: number;
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly key: string;
  readonly at: number;
  readonly value: Node;
}

/** Where offsets of a file's text lie. Plain data, so that a plan can carry it. */
export interface Source {
  readonly file: string;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
}

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

export function placeOf(source: Source, at: number): Place {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return { file: source.file, line: low + 1, column: at - (source.lineStarts[low] ?? 0) + 1 };
}

/** Deepest nesting that is read. @unit levels */
const MAX_DEPTH = 64;
/** Most nodes a document may stand for once its aliases are followed. */
const MAX_NODES = 1_000_000;
const MAX_PROBLEMS = 70;

export interface ParsedDocument {
  readonly source: Source;
  /** Offsets at which a problem has been said already: what stands there is not judged again. */
  readonly broken: ReadonlySet<number>;
  /** Undefined where the text could not be read to its end. Where it could, what is wrong with it stands in `problems`. */
  readonly root: Node | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Reads one YAML (or JSON) document into nodes that know their offsets. Never throws on bad text: what is wrong comes
 * back as problems. Aliases are followed within bounds; tags, merge keys and further documents are refused.
 */
export function parseDocument(text: string, file: string): ParsedDocument {
  const source: Source = { file, lineStarts: findLines(text) };
  try {
    const events = parseEvents(text, { maxDepth: MAX_DEPTH });
    return new TreeBuilder(text, source).build(events);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const at = error.mark?.position ?? 0;
    const found =
      error.reason.includes('maxDepth') || error.reason.includes('nesting')
        ? problem('nesting-too-deep', placeOf(source, at), { limit: MAX_DEPTH })
        : problem('yaml-syntax', placeOf(source, at), { reason: error.reason });
    return { source, broken: new Set(), root: undefined, problems: [found] };
  }
}

interface OpenNode {
  readonly node: { kind: 'list'; at: number; items: Node[] } | { kind: 'map'; at: number; entries: Entry[] };
  readonly anchor: string | undefined;
  readonly seen: Set<string> | undefined;
  key: { text: string; at: number } | undefined;
  size: number;
}

/** Turns the parser's flat events into nodes, one pass, with an explicit stack. */
class TreeBuilder {
  private readonly text: string;
  private readonly source: Source;
  private readonly problems: Problem[] = [];
  private readonly open: OpenNode[] = [];
  private readonly anchors = new Map<string, { node: Node; size: number } | 'open'>();
  private root: Node | undefined;
  private documents = 0;
  /** Problems that are not said. */
  private more = 0;
  private firstIsMarked = false;
  private tooLarge = false;
  private readonly broken = new Set<number>();
  /** Where the last token stood that has a place. */
  private last = 0;

  constructor(text: string, source: Source) {
    this.text = text;
    this.source = source;
  }

  build(events: readonly Event[]): ParsedDocument {
    for (const event of events) {
      this.take(event);
      if (this.tooLarge) break;
    }
    // A marker alone is no document either.
    const nothing = this.root?.kind === 'scalar' && this.root.plain && this.root.text === '';
    if ((this.root === undefined || nothing) && this.problems.length === 0)
      this.problems.push(problem('empty-document', placeOf(this.source, 0), {}));
    const last = this.problems.at(-1);
    if (this.more > 0 && last !== undefined) {
      const { file, line, column } = last;
      this.problems.push(
        problem('more-problems', { file, line, column }, { errors: this.more, warnings: 0 }),
      );
    }
    return {
      source: this.source,
      broken: this.broken,
      root: this.tooLarge || nothing ? undefined : this.root,
      problems: this.problems,
    };
  }

  private take(event: Event): void {
    switch (event.type) {
      case 1: {
        this.documents++;
        if (this.documents === 1) this.firstIsMarked = event.explicitStart;
        if (this.documents === 2) this.report('several-documents', this.secondMarker(), {});
        const node = { kind: 'list' as const, at: 0, items: [] };
        this.open.push({ node, anchor: undefined, seen: undefined, key: undefined, size: 0 });
        return;
      }
      case 2:
      case 3: {
        this.refuseTag(event);
        this.last = event.start;
        const anchor = this.anchorOf(event);
        if (anchor !== undefined) this.anchors.set(anchor, 'open');
        this.open.push(
          event.type === 2
            ? {
                node: { kind: 'list', at: event.start, items: [] },
                anchor,
                seen: undefined,
                key: undefined,
                size: 1,
              }
            : {
                node: { kind: 'map', at: event.start, entries: [] },
                anchor,
                seen: new Set(),
                key: undefined,
                size: 1,
              },
        );
        return;
      }
      case 4: {
        this.refuseTag(event);
        // An empty value has no place of its own: it stands where its key does.
        const empty = event.valueStart < 0;
        const at = empty ? this.placeOfNothing() : event.valueStart - (event.style === 1 ? 0 : 1);
        this.last = at;
        const node: ScalarNode = {
          kind: 'scalar',
          at,
          text: getScalarValue(this.text, event),
          plain: event.style === 1,
        };
        const anchor = this.anchorOf(event);
        if (anchor !== undefined) this.anchors.set(anchor, { node, size: 1 });
        this.add(node, 1);
        return;
      }
      case 5: {
        const name = this.text.slice(event.anchorStart, event.anchorEnd);
        const target = this.anchors.get(name);
        if (target === 'open') this.report('alias-of-itself', event.anchorStart, { name });
        else if (target === undefined) this.report('alias-unknown', event.anchorStart, { name });
        const stand: ScalarNode = { kind: 'scalar', at: event.anchorStart, text: '', plain: true };
        this.last = event.anchorStart;
        if (target === undefined || target === 'open') {
          this.broken.add(event.anchorStart);
          this.add(stand, 1);
        } else {
          // A scalar is judged where it is used, a collection where it is written.
          const node =
            target.node.kind === 'scalar' ? { ...target.node, at: event.anchorStart } : target.node;
          this.add(node, target.size, event.anchorStart);
        }
        return;
      }
      default: {
        const closed = this.open.pop();
        if (closed === undefined) return;
        if (this.open.length === 0) {
          if (this.documents === 1 && closed.node.kind === 'list') this.root = closed.node.items[0];
          return;
        }
        if (closed.anchor !== undefined)
          this.anchors.set(closed.anchor, { node: closed.node, size: closed.size });
        this.add(closed.node, closed.size);
      }
    }
  }

  private add(node: Node, size: number, at = node.at): void {
    const parent = this.open[this.open.length - 1];
    if (parent === undefined) return;
    parent.size += size;
    if (parent.size > MAX_NODES) {
      this.tooLarge = true;
      this.report('aliases-too-large', at, { limit: MAX_NODES });
      return;
    }
    if (parent.node.kind === 'list') {
      parent.node.items.push(node);
    } else if (parent.key === undefined) {
      if (node.kind !== 'scalar') {
        this.report('key-not-a-name', at, {});
        this.broken.add(at);
      }
      parent.key = { text: node.kind === 'scalar' ? node.text : '', at };
    } else {
      const { text, at: keyAt } = parent.key;
      parent.key = undefined;
      if (parent.seen?.has(text) === true) {
        this.report('duplicate-key', keyAt, { key: text });
        return;
      }
      parent.seen?.add(text);
      parent.node.entries.push({ key: text, at: keyAt, value: node });
    }
  }

  /** Where an empty value stands: with its key, else after the token before it. */
  private placeOfNothing(): number {
    const key = this.open.at(-1)?.key;
    if (key !== undefined) return key.at;
    // The sign that announces the missing value comes after whatever stood before.
    const inMap = this.open.at(-1)?.node.kind === 'map';
    const sign = inMap ? /:/g : /-/g;
    sign.lastIndex = this.last;
    return sign.exec(this.text)?.index ?? this.last;
  }

  /** Where the marker of the second document stands. */
  private secondMarker(): number {
    const marker = /^---(?=\s|$)/gm;
    if (this.firstIsMarked) marker.exec(this.text);
    return marker.exec(this.text)?.index ?? 0;
  }

  private anchorOf(event: { anchorStart: number; anchorEnd: number }): string | undefined {
    return event.anchorStart < 0 ? undefined : this.text.slice(event.anchorStart, event.anchorEnd);
  }

  private refuseTag(event: { tagStart: number; tagEnd: number }): void {
    if (event.tagStart >= 0)
      this.report('tag-not-supported', event.tagStart, {
        tag: this.text.slice(event.tagStart, event.tagEnd),
      });
  }

  private report(...[code, at, args]: Report): void {
    if (this.problems.length < MAX_PROBLEMS)
      this.problems.push(problem(code, placeOf(this.source, at), args as never));
    else this.more++;
  }
}

type Report =
  | [code: 'several-documents' | 'key-not-a-name', at: number, args: object]
  | [code: 'alias-of-itself' | 'alias-unknown', at: number, args: { name: string }]
  | [code: 'aliases-too-large', at: number, args: { limit: number }]
  | [code: 'duplicate-key', at: number, args: { key: string }]
  | [code: 'tag-not-supported', at: number, args: { tag: string }];

/** Lines end with LF, CR LF or CR. */
export function findLines(text: string): number[] {
  const starts = [0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
  }
  return starts;
}
