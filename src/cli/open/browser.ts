import { spawn } from 'node:child_process';

/** What opens an address on each system: a program and what stands before the address. Never a shell. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  // `start` is a word of the shell; this is what it ends in.
  win32: ['rundll32.exe', 'url.dll,FileProtocolHandler'],
};

/** Opens an address in the system's browser, which goes on by itself. */
export function openBrowser(address: string, onFailure: (reason: string) => void): void {
  const [program = '', ...words] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(program, [...words, address], { detached: true, stdio: 'ignore', shell: false });
  child.on('error', (error) => onFailure(error.message));
  child.unref();
}
