/** What each plan is called beside the others: its name; its file where names recur; with its place where files do too. */
export function labelsOf(plans: readonly { readonly name: string; readonly file: string }[]): string[] {
  const names = plans.map(({ name }) => name);
  const labels: string[] = [];
  for (const [i, { name, file }] of plans.entries()) {
    let label = names.indexOf(name) === names.lastIndexOf(name) ? name : file;
    while (labels.includes(label)) label = `${label} #${i + 1}`;
    labels.push(label);
  }
  return labels;
}
