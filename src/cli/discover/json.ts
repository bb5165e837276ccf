/** As JSON, without what is only of use while a plan is read: where in its text something stands. */
export function discoveryJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, (key, one: unknown) => (key === 'offset' ? undefined : one), indent);
}
