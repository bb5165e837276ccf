/** All that a command is told of the environment that this runs in: what else it needs is said by whoever runs it. */
export function plainEnvironment(): { readonly PATH: string; readonly HOME: string } {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', HOME = '/' } = process.env;
  return { PATH, HOME };
}
