import type { ComponentChildren } from 'preact';
import { printable } from '../../src/problems.ts';
import type { Asked } from '../report.tsx';

/** What stands in place of an answer: that it is being found, or why there is none. */
export function Waiting({
  asked,
  children,
}: {
  readonly asked: Pick<Asked<unknown>, 'error'>;
  readonly children: ComponentChildren;
}) {
  return asked.error === undefined ? (
    <p class="quiet">{children}</p>
  ) : (
    <p class="error" role="alert">
      {printable(asked.error)}
    </p>
  );
}
