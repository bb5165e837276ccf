import type { Named, Reader } from '../document/index.ts';
import type { Journey, PlanValue } from './schema.ts';

/** What a plan can get wrong about how it is drilled, as far as its own words tell. */
export function checkDrilling(plan: PlanValue, reader: Reader): void {
  for (const journey of plan.journeys) checkTries(plan, journey, reader);
}

function checkTries({ drill: said }: PlanValue, { name, value }: Named<Journey>, reader: Reader): void {
  if (value.try === undefined) return;
  if (value.match === undefined && value.broken?.includes('match') !== true)
    reader.report('try-without-match', value.try[0]?.offset ?? 0, { journey: name });
  for (const one of value.try) {
    if (one.session !== undefined && said?.session === undefined && said?.broken === undefined)
      reader.report('try-without-session', one.offset, { journey: name });
    const isTold = `${one.send.path} ${one.body ?? ''}`.includes('{unique}');
    if (one.once !== undefined && !isTold && one.broken === undefined)
      reader.report('once-without-unique', one.offset, { journey: name });
  }
}
