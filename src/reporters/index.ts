/** Results → text, Markdown, SARIF. Pure functions: a result in, text out. */
export { assessmentText, type TextOptions } from './text.ts';
export { assessmentMarkdown } from './markdown.ts';
export { assessmentSarif } from './sarif.ts';
export { catalogText, providerText } from './catalog.ts';
