// overview: how much there is, on what, and what came last.
import {h, clear, heading, panel, table, badge, link, documentLink, count, plural, time, bdi, empty, note, address, sized, bar} from './dom.js';
import {get, names, named} from './api.js';
import {chart, SHADES} from './charts.js';

const KINDS = {classification: 'Classifications', clause: 'Clauses', actor: 'Actors', citation: 'Citations', date_mention: 'Dates', place: 'Places', quantity: 'Quantities', publication: 'Publications', adherence: 'States parties'};

function tile(title, value, under, href) {
  return h('div', {class: 'tile'}, h('dt', null, href ? h('a', {href}, title) : title), h('dd', null, h('strong', null, value), under ? h('span', null, under) : null));
}

function tiles(data) {
  const c = data.counts, findings = data.findings.reduce((sum, row) => sum + row.findings, 0);
  const by = Object.fromEntries(data.mandates_by_status.map((row) => [row.status, row.mandates]));
  return h('dl', {class: 'tiles'},
    tile('Documents', count(c.documents), `${count(c.complete)} complete${c.superseded ? `, ${count(c.superseded)} superseded` : ''}`, address('documents')),
    tile('Paragraphs', count(c.stored), `of ${count(c.chunks)} taken in`),
    tile('Findings', count(findings), `of ${plural(data.findings.length, 'kind')}`),
    tile('Answers in reports', count(by.answered || 0), `and ${count(by.partial || 0)} in part, ${count(by.silent || 0)} silent on an ask`, address('mandates', {status: 'answered'})),
    tile('In quarantine', count(c.waiting), c.waiting ? 'could not be processed' : 'nothing was refused', address('pipeline')));
}

function progress(data) {
  const c = data.counts;
  if (!c.receiving)
    return note('All that was taken in is stored. ', c.last_completed_at ? ['Last document completed ', time(c.last_completed_at, true), ' UTC.'] : null);
  const share = c.chunks ? 100 * c.stored / c.chunks : 0;
  return h('div', {class: 'progress'},
    h('p', null, `Reading: ${plural(c.receiving, 'document')} under way, ${count(c.stored)} of ${count(c.chunks)} paragraphs stored.`),
    h('div', {class: 'track', role: 'progressbar', 'aria-label': 'Paragraphs stored', 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': Math.floor(share)}, sized(h('span'), share)));
}

// The themes with most paragraphs, and the rest together.
function byYear(rows) {
  const years = [...new Set(rows.map((row) => row.year))].sort();
  const sums = new Map();
  for (const row of rows)
    sums.set(row.theme, (sums.get(row.theme) || 0) + row.paragraphs);
  const order = [...sums].sort((a, b) => b[1] - a[1]).map(([theme]) => theme);
  const top = order.slice(0, SHADES - 1), rest = order.length > top.length;
  const cells = new Map(rows.map((row) => [`${row.theme} ${row.year}`, row.paragraphs]));
  const lines = top.map((theme) => ({theme, values: years.map((year) => cells.get(`${theme} ${year}`) || 0)}));
  if (rest)
    lines.push({theme: null, values: years.map((year) => rows.filter((row) => row.year === year && !top.includes(row.theme)).reduce((sum, row) => sum + row.paragraphs, 0))});
  return {years, lines};
}

function themes(data, words, context) {
  const {years, lines} = byYear(data.themes_by_year);
  if (!years.length)
    return panel('Themes over years', empty('No paragraph with a theme and a year yet.'));
  const label = (line) => (line.theme ? named(words.themes, line.theme) : 'Other themes');
  const picture = chart({type: 'bar', data: {labels: years, datasets: lines.map((line) => ({label: label(line), data: line.values}))},
    options: {scales: {x: {stacked: true, grid: {display: false}}, y: {stacked: true, title: {display: true, text: 'Paragraphs'}, ticks: {precision: 0}}}}},
  {says: `Paragraphs by theme and year of publication, ${years[0]} to ${years[years.length - 1]}; the table beside it has the numbers`, tall: true, signal: context.signal,
    onPick: (set, index) => context.go(address('documents', {theme: lines[set].theme, year: years[index]}))});
  return panel('Themes over years', h('div', {class: 'beside'}, picture, h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Themes over years, as a table'},
    table({caption: 'Paragraphs by theme and year', hideCaption: true, rows: lines, columns: [
      {title: 'Theme', first: true, cell: (line) => (line.theme ? link('documents', {theme: line.theme}, label(line)) : label(line))},
      ...years.map((year, index) => ({title: year, num: true, cell: (line) => (line.values[index] ? count(line.values[index]) : '–')}))]}))),
  note('By the first theme of each paragraph. A column leads to its documents.'));
}

function newest(data) {
  if (!data.newest.length)
    return panel('Newest documents', empty('Nothing was read yet.'));
  return panel('Newest documents', table({caption: 'Newest documents', hideCaption: true, rows: data.newest, columns: [
    {title: 'Document', first: true, cell: (row) => documentLink(row)},
    {title: 'Title', text: true, cell: (row) => bdi(row.title || '–')},
    {title: 'Kind', cell: (row) => row.kind || '–'},
    {title: 'Published', num: true, cell: (row) => time(row.published)},
    {title: 'Paragraphs', num: true, cell: (row) => (row.stored === row.chunks ? count(row.chunks) : `${count(row.stored)} of ${count(row.chunks)}`)},
    {title: 'State', cell: (row) => badge(row.state)}]}),
  h('p', {class: 'more'}, link('documents', null, 'All documents')));
}

function kinds(data) {
  const most = Math.max(1, ...data.findings.map((row) => row.findings));
  return panel('What was found', data.findings.length ? table({caption: 'Findings by kind', hideCaption: true, rows: data.findings, columns: [
    {title: 'Kind', first: true, cell: (row) => KINDS[row.kind] || row.kind},
    {title: 'Findings', num: true, cell: (row) => count(row.findings)},
    {title: 'Documents', num: true, cell: (row) => count(row.documents)},
    {title: 'Share', cell: (row) => bar(row.findings, most)}]}) : empty('Nothing yet.'));
}

function sorts(data) {
  return panel('Documents by kind', data.documents_by_kind.length ? table({caption: 'Documents by kind', hideCaption: true, rows: data.documents_by_kind, columns: [
    {title: 'Kind', first: true, cell: (row) => link('documents', {kind: row.kind}, row.kind || 'unknown')},
    {title: 'Documents', num: true, cell: (row) => count(row.documents)}]}) : empty('Nothing yet.'));
}

async function quarantine(signal) {
  const found = await get('quarantine', {limit: 5, total: true}, signal);
  return panel('Quarantine', found.items.length ? [table({caption: 'What could not be processed', hideCaption: true, rows: found.items, columns: [
    {title: 'Document', first: true, cell: (row) => link('document', {id: row.document_id}, bdi(row.symbol || row.title || row.source || row.document_id))},
    {title: 'Cause', text: true, cell: (row) => bdi(row.cause)},
    {title: 'Last', num: true, cell: (row) => time(row.last_at)}]}), h('p', {class: 'more'}, link('pipeline', null, `All ${count(found.total)}`))]
    : empty('Nothing is in quarantine.'));
}

export async function show(context) {
  const words = await names(), parts = {};
  for (const name of ['tiles', 'progress', 'themes', 'newest', 'kinds', 'sorts', 'quarantine'])
    parts[name] = h('div', {class: `part part-${name}`});
  const seen = {};
  // A part is drawn anew only if it changed, and not under the reader's focus.
  const draw = (name, value, make) => {
    const text = JSON.stringify(value);
    if (seen[name] === text || parts[name].contains(document.activeElement))
      return;
    seen[name] = text;
    clear(parts[name], make());
  };
  const load = async () => {
    const [data, held] = await Promise.all([get('overview', null, context.signal), quarantine(context.signal)]);
    draw('tiles', [data.counts, data.findings, data.mandates_by_status], () => tiles(data));
    draw('progress', data.counts, () => progress(data));
    draw('themes', data.themes_by_year, () => themes(data, words, context));
    draw('newest', data.newest, () => newest(data));
    draw('kinds', data.findings, () => kinds(data));
    draw('sorts', data.documents_by_kind, () => sorts(data));
    draw('quarantine', held.textContent, () => held);
    parts.hint.hidden = data.counts.documents > 0;
  };
  parts.hint = h('div', {class: 'hint', hidden: true}, h('h2', null, 'The database is empty'),
    h('p', null, 'Give it documents, and they appear here as they are read:'),
    h('pre', null, 'rapporteur submit DOCUMENT...\nrapporteur run --db FILE DOCUMENT...'),
    h('p', null, 'or put them into the inbox folder of the service.'));
  await load();
  context.main.append(heading('Overview'), parts.hint, parts.tiles, parts.progress, parts.themes, h('div', {class: 'columns'}, h('div', null, parts.newest), h('div', null, parts.kinds, parts.sorts, parts.quarantine)));
  context.onLive(load);
  return 'Overview';
}
