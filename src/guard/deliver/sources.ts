import { systemTime } from '../../time.ts';
import { FileSource } from './file-source.ts';
import { FolderSource } from './folder-source.ts';
import { HttpSource } from './http-source.ts';
import type { FullSourceOptions, Source, SourceOptions, SourcePlace } from './source.ts';

export function sourceAt(place: SourcePlace, options: SourceOptions): Source {
  const full: FullSourceOptions = {
    settleMs: 200,
    timeoutMs: 60_000,
    beside: undefined,
    time: systemTime(),
    ...options,
  };
  switch (place.kind) {
    case 'file':
      return new FileSource(place.file, full);
    case 'folder':
      return new FolderSource(place.folder, place.match, full);
    case 'url':
      return new HttpSource(place, full);
  }
}
