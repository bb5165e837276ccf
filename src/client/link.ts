import type { NodeLink } from '../pool/index.ts';

/** A link that can be ended: all that is under way comes to nothing at once, and so does what is asked afterwards. */
export interface ClosableLink extends NodeLink {
  close(): void;
}
