import { dirname } from 'node:path';
import type { FullSourceOptions, Look, Source } from './source.ts';
import { FileTaker } from './take-file.ts';
import { watchHint } from './watch-hint.ts';

/** One file, under one name. */
export class FileSource implements Source {
  readonly words: string;
  private readonly taker: FileTaker;

  constructor(file: string, options: FullSourceOptions) {
    this.words = file;
    this.taker = new FileTaker(options);
  }

  look(signal: AbortSignal): Promise<Look> {
    return this.taker.take(this.words, signal);
  }

  forget(): void {
    this.taker.forget();
  }

  watch(hint: () => void): () => void {
    return watchHint(dirname(this.words), hint);
  }
}
