/** Lengths of a drawing, in CSS pixels at a font of 12 px. */

/** The height of a box in which nothing lies. */
export const ROW = 24;
/** Between boxes that share no group. */
export const GAP = 10;
/** Between boxes of one group. */
export const INNER_GAP = 5;
/** What an edge that passes through a layer takes of it. */
export const LANE = 6;
/** Around a drawing, and between a group and what lies in it. */
export const PADDING = 8;
/** The height of a group's name. */
export const HEAD = 20;
/** Between layers: room for edges. */
export const CHANNEL = 56;
/** How far an edge within a layer swings out. */
export const ARC = 22;
/** The mean width of a character. */
export const CHARACTER = 6.7;
/** Beside a name, on both sides together, with room for a mark. */
export const MARGIN = 32;
export const LEAST_WIDTH = 64;
/** Longer names are cut by whoever draws them. */
export const MOST_WIDTH = 180;
