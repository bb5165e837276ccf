import { agreesWithBruteForce } from './assess-range.ts';

agreesWithBruteForce(1500, 2000);
