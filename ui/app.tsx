import { useEffect, useMemo, useReducer } from 'preact/hooks';
import { layoutOf, mapOf } from '../src/map/index.ts';
import { buildModel } from '../src/model/index.ts';
import type { Replay } from '../src/replay/index.ts';
import type { ReportData } from '../src/reporters/html.ts';
import type { EngineClient } from './client.ts';
import { UNKNOWN_CHANGE, type Subject } from './engine.ts';
import { useAddress } from './address.ts';
import { hashToView } from './link.ts';
import { ReportContext, useAnswer, useFigures, useReport, type Report } from './report.tsx';
import { sceneAt, sceneWithout, type Ground } from './scene.ts';
import { usePrinting } from './printing.ts';
import { reloadWhenSaved } from './reload.ts';
import { AdviceView } from './views/advice.tsx';
import { Answer } from './views/answer.tsx';
import { CompareView } from './views/compare.tsx';
import { Details } from './views/details.tsx';
import { EvidenceView } from './views/evidence.tsx';
import { Header } from './views/header.tsx';
import { Journeys } from './views/journeys.tsx';
import { LossView } from './views/loss.tsx';
import { MapView } from './views/map.tsx';
import { ReplayView } from './views/replay.tsx';
import { SecurityView } from './views/security.tsx';
import { Strip } from './views/strip.tsx';
import { TABS, viewAfter, type Tab } from './view.ts';

/** The page: its state, and the link that carries it. */
export function App({ data, client }: { readonly data: ReportData; readonly client: EngineClient }) {
  const open = location.hash.length > 1 ? location.hash : data.view;
  const [view, act] = useReducer(viewAfter, open, (hash) => hashToView(hash, data));
  const isPrinting = usePrinting();
  useAddress(view, data, act);
  useEffect(() => {
    const heal = ({ key, defaultPrevented }: KeyboardEvent): void => {
      if (key === 'Escape' && !defaultPrevented) act({ kind: 'heal' });
    };
    addEventListener('keydown', heal);
    return () => removeEventListener('keydown', heal);
  }, []);
  useReload(data);
  const report: Report = useMemo(
    () => ({ data, client, view, act, isPrinting }),
    [data, client, view, act, isPrinting],
  );
  return (
    <ReportContext.Provider value={report}>
      <Page />
    </ReportContext.Provider>
  );
}

/** Loads the page again when whoever serves it says that the plan was saved; the link keeps what was looked at. */
function useReload({ isLive, plans }: ReportData): void {
  useEffect(() => {
    if (!isLive) return;
    return reloadWhenSaved(plans.map(({ plan }) => plan.digest).join());
  }, [isLive, plans]);
}

function Page() {
  const { data, view, act, isPrinting } = useReport();
  const of: Subject = useMemo(() => ({ plan: view.plan, changes: view.changes }), [view.plan, view.changes]);
  const ground = useGround(of);
  const assessed = useFigures(of, view.without);
  const replayed = useAnswer<'replay'>(
    view.incident === null ? null : { kind: 'replay', of, incident: view.incident },
  );
  // A change that the plan does not know came with a link: it is left out.
  const mistaken = assessed.error?.startsWith(UNKNOWN_CHANGE) === true ? view.changes.at(-1) : undefined;
  useEffect(() => {
    if (mistaken !== undefined) act({ kind: 'change', change: mistaken });
  }, [mistaken]);
  const replay = replayed.isFresh ? replayed.answer : undefined;
  const at = momentOf(replay?.replay, view.at);
  const scene = useMemo(
    () => (replay === undefined ? sceneWithout(ground, view.without) : sceneAt(ground, replay, at)),
    [ground, view.without, replay, at],
  );
  const assessment = assessed.answer ?? data.plans[view.plan]?.assessment;
  if (assessment === undefined) return null;
  const shown = { ground, scene, assessment, isFresh: assessed.isFresh };
  const panel = (tab: Tab) => view.tab === tab || isPrinting;
  return (
    <>
      <Header of={of} ground={ground} error={assessed.error ?? replayed.error} />
      <main>
        <aside class="left" aria-label="Journeys">
          {replay !== undefined && (
            <p class="quiet note">Modes are of the moment that is replayed, figures of an expected year.</p>
          )}
          <Journeys {...shown} />
        </aside>
        <div class="centre">
          <Answer {...shown} />
          <Tabs />
          {panel('map') && (
            <Panel tab="map">
              <MapView {...shown} />
            </Panel>
          )}
          {panel('replay') && (
            <Panel tab="replay">
              <ReplayView of={of} replay={replay?.replay} at={at} />
            </Panel>
          )}
          {panel('loss') && (
            <Panel tab="loss">
              <LossView of={of} {...shown} />
            </Panel>
          )}
          {panel('security') && (
            <Panel tab="security">
              <SecurityView of={of} {...shown} />
            </Panel>
          )}
          {panel('advice') && (
            <Panel tab="advice">
              <AdviceView of={of} {...shown} />
            </Panel>
          )}
          {panel('evidence') && (
            <Panel tab="evidence">
              <EvidenceView of={of} {...shown} />
            </Panel>
          )}
          {data.comparison !== null && panel('compare') && (
            <Panel tab="compare">
              <CompareView />
            </Panel>
          )}
        </div>
        <aside class="right" aria-label="What is selected">
          <Details of={of} {...shown} />
        </aside>
      </main>
      <Strip of={of} replay={replay?.replay} at={at} {...shown} />
    </>
  );
}

/** The moment that is looked at, inside of what is replayed; the first where none is chosen. @unit ms */
function momentOf(replay: Replay | undefined, at: number | null): number {
  const [from, to] = [Date.parse(replay?.from ?? ''), Date.parse(replay?.to ?? '')];
  if (at === null || Number.isNaN(from)) return from;
  return Math.min(to, Math.max(from, at));
}

/** The model and the map of a plan: those that came with the page, or, with changes made, made anew once the engine has them. */
function useGround(of: Subject): Ground {
  const { data } = useReport();
  const changed = useAnswer<'model'>(of.changes.length === 0 ? null : { kind: 'model', of });
  const own = useMemo(() => groundOf(data, of.plan), [data, of.plan]);
  const plan = of.changes.length > 0 && changed.isFresh ? changed.answer : undefined;
  const made = useMemo(() => {
    if (plan === undefined) return undefined;
    const { model } = buildModel(plan, data.catalog);
    if (model === undefined) return undefined;
    const map = mapOf(model);
    return { model, map, layout: layoutOf(map) };
  }, [plan, data]);
  return made ?? own;
}

const grounds = new Map<number, Ground>();

/** Read once: the command has checked every plan that it puts into a page. */
function groundOf(data: ReportData, index: number): Ground {
  const known = grounds.get(index);
  if (known !== undefined) return known;
  const plan = data.plans[index];
  const { model } = plan === undefined ? { model: undefined } : buildModel(plan.plan, data.catalog);
  if (plan === undefined || model === undefined) throw new Error(`The page holds no plan ${index}.`);
  const ground = { model, map: mapOf(model), layout: plan.layout };
  grounds.set(index, ground);
  return ground;
}

function Tabs() {
  const { data, view, act } = useReport();
  const tabs = TABS.filter(({ id }) => id !== 'compare' || data.comparison !== null);
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const at = tabs.findIndex(({ id }) => id === view.tab);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (next === undefined) return;
    act({ kind: 'tab', tab: next.id });
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Views" onKeyDown={move}>
      {tabs.map(({ id, title }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`tab-${id}`}
          aria-controls={`panel-${id}`}
          aria-selected={view.tab === id}
          tabIndex={view.tab === id ? 0 : -1}
          onClick={() => act({ kind: 'tab', tab: id })}
        >
          {title}
        </button>
      ))}
    </div>
  );
}

function Panel({ tab, children }: { readonly tab: Tab; readonly children: preact.ComponentChildren }) {
  const title = TABS.find(({ id }) => id === tab)?.title;
  return (
    <section class={`panel ${tab}`} role="tabpanel" id={`panel-${tab}`} aria-labelledby={`tab-${tab}`}>
      <h2 class="print-only">{title}</h2>
      {children}
    </section>
  );
}
