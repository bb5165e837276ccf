// How the sandbox writes times and money.

/** @param ms of any clock */
export function duration(ms) {
  const seconds = Math.round(ms / 1_000);
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3_600),
    Math.floor((seconds % 3_600) / 60),
    seconds % 60,
  ];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} m`;
  return minutes > 0 ? `${minutes} m${rest > 0 ? ` ${String(rest).padStart(2, '0')} s` : ''}` : `${rest} s`;
}

export function money(amount, currency) {
  if (amount === null) return '';
  const [value, unit] = amount >= 1e6 ? [amount / 1e6, 'M'] : [amount / 1e3, 'k'];
  return `−${Number(value.toPrecision(3))}${unit} ${currency}`;
}

export function clock(time) {
  return new Date(time).toISOString().slice(11, 16);
}

/** What became of a journey by a replay: `down 5 h 38 m`. */
export function replayed({ minutesDown, minutesDegraded }) {
  const said = [
    ...(minutesDown > 0 ? [`down ${duration(minutesDown * 60_000)}`] : []),
    ...(minutesDegraded > 0 ? [`lower modes ${duration(minutesDegraded * 60_000)}`] : []),
  ];
  return said.join(', ') || 'first mode';
}
