import { memo } from '../memo.ts';
import { useMemo, useRef, useState } from 'preact/hooks';
import type { Assessment } from '../../src/assess/index.ts';
import { boxesByEvent, type Box, type Layout, type Point } from '../../src/map/index.ts';
import { useReport } from '../report.tsx';
import type { BoxLook, Ground } from '../scene.ts';
import { Boxes, type Face } from './boxes.tsx';
import { IfThisFails } from './if-this-fails.tsx';
import type { Shown } from './shown.ts';
import { nextBox } from './walk.ts';

/** What the platform stands on. A click on a box fails it, and everything that stands on it follows. */
export function MapView({ ground, scene, assessment }: Shown) {
  const { view, act } = useReport();
  const { map, layout } = ground;
  const [scale, setScale] = useState<Scale>('wide');
  const marks = useMemo(() => marksOf(ground, assessment), [ground, assessment]);
  const selected = map.boxes.findIndex(({ id }) => id === view.selected);
  const svg = useRef<SVGSVGElement>(null);
  const faces = useMemo(
    () => facesOf(ground, scene, marks, view.without, selected),
    [ground, scene, marks, view.without, selected],
  );
  const show = (i: number): void => {
    act({ kind: 'select', box: map.boxes[i]?.id ?? null });
    svg.current?.querySelector(`[data-box="${i}"]`)?.scrollIntoView({ block: 'center', inline: 'center' });
  };
  const press = (box: Box): void =>
    act(
      box.fails === null ? { kind: 'select', box: box.id } : { kind: 'toggle', name: box.fails, box: box.id },
    );
  const click = ({ target }: Event): void => {
    const hit = target instanceof Element ? target.closest('[data-box]') : null;
    const box = map.boxes[Number(hit?.getAttribute('data-box') ?? -1)];
    if (box !== undefined) press(box);
  };
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
      <div class="map-tools">
        <Legend />
        <Find ground={ground} find={(i) => show(i)} />
        <span class="zoom no-print">
          <button type="button" aria-label="Smaller" onClick={() => setScale(zoom(scale, 1 / 1.25))}>
            −
          </button>
          <button
            type="button"
            aria-pressed={scale === 'fit'}
            onClick={() => setScale(scale === 'fit' ? 'wide' : 'fit')}
          >
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
          class={typeof scale === 'number' ? '' : scale}
          width={typeof scale === 'number' ? layout.width * scale : undefined}
          height={typeof scale === 'number' ? layout.height * scale : undefined}
          style={
            scale === 'wide'
              ? { maxWidth: `${layout.width * 1.15}px`, minWidth: `${Math.min(layout.width * 0.8, 900)}px` }
              : {}
          }
          onClick={click}
          onKeyDown={walk}
        >
          <Groups ground={ground} />
          <Edges ground={ground} />
          <Broken ground={ground} looks={scene.boxes} />
          {selected >= 0 && <Touching ground={ground} selected={selected} />}
          <Boxes ground={ground} faces={faces} />
        </svg>
      </div>
      <IfThisFails />
    </>
  );
}

/** wide: as wide as there is room, but readable. fit: all of it. A number: so many times its size. */
type Scale = 'wide' | 'fit' | number;

function zoom(scale: Scale, by: number): number {
  return Math.min(4, Math.max(0.1, (typeof scale === 'number' ? scale : 1) * by));
}

/** Maps of more boxes can be searched. */
const MOST_UNSEARCHED = 40;

/** Finds a box by its name, and shows it. */
function Find({ ground: { map }, find }: { readonly ground: Ground; readonly find: (box: number) => void }) {
  if (map.boxes.length <= MOST_UNSEARCHED) return null;
  const look = ({ currentTarget: { value } }: { readonly currentTarget: HTMLInputElement }): void => {
    const at = map.boxes.findIndex(({ id, label }) => id === value || label === value);
    if (at >= 0) find(at);
  };
  return (
    <label class="find no-print">
      Find <input type="search" list="boxes" onInput={look} />
      <datalist id="boxes">
        {map.boxes.map(({ id, kind, label }) => (
          <option key={id} value={kind === 'journey' ? label : id} />
        ))}
      </datalist>
    </label>
  );
}

/** How every box looks now. */
function facesOf(
  { map }: Ground,
  { boxes, modes }: Shown['scene'],
  marks: Marks,
  without: readonly string[],
  selected: number,
): Face[] {
  const byHand = new Set(without);
  return map.boxes.map(({ kind, index, fails }, i) => {
    const mode = kind === 'journey' ? modes[index] : undefined;
    const look = mode === undefined ? boxes[i] : undefined;
    return {
      state: mode === undefined ? (look?.kind ?? 'works') : MODE_STATES[mode.kind],
      inUse: look?.inUse ?? 0,
      says: mode?.name ?? '',
      single: marks.single.get(i) ?? '',
      isShared: marks.shared.has(i),
      isPressed: fails === null ? i === selected : byHand.has(fails),
      isSelected: i === selected,
      isStop: i === Math.max(0, selected),
    };
  });
}

const MODE_STATES = { full: 'works', lower: 'fallback', down: 'failed' } as const;

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
  const paths = pathsOf(layout);
  for (const [i, { kind }] of map.edges.entries()) {
    const drawn = paths[i] ?? '';
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
  const paths = pathsOf(layout);
  const broken = map.edges.map(({ to, from }, i) =>
    looks[to]?.kind === 'failed' && looks[from]?.kind !== 'works' ? paths[i] : '',
  );
  return <Path kind="broken" d={broken.join('')} />;
}

/** Edges of the box that is looked at. */
function Touching({
  ground: { map, layout },
  selected,
}: {
  readonly ground: Ground;
  readonly selected: number;
}) {
  const paths = pathsOf(layout);
  const touching = map.edges.map(({ from, to }, i) => (from === selected || to === selected ? paths[i] : ''));
  return <Path kind="touching" d={touching.join('')} />;
}

function Path({ kind, d }: { readonly kind: string; readonly d: string }) {
  return (
    <g aria-hidden="true">
      <path class={kind} d={d} />
    </g>
  );
}

const drawnPaths = new WeakMap<Layout, readonly string[]>();

/** By edge; drawn once a layout. */
function pathsOf(layout: Layout): readonly string[] {
  const known = drawnPaths.get(layout);
  if (known !== undefined) return known;
  const paths = layout.routes.map(pathOf);
  drawnPaths.set(layout, paths);
  return paths;
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
  readonly single: ReadonlyMap<number, string>;
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
  const shared = new Set(sharedFate.flatMap(({ events }) => events.flatMap(boxesOf)));
  return { single: new Map([...single].map(([box, names]) => [box, names.join(', ')])), shared };
}

function Legend() {
  return (
    <p class="legend quiet">
      <span class="key single">■</span> single point of failure <span class="key shared">◆</span> shared fate{' '}
      <span class="key down">✕</span> failed <span class="key lower">→2</span> on its second alternative{' '}
      <span class="key lower">◐</span> in a lower mode <span class="key">━</span> needs{' '}
      <span class="key">╌</span> steers or grows <span class="key">┈</span> needed inside providers
    </p>
  );
}
