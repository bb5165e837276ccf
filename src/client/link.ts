import type { NodeLink } from '../pool/index.ts';

/** A link that can be ended with all that is under way: nothing is heard of it after that. */
export interface ClosableLink extends NodeLink {
  close(): void;
}
