import { reloadWhenSaved } from './reload.ts';
import './style.css';
import './problems.css';

// All that the page of problems does; its text was written when it was made.
reloadWhenSaved(document.documentElement.dataset.of ?? '');
