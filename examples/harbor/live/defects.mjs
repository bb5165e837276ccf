// What can be wrong with Harbor's parts although its plan says otherwise, one at a time: live.mjs --defect NAME, or while it runs
// POST /defect/NAME and /defect/none to its switchboard. A drill is to find each of them, and to say which part of the plan is not true.

export const DEFECTS = {
  'empty-standby': 'the second site answers requests of the order book with 200 and nothing',
  dashboard: 'users can be moved among the edges only by the dashboard of the edge that has failed',
  'lying-health': 'the second site says that its order book is well, and fails every request to it',
  'hasty-return':
    'the DNS moves users back to the first edge as soon as that answers, whatever the plan holds',
  'shared-disk': 'both sites write to one disk, which is at the first',
  'endless-retries': 'the first edge asks again and again until the gateway answers well',
  'ageless-snapshot': 'the first edge says of every snapshot that it has just been made',
  'bare-fallback': 'the second edge blocks nothing, whatever it is paid for',
  'doubled-write': 'the second site places every order twice',
  'willing-edge':
    'the first edge makes every order one that only rests in the book, so that modes that take only those take all',
};

/** What the steerer and the DNS are started with: no order gives it to them later. */
export const FROM_THE_START = ['dashboard', 'hasty-return'];

let planted = process.env.DEFECT;

/** Whether a part is to have a defect. */
export const has = (name) => planted === name;

/** @param name `none` for a part that is as the plan says */
export function plant(name) {
  planted = name;
}
