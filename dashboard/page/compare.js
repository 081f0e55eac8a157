// compare: two documents against each other, beside each other or as one text with what was taken out and put in.
import {h, heading, link, address, documentLink, nameOf, bdi, time, empty, count} from './dom.js';
import {get} from './api.js';

const FATES = {same: 'same', changed: 'changed', moved: 'moved', 'moved and changed': 'moved and changed', new: 'new', gone: 'gone'};

function place(at, id) {
  if (!at)
    return null;
  const text = [at.part, at.label || at.kind].filter(Boolean).join(', ');
  return link('document', {id, chunk: at.chunk_id}, bdi(text));
}

// What stands at the word before it.
const CLOSING = /^[,.;:!?)\]”’]/;

function pieces(words, side) {
  return words.filter((word) => word.fate === 'kept' || side === 'both' || (side === 'before' ? word.fate === 'gone' : word.fate === 'new'))
    .map((word, index) => [index && !CLOSING.test(word.text) ? ' ' : '', word.fate === 'kept' ? word.text : h(word.fate === 'gone' ? 'del' : 'ins', null, word.text)]);
}

const words = (line, side) => h('div', {class: 'words', dir: 'auto'}, pieces(line.words, side));

function beside(found, lines) {
  return h('table', {class: 'redline sides'}, h('caption', {class: 'hidden'}, 'Clause by clause'),
    h('thead', null, h('tr', null, h('th', {scope: 'col'}, documentLink(found.before)), h('th', {scope: 'col'}, documentLink(found.after)))),
    h('tbody', null, lines.map((line) => h('tr', {class: `fate-${line.fate.split(' ')[0]}`},
      h('td', null, line.before ? [h('p', {class: 'at'}, place(line.before, found.before.document_id), ' ', h('span', {class: 'fate'}, FATES[line.fate])), words(line, 'before')] : null),
      h('td', null, line.after ? [h('p', {class: 'at'}, place(line.after, found.after.document_id), ' ', h('span', {class: 'fate'}, FATES[line.fate])), words(line, 'after')] : null)))));
}

function redline(found, lines) {
  return h('div', {class: 'redline lines'}, lines.map((line) => h('div', {class: `line fate-${line.fate.split(' ')[0]}`},
    h('p', {class: 'at'}, place(line.after || line.before, line.after ? found.after.document_id : found.before.document_id), ' ', h('span', {class: 'fate'}, FATES[line.fate])), words(line, 'both'))));
}

export async function show(context) {
  const {params, signal} = context, before = params.get('before') || '', after = params.get('after') || '';
  const as = params.get('as') === 'lines' ? 'lines' : 'sides', only = params.get('only') === 'changes';
  const form = h('form', {class: 'filters', action: '/', method: 'get', 'aria-label': 'What is compared'}, h('input', {type: 'hidden', name: 'view', value: 'compare'}),
    [['before', 'Before (symbol or id)', before], ['after', 'After (symbol or id)', after]].map(([name, label, value]) => h('div', {class: 'field'}, h('label', {for: `f-${name}`}, label), h('input', {id: `f-${name}`, name, value, size: 20, required: true}))),
    h('div', {class: 'field'}, h('label', {for: 'f-as'}, 'Shown'), h('select', {id: 'f-as', name: 'as'}, h('option', {value: ''}, 'side by side'), h('option', {value: 'lines', selected: as === 'lines'}, 'as one text'))),
    h('div', {class: 'field'}, h('label', {for: 'f-only'}, 'Clauses'), h('select', {id: 'f-only', name: 'only'}, h('option', {value: ''}, 'all'), h('option', {value: 'changes', selected: only}, 'only what changed'))),
    h('div', {class: 'field act'}, h('button', {type: 'submit', id: 'apply'}, 'Apply')));
  if (!before || !after) {
    context.main.append(heading('Compare two documents'), form);
    return 'Compare';
  }
  const found = await get('diff', {before, after}, signal);
  const counts = {};
  for (const line of found.items)
    counts[line.fate] = (counts[line.fate] || 0) + 1;
  const lines = only ? found.items.filter((line) => line.fate !== 'same') : found.items;
  const title = `${nameOf(found.before)} and ${nameOf(found.after)}`;
  context.main.append(heading(bdi(title), h('p', {class: 'lead'}, documentLink(found.before), ' ', time(found.before.published), ' against ', documentLink(found.after), ' ', time(found.after.published), '. ',
    h('a', {href: address('compare', {before: after, after: before, as: params.get('as'), only: params.get('only')})}, 'The other way round'))), form,
  h('p', {class: 'count'}, Object.entries(counts).map(([fate, many]) => `${count(many)} ${FATES[fate]}`).join(', ')),
  lines.length ? (as === 'lines' ? redline(found, lines) : beside(found, lines)) : empty('There is no difference.'));
  context.said = `${count(lines.length)} clauses`;
  return title;
}
