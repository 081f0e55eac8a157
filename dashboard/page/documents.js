// documents: the list of them.
import {heading, table, filters, badge, documentLink, count, time, bdi, choices} from './dom.js';
import {get, names, named, taken} from './api.js';
import {list} from './list.js';

const FILTERS = ['q', 'kind', 'state', 'body', 'year', 'theme', 'actor', 'country', 'from', 'to', 'symbol'];
const KINDS = ['report', 'resolution', 'decision', 'committee-report', 'declaration', 'statement', 'letter', 'other'];
const same = (values) => values.map((value) => [value, value]);

export async function show(context) {
  const words = await names(), {params} = context;
  context.main.append(heading('Documents'), filters('documents', params, [
    {name: 'q', label: 'Symbol, title or file holds', type: 'search', size: 22},
    {name: 'kind', label: 'Kind', options: same(KINDS)},
    {name: 'state', label: 'State', options: same(['receiving', 'complete', 'superseded', 'quarantined'])},
    {name: 'theme', label: 'Theme', options: choices(words.themes)},
    {name: 'country', label: 'Country', options: choices(words.countries)},
    {name: 'actor', label: 'Actor (id)', size: 8, list: choices(words.actors)},
    {name: 'year', label: 'Year', size: 5, inputmode: 'numeric'}], {sort: params.get('sort')}));
  await list(context, {name: 'documents', what: 'document', values: taken(params, FILTERS), sort: params.get('sort') || '-taken', live: true,
    none: 'No document is like that.', columns: [
      {title: 'Document', sort: 'symbol', first: true, cell: (row) => documentLink(row)},
      {title: 'Title', sort: 'title', text: true, cell: (row) => bdi(row.title || '–')},
      {title: 'Kind', cell: (row) => row.kind || '–'},
      {title: 'Organ', cell: (row) => named(words.actors, row.body) || '–'},
      {title: 'Published', sort: 'published', num: true, cell: (row) => time(row.published)},
      {title: 'Paragraphs', sort: 'chunks', num: true, cell: (row) => (row.stored === row.chunks ? count(row.chunks) : `${count(row.stored)} of ${count(row.chunks)}`)},
      {title: 'Completed', sort: 'completed', num: true, cell: (row) => time(row.completed_at)},
      {title: 'State', cell: (row) => badge(row.state)}]});
  return 'Documents';
}
