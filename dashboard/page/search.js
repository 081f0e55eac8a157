// search: paragraphs with words, best first.
import {h, heading, filters, link, nameOf, time, bdi, empty, note, choices, marked, highlight, badge} from './dom.js';
import {get, names, named, taken} from './api.js';
import {changed} from './list.js';

const FILTERS = ['q', 'theme', 'function', 'actor', 'country', 'year', 'from', 'to', 'kind', 'document', 'superseded', 'cursor'];
const KINDS = ['paragraph', 'operative', 'preambular', 'item', 'text', 'heading', 'footnote', 'title', 'summary'];

function hit(row, words) {
  const place = [row.part, row.label || row.kind].filter(Boolean).join(', ');
  return h('li', {class: 'hit'}, h('h2', null, link('document', {id: row.document_id, chunk: row.chunk_id}, bdi(nameOf(row)), ', ', bdi(place))),
    h('p', {class: 'snippet', dir: 'auto'}, marked(row.snippet, row.marks.map((mark) => ({...mark, make: highlight})))),
    h('p', {class: 'under'}, row.symbol && row.title ? [bdi(row.title), ' · '] : null, time(row.published), row.theme ? [' · ', named(words.themes, row.theme)] : null, row.function ? [' ', badge(row.function)] : null));
}

export async function show(context) {
  const {params, signal} = context, words = await names(), typed = params.get('q') || '';
  document.getElementById('find').value = typed;
  context.main.append(heading('Search'), filters('search', params, [
    {name: 'q', label: 'Words, "phrases", word*, -without', type: 'search', size: 34},
    {name: 'theme', label: 'Theme', options: choices(words.themes)},
    {name: 'function', label: 'What the paragraph does', options: Object.keys(words.functions).map((one) => [one, one])},
    {name: 'country', label: 'Country', options: choices(words.countries)},
    {name: 'actor', label: 'Actor (id)', size: 8, list: choices(words.actors)},
    {name: 'kind', label: 'Part of the text', options: KINDS.map((one) => [one, one])},
    {name: 'year', label: 'Year', size: 5, inputmode: 'numeric'}], {superseded: params.get('superseded'), document: params.get('document')}));
  if (!typed.trim()) {
    context.main.append(empty('Type words to look for: all of them must be in the paragraph.'));
    return 'Search';
  }
  const found = await get('search', taken(params, FILTERS), signal);
  if (!found.items.length) {
    context.main.append(empty('No paragraph has all of these words.'));
    context.said = 'Nothing found';
    return `${typed} – Search`;
  }
  context.said = found.next ? `${found.items.length} paragraphs on this page` : `${found.items.length} paragraphs`;
  context.main.append(h('p', {class: 'count'}, context.said, found.ranked ? ', best first' : ', latest first'),
    found.ranked ? '' : note('These words are so common that not all paragraphs could be weighed in time.'),
    h('ol', {class: 'hits'}, found.items.map((row) => hit(row, words))),
    found.next || params.get('cursor') ? h('nav', {class: 'pager', 'aria-label': 'Pages of the list'}, params.get('cursor') ? h('a', {href: changed(params, {cursor: null}), 'data-keep': 'first'}, 'First page') : null,
      found.next ? h('a', {href: changed(params, {cursor: found.next}), rel: 'next', 'data-keep': 'next'}, 'Next page') : null) : '');
  return `${typed} – Search`;
}
