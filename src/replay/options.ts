import type { Catalog } from '../catalog/index.ts';
import type { EffectOptions } from './effects.ts';

export interface ReplayOptions extends EffectOptions {
  /** Whether pools that are short serve what they can, core first. @default true */
  readonly shedding?: boolean;
  /** Whether to replay again what could have been otherwise and what would have helped. @default true */
  readonly details?: boolean;
  /** Where second providers are looked for. @default no changes that need one are tried */
  readonly catalog?: Catalog;
}
