export { FAULTS, findFault } from './catalogue.ts';
export { openControl, type Control, type ControlOptions } from './api/control.ts';
export type * from './fault.ts';
export { type CountsView, FaultProxy, type ProxyView } from './fault-proxy.ts';
export { FaultServer, type FaultServerOptions } from './fault-server.ts';
export { faultText } from './described.ts';
export { Refusal } from './refusal.ts';
export type { Toxic, ToxicView } from './toxic.ts';
