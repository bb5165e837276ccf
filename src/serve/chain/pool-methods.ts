import { methodRule } from '../../chain/index.ts';

/** What every method is called that is not known: whoever asks could make up as many as they like. */
export const OTHER_METHOD = 'other';

/** What a method is called where there may only be few different ones. @param allow those that the plan offers beyond what is known */
export function methodLabel(method: string, allow: ReadonlySet<string> | undefined): string {
  if (allow?.has(method) === true) return method;
  const rule = methodRule(method);
  // Of these a whole namespace is known, whatever comes after it.
  return rule === undefined || rule.kind === 'unasked' || rule.kind === 'refused' ? OTHER_METHOD : method;
}

/** What is asked for, as far as it says how long an answer takes. */
export type MethodClass = 'block' | 'state' | 'call' | 'transaction' | 'logs' | 'proof' | 'send' | 'other';

const CALLS: ReadonlySet<string> = new Set(['eth_call', 'eth_estimateGas', 'eth_createAccessList']);

/** One of a few classes, whatever the method. */
export function classOf(method: string): MethodClass {
  const rule = methodRule(method);
  if (rule?.kind === 'broadcast') return 'send';
  if (rule?.kind !== 'read') return 'other';
  if (CALLS.has(method)) return 'call';
  switch (rule.shape) {
    case 'block':
    case 'uncle':
      return 'block';
    case 'transaction':
    case 'receipt':
    case 'receipts':
      return 'transaction';
    case 'logs':
      return 'logs';
    case 'proof':
      return 'proof';
    default:
      return rule.cache === 'state' ? 'state' : 'other';
  }
}
