import type { Assessment } from '../../src/assess/index.ts';
import type { Ground, Scene } from '../scene.ts';

/** What every view is given: what is drawn, how it stands now, and the figures of it. */
export interface Shown {
  readonly ground: Ground;
  readonly scene: Scene;
  readonly assessment: Assessment;
  /** The figures are those of what is shown, and not of what was shown before. */
  readonly isFresh: boolean;
}
