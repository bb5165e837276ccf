import { agreesWithBruteForce } from './assess-range.ts';

agreesWithBruteForce(0, 500);
