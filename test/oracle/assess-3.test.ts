import { agreesWithBruteForce } from './assess-range.ts';

agreesWithBruteForce(1000, 1500);
