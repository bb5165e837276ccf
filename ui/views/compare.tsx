import type { Subject } from '../engine.ts';
import { useReport } from '../report.tsx';
import { BeforeAfter } from './before-after.tsx';
import type { Shown } from './shown.ts';

/** All plans of the page, side by side. */
export function CompareView({ of, assessment }: Shown & { readonly of: Subject }) {
  const { data } = useReport();
  return (
    <>
      {data.plans.map((plan, i) =>
        i === of.plan ? null : (
          <BeforeAfter
            key={i}
            before={plan.assessment}
            after={assessment}
            names={[plan.plan.platform.name, assessment.plan.name]}
          />
        ),
      )}
    </>
  );
}
