import type { Time } from '../../time.ts';
import type { Copied } from './private-copy.ts';

/** Where the guarded file comes from. */
export interface Source {
  /** Where, for people. */
  readonly words: string;
  /** Looks once. Never rejects: what goes wrong is said. Two looks never run at once. */
  look(signal: AbortSignal): Promise<Look>;
  /** Forgets what it has seen: the next look finds what is there anew. */
  forget(): void;
  /** Calls when it may be worth to look. A hint alone: who hears nothing looks all the same. @returns ends it */
  watch?(hint: () => void): () => void;
}

export type Look =
  | { readonly kind: 'same' }
  /** A private copy; what stands beside it, where there is something, is at the copy's path with `beside`. */
  | (Copied & { readonly kind: 'new'; readonly name: string; readonly isAccompanied: boolean })
  /** Somebody writes it: worth to look again soon. */
  | { readonly kind: 'unsettled'; readonly why: string }
  /** It cannot be had. Nothing follows from that but that it is said. */
  | { readonly kind: 'gone'; readonly why: string }
  /** More than may be: none of it is kept. Said once for each such file. */
  | { readonly kind: 'too-large'; readonly why: string };

export type SourcePlace =
  | { readonly kind: 'file'; readonly file: string }
  /** `match`: a name in which `*` is any text, `?` any character. */
  | { readonly kind: 'folder'; readonly folder: string; readonly match: string }
  | {
      readonly kind: 'url';
      readonly url: URL;
      /** Reads the token anew each time, so that it may be changed. @default none is sent */
      readonly token?: (() => string) | undefined;
      /** In PEM. @default the system's */
      readonly authority?: string | undefined;
    };

export interface SourceOptions {
  /** Where copies are made. */
  readonly incoming: string;
  /** @unit bytes */
  readonly mostBytes: number;
  /** How long a file has to stand still before it is read. @unit ms @default 200 */
  readonly settleMs?: number;
  /** Of one look at a URL, all of it. @unit ms @default 60_000 */
  readonly timeoutMs?: number;
  /** What a file that belongs to it ends with after its own name: a signature. @default none is looked for */
  readonly beside?: string | undefined;
  readonly time?: Time;
}

export type FullSourceOptions = Required<SourceOptions>;
