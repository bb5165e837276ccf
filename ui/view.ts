/** What the reader looks at: all of it stands in the link. */
export interface View {
  /** Which of the page's plans, from 0. */
  readonly plan: number;
  /** Events, scopes and services taken as failed. */
  readonly without: readonly string[];
  /** Pieces of advice that are applied, in their order. */
  readonly changes: readonly string[];
  readonly tab: Tab;
  /** The id of the box that is looked at. */
  readonly selected: string | null;
  /** The incident that is replayed. */
  readonly incident: string | null;
  /** The moment of it that is looked at. @unit ms */
  readonly at: number | null;
}

export const TABS = [
  { id: 'map', title: 'Map' },
  { id: 'replay', title: 'Replay' },
  { id: 'loss', title: 'Loss' },
  { id: 'security', title: 'Security' },
  { id: 'advice', title: 'Advice' },
  { id: 'evidence', title: 'Evidence' },
  { id: 'compare', title: 'Compare' },
] as const;
export type Tab = (typeof TABS)[number]['id'];

export type Action =
  | { readonly kind: 'toggle'; readonly name: string; readonly box: string | null }
  /** Fails all of these, and nothing else. */
  | { readonly kind: 'fail'; readonly names: readonly string[] }
  | { readonly kind: 'heal' }
  | { readonly kind: 'select'; readonly box: string | null }
  | { readonly kind: 'tab'; readonly tab: Tab }
  | { readonly kind: 'plan'; readonly plan: number }
  | { readonly kind: 'change'; readonly change: string }
  | { readonly kind: 'incident'; readonly incident: string | null }
  | { readonly kind: 'at'; readonly at: number | null }
  | { readonly kind: 'open'; readonly view: View };

/** What the reader does to what he looks at. */
export function viewAfter(view: View, action: Action): View {
  switch (action.kind) {
    case 'toggle': {
      const { without } = view;
      const selected = action.box ?? view.selected;
      return without.includes(action.name)
        ? { ...view, selected, without: without.filter((name) => name !== action.name) }
        : { ...view, selected, without: [...without, action.name], incident: null, at: null };
    }
    case 'fail':
      return { ...view, without: action.names, incident: null, at: null };
    case 'heal':
      return { ...view, without: [], incident: null, at: null };
    case 'select':
      return { ...view, selected: action.box };
    case 'tab':
      return { ...view, tab: action.tab };
    case 'plan':
      return { ...view, plan: action.plan, changes: [], selected: null };
    case 'change': {
      // A change is tried on what those before it made, so those after one that is taken back go too.
      const at = view.changes.indexOf(action.change);
      const changes = at < 0 ? [...view.changes, action.change] : view.changes.slice(0, at);
      return { ...view, changes };
    }
    case 'incident':
      return { ...view, incident: action.incident, at: null, without: [] };
    case 'at':
      return { ...view, at: action.at };
    default:
      return action.view;
  }
}
