import { tlsFault } from '../fault.ts';

export const tlsWrongName = tlsFault({
  type: 'tls_wrong_name',
  layer: 'tls',
  summary: 'The certificate is that of another host.',
  attributes: {
    name: { kind: 'text', default: 'other.invalid', longest: 253, summary: 'Which one.' },
  },
  judge: ({ name }) =>
    /^[A-Za-z0-9*_.-]+$/.test(name) ? [] : ['Expected name to be the name of a host, found another text.'],
  make: ({ name }) => ({ kind: 'certificate', names: [name] }),
});
