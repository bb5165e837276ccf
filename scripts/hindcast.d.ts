import type { Hindcast } from '../src/replay/hindcast.ts';

/** The hindcast of the built program, as plain data. */
export declare function hindcastOf(root: string): Promise<Hindcast>;
