import { Component, options, type ComponentChild } from 'preact';

// What `preact/compat` has for these two brings along what makes Preact look like React, and every page would carry it.

/** A component that is drawn again only when something that it is given has changed. @default by identity, one prop by one */
export function memo<Props extends object>(
  draw: (props: Props) => ComponentChild,
  isSame: (before: Props, next: Props) => boolean = haveSame,
): new () => Component<Props> {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      return !isSame(this.props, next);
    }
    override render(): ComponentChild {
      return draw(this.props);
    }
  };
}

function haveSame<Props extends object>(before: Props, next: Props): boolean {
  const now = new Map(Object.entries(next));
  const then = Object.entries(before);
  return now.size === then.length && then.every(([name, value]) => now.get(name) === value);
}

/** Has everything drawn that a change of state asks for, before it returns. */
export function drawAtOnce(change: () => void): void {
  const { debounceRendering } = options;
  options.debounceRendering = (draw) => draw();
  change();
  if (debounceRendering === undefined) delete options.debounceRendering;
  else options.debounceRendering = debounceRendering;
}
