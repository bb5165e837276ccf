export {
  Controller,
  type ControllerOptions,
  type ControlListener,
  type JourneyState,
} from './controller.ts';
export { eventSignals, referenceSignals, type Signals } from './network.ts';
