import { render } from 'preact';
import { StatusPage } from './page.tsx';
import '../style.css';
import './status.css';

const root = document.getElementById('status');
if (root !== null) {
  root.textContent = '';
  render(<StatusPage address="status" />, root);
}
