export {
  Controller,
  type ControllerOptions,
  type GrowthChange,
  type ControlListener,
} from './controller.ts';
export type { JourneyState } from './journeys.ts';
export { eventSignals, referenceSignals, type Signals } from './signals.ts';
