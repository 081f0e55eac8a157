// about: what this is, how to get at the same answers, whose work is in it.
import {h, heading, panel, link} from './dom.js';
import {get} from './api.js';

export async function show(context) {
  let database = 'could not be read';
  try {
    const health = await get('health', null, context.signal);
    database = `${health.status}, schema ${health.schema}`;
  } catch (error) {
    if (error.name === 'AbortError')
      throw error;
    database = error.message;
  }
  const chart = await fetch('vendor/chart.js.licence.txt', {signal: context.signal}).then((answer) => (answer.ok ? answer.text() : '')).catch(() => '');
  context.main.append(heading('About'),
    panel('This page', h('p', null, 'Rapporteur reads United Nations documents and tells what is asked of whom, what was answered, what is counted and what is cited. Each fact has the words that it was read from, the rule that found them, and how sure the rule is. It reads by rules and makes mistakes: what counts is the document.'),
      h('p', null, `Database: ${database}. Times are UTC.`),
      h('p', null, 'Every address of this page can be kept and sent on: it has the filters, the order and the paragraph.')),
    panel('The same for programs', h('ul', null,
      h('li', null, h('a', {href: '/api/v1/openapi.json'}, 'Description of the API'), ' (OpenAPI). Lists are there as CSV, too.'),
      h('li', null, 'Atom feeds: ', h('a', {href: '/feeds/addressee/unodc.atom'}, 'asks to an actor'), ', ', h('a', {href: '/feeds/theme/toc.tip.atom'}, 'documents on a theme'), ', ', h('a', {href: '/feeds/actor/unodc.atom'}, 'documents that name an actor'), '; other codes at the same place.'))),
    panel('Keys', h('ul', null,
      h('li', null, 'In a document, Tab goes to each paragraph’s first finding, the arrow keys to the next and the one before, Enter opens what is known of it, Escape closes it.'),
      h('li', null, 'Charts have a table beside them, whose rows lead to the same places.'))),
    panel('Licences', h('p', null, 'Rapporteur itself: see its LICENSE. Charts are drawn by ', h('a', {href: 'vendor/chart.js'}, 'Chart.js 3.9.1'), ' (MIT).'), chart ? h('pre', {class: 'licence', tabindex: '0', role: 'region', 'aria-label': 'Licence of Chart.js'}, chart) : null));
  return 'About';
}
