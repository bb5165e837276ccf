/** The map of a platform: what stands on what, where everything is drawn, and how it stands when something has failed. */
export { mapOf, type Box, type BoxKind, type Edge, type EdgeKind, type PlatformMap } from './graph.ts';
export { layoutOf, type Layout, type Place, type Point } from './layout.ts';
export { boxStates, type BoxState } from './state.ts';
export { boxesByEvent } from './events.ts';
