export {
  Controller,
  type ControllerOptions,
  type Progress,
  type SwitchConduct,
  type GrowthChange,
  type ControlListener,
} from './controller.ts';
export type { JourneyState } from './journeys.ts';
export { eventSignals, liveSignals, referenceSignals, type LiveSignals, type Signals } from './signals.ts';
