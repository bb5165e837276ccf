import { boxesByEvent, type Box, type BoxState, type PlatformMap } from '../map/index.ts';

/** What a map says beside what stands on what. */
export interface MapTextOptions {
  /** What the map is of. */
  readonly title?: string;
  /** Ids of events that alone take a journey down: the boxes that fail by them are marked. @default none */
  readonly singlePoints?: ReadonlySet<string>;
  /** How each box stands, by its number. @default all work */
  readonly standing?: readonly Standing[];
}

export interface Standing {
  readonly kind: BoxState['kind'];
  /** What is in use instead: a mode, an alternative. */
  readonly note?: string;
}

/** A box as a format is to show it. */
export interface MarkedBox {
  readonly box: Box;
  readonly index: number;
  /** Numbers of the boxes that lie in it. */
  readonly inside: readonly number[];
  readonly isSinglePoint: boolean;
  readonly kind: Standing['kind'];
  /** Its name, then what is marked, in words: colours and lines are never all that says it. */
  readonly lines: readonly string[];
}

export function markedBoxes(map: PlatformMap, options: MapTextOptions): MarkedBox[] {
  const { boxes } = map;
  const inside: number[][] = boxes.map(() => []);
  for (const [b, { parent }] of boxes.entries()) inside[parent]?.push(b);
  const single = new Set([...(options.singlePoints ?? [])].flatMap(boxesByEvent(map)));
  return boxes.map((box, index) => {
    const { kind, note } = options.standing?.[index] ?? { kind: 'works' };
    const isSinglePoint = single.has(index);
    return {
      box,
      index,
      inside: inside[index] ?? [],
      isSinglePoint,
      kind,
      lines: [
        box.label,
        ...(isSinglePoint ? ['single point'] : []),
        ...(kind === 'works' ? [] : [note ?? (kind === 'failed' ? 'failed' : 'falls back')]),
      ],
    };
  });
}

/** The edges that say more than the nesting does: not those from a box to one around it. */
export function shownEdges({ boxes, edges }: PlatformMap): PlatformMap['edges'] {
  return edges.filter(({ from, to }) => {
    for (let at = from; at >= 0; at = boxes[at]?.parent ?? -1) if (at === to) return false;
    return true;
  });
}
