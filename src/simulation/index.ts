export { EventQueue } from './event-queue.ts';
export { OutageProcess } from './outage-process.ts';
