import { memo } from 'preact/compat';
import { useCallback, useMemo, useRef, useState } from 'preact/hooks';
import type { Assessment } from '../../src/assess/index.ts';
import { boxesByEvent, type Box, type Place, type Point } from '../../src/map/index.ts';
import { printable } from '../../src/problems.ts';
import { useReport } from '../report.tsx';
import type { BoxLook, Ground } from '../scene.ts';
import type { Shown } from './shown.ts';
import { nextBox } from './walk.ts';

/** What the platform stands on. A click on a box fails it, and everything that stands on it follows. */
export function MapView({ ground, scene, assessment }: Shown) {
  const { view, act } = useReport();
  const { map, layout } = ground;
  const [scale, setScale] = useState<number | 'fit'>('fit');
  const marks = useMemo(() => marksOf(ground, assessment), [ground, assessment]);
  const selected = map.boxes.findIndex(({ id }) => id === view.selected);
  const svg = useRef<SVGSVGElement>(null);
  // The same function every time, so that boxes that did not change are not drawn again.
  const press = useCallback(
    (box: Box): void =>
      act(
        box.fails === null
          ? { kind: 'select', box: box.id }
          : { kind: 'toggle', name: box.fails, box: box.id },
      ),
    [act],
  );
  const walk = (event: KeyboardEvent): void => {
    const at = Math.max(0, selected);
    const box = map.boxes[at];
    if (box === undefined) return;
    if (event.key === 'Enter' || event.key === ' ') press(box);
    else {
      const next = nextBox(layout, at, event.key);
      if (next === undefined) return;
      act({ kind: 'select', box: map.boxes[next]?.id ?? null });
      svg.current?.querySelector<SVGElement>(`[data-box="${next}"]`)?.focus();
    }
    event.preventDefault();
  };
  return (
    <>
      <div class="map-tools no-print">
        <Legend />
        <span class="zoom">
          <button type="button" aria-label="Smaller" onClick={() => setScale(zoom(scale, 1 / 1.25))}>
            −
          </button>
          <button type="button" aria-pressed={scale === 'fit'} onClick={() => setScale('fit')}>
            Fit
          </button>
          <button type="button" aria-label="Larger" onClick={() => setScale(zoom(scale, 1.25))}>
            +
          </button>
        </span>
      </div>
      <div class="map-pane" tabIndex={-1}>
        {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no fieldset */}
        <svg
          ref={svg}
          role="group"
          aria-label="Map of what the platform stands on. Arrow keys move, Enter fails or heals, Escape heals all."
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          class={scale === 'fit' ? 'fit' : ''}
          width={scale === 'fit' ? undefined : layout.width * scale}
          height={scale === 'fit' ? undefined : layout.height * scale}
          style={
            scale === 'fit'
              ? { maxWidth: `${layout.width * 1.15}px`, minWidth: `${Math.min(layout.width * 0.8, 900)}px` }
              : {}
          }
          onKeyDown={walk}
        >
          <Groups ground={ground} />
          <Edges ground={ground} />
          <Broken ground={ground} looks={scene.boxes} />
          {selected >= 0 && <Touching ground={ground} selected={selected} />}
          {map.boxes.map((box, i) => (
            <MapBox
              key={box.id}
              number={i}
              box={box}
              place={layout.places[i] as Place}
              look={lookKey(box, scene.boxes[i], scene.modes[box.kind === 'journey' ? box.index : -1]?.kind)}
              says={box.kind === 'journey' ? (scene.modes[box.index]?.name ?? '') : ''}
              single={marks.single.get(i)?.join(', ') ?? ''}
              isShared={marks.shared.has(i)}
              isByHand={box.fails !== null && view.without.includes(box.fails)}
              isSelected={i === selected}
              isStop={i === Math.max(0, selected)}
              press={press}
            />
          ))}
        </svg>
      </div>
    </>
  );
}

function zoom(scale: number | 'fit', by: number): number {
  return Math.min(4, Math.max(0.2, (scale === 'fit' ? 1 : scale) * by));
}

/** A box's state in a word and a number, so that a box is drawn again only when that changes. */
function lookKey(box: Box, look: BoxLook | undefined, mode: string | undefined): string {
  if (box.kind === 'journey') return mode === 'down' ? 'failed' : mode === 'lower' ? 'fallback' : 'works';
  return look === undefined ? 'works' : look.inUse > 0 ? `${look.kind} ${look.inUse}` : look.kind;
}

interface MapBoxProps {
  readonly number: number;
  readonly box: Box;
  readonly place: Place;
  readonly look: string;
  readonly says: string;
  /** Journeys that it takes down alone. */
  readonly single: string;
  readonly isShared: boolean;
  readonly isByHand: boolean;
  readonly isSelected: boolean;
  /** Where the keyboard enters the map. */
  readonly isStop: boolean;
  readonly press: (box: Box) => void;
}

const MapBox = memo(function MapBox(props: MapBoxProps) {
  const { number, box, place, look, says, single, isShared, isByHand, isSelected, isStop, press } = props;
  const [state = 'works', inUse] = look.split(' ');
  const classes = ['box', box.kind, state];
  if (single !== '') classes.push('single');
  if (isShared) classes.push('shared');
  if (isSelected) classes.push('selected');
  const mark =
    state === 'failed'
      ? '✕'
      : inUse !== undefined
        ? `→${inUse}`
        : state === 'fallback'
          ? '◐'
          : state === 'weak'
            ? '▽'
            : '';
  const isGroup = box.kind === 'provider' || box.kind === 'region' || box.kind === 'zone';
  const height = isGroup ? Math.min(place.height, 20) : place.height;
  const marks = [single === '' ? '' : '●', isShared ? '◆' : '', mark].filter((one) => one !== '').join(' ');
  const room = Math.floor((place.width - 14 - marks.length * 9) / 6.6);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a part of a drawing cannot be a button element
    <g
      class={classes.join(' ')}
      role="button"
      tabIndex={isStop ? 0 : -1}
      data-box={number}
      data-id={box.id}
      data-state={state}
      aria-pressed={box.fails === null ? isSelected : isByHand}
      aria-label={spoken(box, state, inUse, says, single, isShared)}
      transform={`translate(${place.x} ${place.y})`}
      onClick={() => press(box)}
    >
      <title>{printable(box.id)}</title>
      <rect width={place.width} height={height} rx="3" />
      <text x="7" y={isGroup ? 14 : 16}>
        {shorten(printable(box.label), room)}
      </text>
      {marks !== '' && (
        <text class="mark" x={place.width - 6} y={isGroup ? 14 : 16} text-anchor="end">
          {marks}
        </text>
      )}
    </g>
  );
});

function shorten(label: string, room: number): string {
  return label.length <= room ? label : `${label.slice(0, Math.max(1, room - 1))}…`;
}

const STATES: Readonly<Record<string, string>> = {
  works: 'works',
  fallback: 'works on a fallback',
  weak: 'answers in part',
  failed: 'has failed',
};

function spoken(
  box: Box,
  state: string,
  inUse: string | undefined,
  says: string,
  single: string,
  isShared: boolean,
): string {
  if (box.kind === 'journey') return `journey ${printable(box.label)}: ${says}`;
  const name = `${box.kind} ${printable(box.kind === 'service' ? box.label : box.id)}`;
  const alternative = inUse === undefined ? '' : `, alternative ${inUse} in use`;
  const alone = single === '' ? '' : `. Single point of failure of ${printable(single)}`;
  return `${name} ${STATES[state] ?? state}${alternative}${alone}${isShared ? '. Shared fate' : ''}`;
}

/** The frames of providers, regions and zones, outer ones first. */
const Groups = memo(function Groups({ ground: { map, layout } }: { readonly ground: Ground }) {
  return (
    <g class="frames" aria-hidden="true">
      {map.boxes.map(({ kind, id }, i) => {
        const place = layout.places[i];
        if (place === undefined || kind === 'journey' || kind === 'service' || kind === 'capability')
          return null;
        return (
          <rect
            key={id}
            class={kind}
            x={place.x}
            y={place.y}
            width={place.width}
            height={place.height}
            rx="4"
          />
        );
      })}
    </g>
  );
});

/** All edges, one path a kind: a map of thousands stays light. */
const Edges = memo(function Edges({ ground: { map, layout } }: { readonly ground: Ground }) {
  const byKind = new Map<string, string[]>();
  for (const [i, { kind }] of map.edges.entries()) {
    const drawn = pathOf(layout.routes[i] ?? []);
    const known = byKind.get(kind);
    if (known === undefined) byKind.set(kind, [drawn]);
    else known.push(drawn);
  }
  return (
    <g class="edges" aria-hidden="true">
      {[...byKind].map(([kind, paths]) => (
        <path key={kind} class={kind} d={paths.join('')} />
      ))}
    </g>
  );
});

/** Edges along which failure went. */
function Broken({
  ground: { map, layout },
  looks,
}: {
  readonly ground: Ground;
  readonly looks: readonly BoxLook[];
}) {
  const paths = map.edges.flatMap(({ to, from }, i) =>
    looks[to]?.kind === 'failed' && looks[from]?.kind !== 'works' ? [pathOf(layout.routes[i] ?? [])] : [],
  );
  return paths.length === 0 ? null : <Path kind="broken" d={paths.join('')} />;
}

/** Edges of the box that is looked at. */
function Touching({
  ground: { map, layout },
  selected,
}: {
  readonly ground: Ground;
  readonly selected: number;
}) {
  const paths = map.edges.flatMap(({ from, to }, i) =>
    from === selected || to === selected ? [pathOf(layout.routes[i] ?? [])] : [],
  );
  return <Path kind="touching" d={paths.join('')} />;
}

function Path({ kind, d }: { readonly kind: string; readonly d: string }) {
  return (
    <g aria-hidden="true">
      <path class={kind} d={d} />
    </g>
  );
}

/** Curves that leave and enter boxes level. */
export function pathOf(points: readonly Point[]): string {
  const [first, second, third, fourth] = points;
  if (first === undefined) return '';
  if (
    points.length === 4 &&
    second?.[0] === third?.[0] &&
    second !== undefined &&
    third !== undefined &&
    fourth !== undefined
  )
    return `M${first}C${second} ${third} ${fourth}`;
  let path = `M${first}`;
  for (let i = 1; i < points.length; i++) {
    const [x0, y0] = points[i - 1] ?? first;
    const [x1, y1] = points[i] ?? first;
    const middle = Math.round((x0 + x1) / 2);
    path += `C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`;
  }
  return path;
}

interface Marks {
  /** By box, the journeys that it takes down alone. */
  readonly single: ReadonlyMap<number, readonly string[]>;
  /** Boxes whose failure defeats several alternatives of one redundancy. */
  readonly shared: ReadonlySet<number>;
}

/** Which boxes are single points, and which are shared fate. */
function marksOf({ map }: Ground, { journeys, sharedFate }: Assessment): Marks {
  const boxesOf = boxesByEvent(map);
  const single = new Map<number, string[]>();
  for (const { name, down } of journeys)
    for (const box of new Set(down.singlePoints.flatMap(boxesOf))) {
      const known = single.get(box);
      if (known === undefined) single.set(box, [name]);
      else known.push(name);
    }
  return { single, shared: new Set(sharedFate.flatMap(({ events }) => events.flatMap(boxesOf))) };
}

function Legend() {
  return (
    <p class="legend quiet">
      <span class="key single">●</span> single point of failure <span class="key shared">◆</span> shared fate{' '}
      <span class="key">✕</span> failed <span class="key">→2</span> alternative in use
    </p>
  );
}
