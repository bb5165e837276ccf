import { memo } from '../memo.ts';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Box, Place } from '../../src/map/index.ts';
import { printable } from '../../src/problems.ts';
import type { BoxLook, Ground } from '../scene.ts';

/** How one box looks now. */
export interface Face {
  readonly state: BoxLook['kind'];
  /** The alternative in use, from 1; 0 where there is none to tell. */
  readonly inUse: number;
  /** Of a journey: the mode it is in. */
  readonly says: string;
  /** Journeys that it takes down alone. */
  readonly single: string;
  readonly isShared: boolean;
  readonly isPressed: boolean;
  readonly isSelected: boolean;
  /** Where the keyboard enters the map. */
  readonly isStop: boolean;
}

/**
 * Every box of a map. They are drawn once; after that only those whose face changed are touched, one by one: a click on a provider
 * of thousands has to be answered before the eye blinks.
 *
 * @param faces by box
 */
export function Boxes({ ground, faces }: { readonly ground: Ground; readonly faces: readonly Face[] }) {
  const frame = useRef<SVGGElement>(null);
  const beside = useRef<SVGGElement>(null);
  const marks = useRef<Marks | null>(null);
  const last = useRef<{ readonly ground: Ground; readonly faces: readonly Face[] } | null>(null);
  useLayoutEffect(() => {
    const known = last.current?.ground === ground ? last.current.faces : [];
    const drawn = frame.current?.children ?? [];
    if (known.length === 0) marks.current = new Marks(beside.current);
    for (const [i, face] of faces.entries()) {
      const box = ground.map.boxes[i];
      const place = ground.layout.places[i];
      const element = drawn[i];
      if (box === undefined || place === undefined || element === undefined || same(known[i], face)) continue;
      const text = marksOf(face);
      paint(element, box, place, face, text);
      marks.current?.set(i, box, text, place, face);
    }
    last.current = { ground, faces };
  });
  return (
    <>
      <g ref={frame}>
        <Drawn ground={ground} />
      </g>
      <g ref={beside} class="marks" aria-hidden="true" />
    </>
  );
}

/** What never changes of them. */
const Drawn = memo(function Drawn({ ground: { map, layout } }: { readonly ground: Ground }) {
  return map.boxes.map((box, i) => {
    const place = layout.places[i] as Place; // one each
    return (
      // biome-ignore lint/a11y/useSemanticElements: a part of a drawing cannot be a button element
      <g
        key={box.id}
        role="button"
        tabindex={-1}
        data-box={i}
        data-id={box.id}
        transform={`translate(${place.x} ${place.y})`}
      >
        <title>{printable(box.id)}</title>
        <rect width={place.width} height={isFrame(box) ? Math.min(place.height, 20) : place.height} rx="3" />
        <text x="7" y={baselineOf(box)} />
      </g>
    );
  });
});

function isFrame({ kind }: Box): boolean {
  return kind === 'provider' || kind === 'region' || kind === 'zone';
}

/** Of its text. */
function baselineOf(box: Box): number {
  return isFrame(box) ? 14 : 16;
}

function same(a: Face | undefined, b: Face): boolean {
  return (
    a !== undefined &&
    a.state === b.state &&
    a.inUse === b.inUse &&
    a.says === b.says &&
    a.single === b.single &&
    a.isShared === b.isShared &&
    a.isPressed === b.isPressed &&
    a.isSelected === b.isSelected &&
    a.isStop === b.isStop
  );
}

function paint(element: Element, box: Box, { width }: Place, face: Face, marks: string): void {
  const room = Math.floor((width - 14 - marks.length * 9) / 6.6);
  element.setAttribute('class', classesOf(box, face));
  element.setAttribute('tabindex', face.isStop ? '0' : '-1');
  element.setAttribute('data-state', face.state);
  element.setAttribute('aria-pressed', String(face.isPressed));
  element.setAttribute('aria-label', spoken(box, face));
  setText(element.children[2], shorten(printable(box.label), room));
}

/** Text that is the same already is left alone: to lay text out costs more than to look. */
function setText(element: Element | undefined, text: string): void {
  if (element !== undefined && element.textContent !== text) element.textContent = text;
}

/** The marks of boxes, where a box has any. They are drawn beside the boxes, whose names say the same in words. */
class Marks {
  private readonly frame: Element | null;
  private readonly drawn = new Map<number, Element>();

  constructor(frame: Element | null) {
    this.frame = frame;
    frame?.replaceChildren();
  }

  set(at: number, box: Box, text: string, { x, y, width }: Place, { state, isShared }: Face): void {
    let element = this.drawn.get(at);
    if (element === undefined) {
      if (text === '') return;
      element = document.createElementNS('http://www.w3.org/2000/svg', 'text');
      element.setAttribute('x', String(x + width - 6));
      element.setAttribute('y', String(y + baselineOf(box)));
      this.drawn.set(at, element);
      this.frame?.append(element);
    }
    element.setAttribute('class', `mark ${state}${isShared ? ' shared' : ''}`);
    setText(element, text);
  }
}

function classesOf(box: Box, { state, single, isShared, isSelected }: Face): string {
  const classes = ['box', box.kind, state];
  if (single !== '') classes.push('single');
  if (isShared) classes.push('shared');
  if (isSelected) classes.push('selected');
  return classes.join(' ');
}

const MARKS: Readonly<Record<BoxLook['kind'], string>> = {
  failed: '✕',
  fallback: '◐',
  weak: '▽',
  works: '',
};

function marksOf({ state, inUse, single, isShared }: Face): string {
  const mark = state !== 'failed' && inUse > 0 ? `→${inUse}` : MARKS[state];
  return [single === '' ? '' : '■', isShared ? '◆' : '', mark].filter((one) => one !== '').join(' ');
}

function shorten(label: string, room: number): string {
  return label.length <= room ? label : `${label.slice(0, Math.max(1, room - 1))}…`;
}

const STATES: Readonly<Record<BoxLook['kind'], string>> = {
  works: 'works',
  fallback: 'works on a fallback',
  weak: 'answers in part',
  failed: 'has failed',
};

function spoken(box: Box, { state, inUse, says, single, isShared }: Face): string {
  if (box.kind === 'journey') return `journey ${printable(box.label)}: ${printable(says)}`;
  const name = `${box.kind} ${printable(box.kind === 'service' ? box.label : box.id)}`;
  const alternative = inUse === 0 ? '' : `, alternative ${inUse} in use`;
  const alone = single === '' ? '' : `. Single point of failure of ${printable(single)}`;
  return `${name} ${STATES[state]}${alternative}${alone}${isShared ? '. Shared fate' : ''}`;
}
