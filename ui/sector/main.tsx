import { render } from 'preact';
import type { SectorPageData } from '../../src/reporters/sector-html.ts';
import { SectorPage } from './page.tsx';
import '../style.css';
import './sector.css';

const root = document.getElementById('sector');
const data = document.getElementById('data');
if (root !== null && data !== null) {
  // Written by the reporter of this very version.
  const given = JSON.parse(data.textContent ?? '') as SectorPageData;
  root.textContent = '';
  render(<SectorPage data={given} />, root);
}
