import type { EvidenceRow } from '../../src/evidence/index.ts';
import { printable } from '../../src/problems.ts';

/** Most sources of one row that are shown; printing shows all. */
const MOST = 4;

/** Who says so, since when, and how sure that is. */
export function Sources({ row, all = false }: { readonly row: EvidenceRow; readonly all?: boolean }) {
  if (row.sources.length === 0)
    return (
      <span class="quiet">
        {row.basis === 'assumed'
          ? '– assumed'
          : row.basis === 'plan'
            ? `– the plan says so${row.line === null ? '' : `, line ${row.line}`}`
            : ''}
      </span>
    );
  const shown = all ? row.sources : row.sources.slice(0, MOST);
  return (
    <span class="sources">
      {shown.map((source, i) => (
        <span key={i} class="source">
          {source.source === null ? (
            <span class="quiet">no source</span>
          ) : (
            <SourceName text={source.source} />
          )}
          <span class="quiet">
            {source.date === null ? ', undated' : `, ${source.date}`}
            {source.confidence === null ? '' : `, ${source.confidence} confidence`}
            {source.basis === null ? '' : `, ${printable(source.basis)}`}
          </span>
        </span>
      ))}
      {row.sources.length > shown.length && (
        <span class="quiet">and {row.sources.length - shown.length} more</span>
      )}
    </span>
  );
}

/** A link only where it is one to the web: nothing that a plan says is ever run. */
export function SourceName({ text, name = text }: { readonly text: string; readonly name?: string }) {
  const link = webAddress(text);
  const shown = printable(name).replace(/^https?:\/\//, '');
  return link === undefined ? (
    <span>{shown}</span>
  ) : (
    <a href={link} rel="noopener noreferrer nofollow" target="_blank">
      {shown}
    </a>
  );
}

function webAddress(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text)) return undefined;
  try {
    return new URL(text).href;
  } catch {
    return undefined;
  }
}
