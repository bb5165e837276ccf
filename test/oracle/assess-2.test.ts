import { agreesWithBruteForce } from './assess-range.ts';

agreesWithBruteForce(500, 1000);
