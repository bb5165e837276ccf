// Processes on a core of their own, and the CPU they have used. Linux only: it reads /proc.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { cpus } from 'node:os';

/** Where servers of Debian are, that users do not have on their path. */
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
const isHere = (program) => spawnSync('sh', ['-c', `command -v ${program}`], { env }).status === 0;

/** Programs of the system that this benchmark uses where they are. */
export const here = { nginx: isHere('nginx'), haproxy: isHere('haproxy'), taskset: isHere('taskset') };
/** What is measured has the first core, what measures has the others. */
export const cores =
  cpus().length > 1 && here.taskset ? { measured: '0', others: `1-${cpus().length - 1}` } : null;

/** Starts a program on a core. The process id is the program's own: taskset becomes what it starts. */
export function startOn(core, program, args, stdio = ['ignore', 'inherit', 'inherit']) {
  const words = cores === null ? [program, ...args] : ['taskset', '-c', cores[core], program, ...args];
  const child = spawn(words[0], words.slice(1), { stdio, env });
  child.once('error', (error) => console.error(String(error)));
  return child;
}

/** Starts a script of Node that says its port over IPC. */
export async function startNode(core, args) {
  const child = startOn(core, process.execPath, args, ['ignore', 'inherit', 'inherit', 'ipc']);
  const { port } = await nextMessage(child);
  return { child, port };
}

/** The next message of a process over IPC; throws when it ends first. */
export function nextMessage(child) {
  return new Promise((resolve, reject) => {
    const end = (code) => reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}.`));
    child.once('exit', end);
    child.once('message', (message) => {
      child.off('exit', end);
      resolve(message);
    });
  });
}

export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 2000);
  await ended;
  clearTimeout(late);
}

/** User and system time of all threads of a process, from the scheduler's own account. @unit ns */
export function cpuOf(pid) {
  let sum = 0;
  for (const task of readdirSync(`/proc/${pid}/task`))
    sum += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]);
  return sum;
}

/** Resident memory. @unit MB */
export function residentOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) / 1024;
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export async function untilAccepts(port, child) {
  for (let i = 0; i < 500; i++) {
    if (child.exitCode !== null)
      throw new Error(`${child.spawnargs.join(' ')} ended with ${child.exitCode}.`);
    const isOpen = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${child.spawnargs.join(' ')} did not come up on ${port}.`);
}
