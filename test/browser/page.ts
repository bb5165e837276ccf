/** What the page runs: it answers, and writes that where the test finds it. */
import { answers } from './answers.ts';

/** As much of a page as is used here. Tests are compiled without the types of a browser. */
declare const document: { getElementById(id: string): { textContent: string } | null };

/** Whether the page's policy is in force: it forbids to make code of text. */
function refusesEval(): boolean {
  try {
    return Function('return false')();
  } catch {
    return true;
  }
}

const element = document.getElementById('answers');
// Encoded, so that the text is the same whichever way a page is written out.
if (element !== null)
  element.textContent = encodeURIComponent(
    JSON.stringify({ refusesEval: refusesEval(), answers: answers() }),
  );
