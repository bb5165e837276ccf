// All that can go wrong with an answer in one place: what is left of it must be refused, or make no difference.

const WRONG: readonly unknown[] = [
  null,
  7,
  true,
  '',
  '0x',
  '0x0',
  '0x1',
  'latest',
  {},
  [],
  `0x${'f'.repeat(64)}`,
  `0x${'1'.repeat(70)}`,
];

/** Answers that differ from this one in one value, one field that is gone, or one part of a list that is gone, doubled or elsewhere. */
export function* mutations(value: unknown): Generator<{ readonly at: string; readonly value: unknown }> {
  yield* within(value, 'answer', (changed) => changed);
}

function* within(
  value: unknown,
  at: string,
  whole: (changed: unknown) => unknown,
): Generator<{ readonly at: string; readonly value: unknown }> {
  for (const wrong of WRONG)
    if (wrong !== value) yield { at: `${at} = ${JSON.stringify(wrong)}`, value: whole(wrong) };
  if (typeof value === 'string') yield* ofText(value, at, whole);
  else if (Array.isArray(value)) yield* ofList(value, at, whole);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const { [name]: _, ...others } = value as Record<string, unknown>;
      yield { at: `${at} without ${name}`, value: whole(others) };
      yield* within(inner, `${at}.${name}`, (changed) => whole({ ...value, [name]: changed }));
    }
  }
}

/** Other digits at the beginning, at the end and between; more and fewer of them. */
function* ofText(value: string, at: string, whole: (changed: unknown) => unknown) {
  if (!/^0x[0-9a-fA-F]*$/.test(value)) return;
  const places = new Set(
    [2, 3, value.length >> 1, value.length - 2, value.length - 1].filter((i) => i >= 2 && i < value.length),
  );
  for (const place of places) {
    const digit = ((Number.parseInt(value.charAt(place), 16) + 1 + (place % 7)) % 16).toString(16);
    const changed = `${value.slice(0, place)}${digit}${value.slice(place + 1)}`;
    yield { at: `${at}: ${digit} at ${place}`, value: whole(changed) };
  }
  for (const changed of [
    `${value}0`,
    `${value}00`,
    `0x0${value.slice(2)}`,
    value.slice(0, -1),
    value.slice(0, -2),
    value.slice(2),
  ])
    yield { at: `${at}: ${changed.length - value.length} digits`, value: whole(changed) };
  yield { at: `${at} in upper case`, value: whole(`0x${value.slice(2).toUpperCase()}`) };
}

function* ofList(value: readonly unknown[], at: string, whole: (changed: unknown) => unknown) {
  yield { at: `${at} turned round`, value: whole([...value].reverse()) };
  for (const [i, inner] of value.entries()) {
    yield { at: `${at} without ${i}`, value: whole(value.toSpliced(i, 1)) };
    yield { at: `${at} with ${i} twice`, value: whole(value.toSpliced(i, 0, inner)) };
    yield* within(inner, `${at}[${i}]`, (changed) => whole(value.with(i, changed)));
  }
}
