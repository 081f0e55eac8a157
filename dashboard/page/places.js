// places: countries by how often they are named, and what is said of each.
import {h, heading, panel, filters, link, documentLink, placeLink, count, time, bdi, bar, choices, highlight} from './dom.js';
import {names, named, taken} from './api.js';
import {list} from './list.js';

export async function show(context) {
  const words = await names(), {params} = context, code = params.get('code');
  if (code)
    return showCountry(context, words, code);
  context.main.append(heading('Places', h('p', {class: 'lead'}, 'Countries and areas by how many paragraphs name them. A name leads to what is said of it.')),
    filters('places', params, [{name: 'code', label: 'Country', options: choices(words.countries)}]));
  let most = 0;
  const place = h('div');
  await list(context, {name: 'places', what: 'country', to: place, values: {}, sort: params.get('sort') || '-paragraphs', limit: 250, live: true, none: 'No country is named yet.', columns: [
    {title: 'Country', sort: 'code', first: true, cell: (row) => link('places', {code: row.code}, bdi(named(words.countries, row.code)))},
    {title: 'Code', cell: (row) => row.code},
    {title: 'Paragraphs', sort: 'paragraphs', num: true, cell: (row) => count(row.paragraphs)},
    {title: 'Share', cell: (row) => { most = Math.max(most, row.paragraphs); return bar(row.paragraphs, most); }},
    {title: 'Mentions', sort: 'mentions', num: true, cell: (row) => count(row.mentions)},
    {title: 'Documents', sort: 'documents', num: true, cell: (row) => link('documents', {country: row.code}, count(row.documents))}]});
  context.main.append(place);
  return 'Places';
}

async function showCountry(context, words, code) {
  const {params} = context, name = named(words.countries, code);
  const functions = Object.keys(words.functions).map((one) => [one, one]);
  context.main.append(heading(bdi(name), h('p', {class: 'lead'}, 'Paragraphs that name it. ', link('documents', {country: code}, 'Its documents'), ' · ', link('places', null, 'All countries'))),
    filters('places', params, [{name: 'theme', label: 'Theme', options: choices(words.themes)}, {name: 'function', label: 'What the paragraph does', options: functions}, {name: 'year', label: 'Year', size: 5, inputmode: 'numeric'}], {code}));
  const place = h('div');
  context.main.append(panel('What is said of it', place));
  await list(context, {name: 'place-mentions', what: 'mention', to: place, values: {code, ...taken(params, ['theme', 'function', 'year', 'document'])}, sort: params.get('sort') || '-taken', limit: 25, none: 'No paragraph is like that.', columns: [
    {title: 'Document', first: true, cell: (row) => documentLink(row)},
    {title: 'Paragraph', cell: (row) => placeLink(row)},
    {title: 'Text', text: true, cell: (row) => excerpt(row)},
    {title: 'Theme', cell: (row) => named(words.themes, row.theme) || '–'},
    {title: 'Does', cell: (row) => row.function || '–'},
    {title: 'Published', num: true, cell: (row) => time(row.published)}]});
  return name;
}

// Some words before and after the name.
const AROUND = 140;

function excerpt(row) {
  const points = Array.from(row.text), from = Math.max(0, row.start - AROUND), to = Math.min(points.length, row.end + AROUND);
  const before = points.slice(from, row.start).join(''), after = points.slice(row.end, to).join('');
  return h('p', {class: 'excerpt', dir: 'auto'}, from ? `…${before.replace(/^\S{1,30}\s/, ' ')}` : before, highlight(points.slice(row.start, row.end).join('')), to < points.length ? `${after.replace(/\s\S{1,30}$/, ' ')}…` : after);
}
