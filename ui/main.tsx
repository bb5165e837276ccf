import { render } from 'preact';
import type { ReportData } from '../src/reporters/html.ts';
import { App } from './app.tsx';
import { EngineClient } from './client.ts';
import { serveWorker } from './worker.ts';
import './style.css';

// The same script is the page and its worker.
if (typeof document === 'undefined') serveWorker(self);
else openPage();

function openPage(): void {
  const script = document.getElementById('page')?.textContent ?? '';
  const text = document.getElementById('data')?.textContent ?? '';
  const root = document.getElementById('report');
  if (root === null || text === '') return;
  // Written by the reporter of this very version.
  const data = JSON.parse(text) as ReportData;
  root.textContent = '';
  const client = new EngineClient(data, script);
  render(<App data={data} client={client} />, root);
  performance.mark('drawn');
  // Once the page has been painted: both would want the same processor.
  requestAnimationFrame(() => setTimeout(() => client.start()));
}
