// series: the same thing counted in several documents.
import {h, heading, panel, table, filters, link, documentLink, placeLink, count, number, time, bdi, empty, address, plural} from './dom.js';
import {get, names, named, taken, short} from './api.js';
import {chart, SHADES} from './charts.js';
import {list, changed} from './list.js';

const GROUPS = {
  parties: {title: 'States parties', series: {parties: true}, unit: 'States parties'},
  money: {title: 'Money', series: {measure: 'money'}, quantities: {measure: 'money'}, unit: 'Amount'},
  people: {title: 'People and things counted', series: {measure: 'count', parties: false}, quantities: {measure: 'count'}, unit: 'Count'},
  other: {title: 'All series', series: {}, unit: 'Value'},
};
const LINES = SHADES;

const nameOfSeries = (row, words) => (row.name.startsWith('States parties: ') ? named(words.instruments, row.instrument_or_subject) : row.name);
// A document without a day of its own has none here: when it was read says nothing of when it was so.
const dayOf = (point) => point.as_of || point.published || '';
const amount = (point, series) => [number(point.value), series.unit ? ` ${series.unit}` : ''];
const opened = (point) => address('document', {id: point.document_id, chunk: point.chunk_id});

// Days as numbers, so that the distance between points is that in time.
const stamp = (day) => Date.parse(day.length === 4 ? `${day}-01-01` : day.length === 7 ? `${day}-01` : day);
const dayText = (value) => new Date(value).toISOString().slice(0, 10);

function picture(lines, unit, context) {
  const sets = lines.map((line) => ({label: short(line.label, 48), data: line.points.filter((point) => !Number.isNaN(stamp(dayOf(point)))).map((point) => ({x: stamp(dayOf(point)), y: point.value, point})), tension: 0, pointRadius: 4, pointHoverRadius: 6, pointHitRadius: 10}));
  const days = [...new Set(sets.flatMap((set) => set.data.map((at) => at.x)))].sort((a, b) => a - b);
  if (!days.length)
    return null;
  const span = Math.max(days[days.length - 1] - days[0], 86400000 * 30);
  return chart({type: 'line', data: {datasets: sets}, options: {
    scales: {x: {type: 'linear', min: days[0] - span / 20, max: days[days.length - 1] + span / 20, ticks: {maxTicksLimit: 8, maxRotation: 0, callback: (value) => dayText(value).slice(0, 7)}, grid: {display: false}},
      y: {title: {display: true, text: unit}, grace: '10%', ticks: {precision: 0}}},
    plugins: {tooltip: {callbacks: {title: (at) => dayText(at[0].parsed.x), label: (at) => `${at.dataset.label}: ${number(at.parsed.y)} (${at.raw.point.symbol || at.raw.point.title || 'document'}${at.raw.point.label ? `, ${at.raw.point.label}` : ''})`}}}}},
  {says: `${unit} over time in ${plural(lines.length, 'series', 'series')}; the table beside it has each point`, tall: true, signal: context.signal, onPick: (set, index) => context.go(opened(sets[set].data[index].point))});
}

function points(lines, one) {
  const rows = lines.flatMap((line) => line.points.map((point) => ({...point, line})));
  return table({caption: 'Points, in the order of time', hideCaption: true, rows, columns: [
    ...one ? [] : [{title: 'Series', first: true, cell: (row) => bdi(short(row.line.label, 44))}],
    {title: 'As of', num: true, first: one, cell: (row) => time(dayOf(row))},
    {title: 'Value', num: true, cell: (row) => h('a', {href: opened(row)}, amount(row, row.line.series))},
    ...one ? [{title: 'As printed', text: true, cell: (row) => bdi(short(row.surface, 120))}] : [],
    {title: 'Document', cell: (row) => documentLink({...row, title: short(row.title || '', 40)})}]});
}

const beside = (lines, unit, context, one) => {
  const drawn = picture(lines, unit, context);
  return h('div', {class: 'beside'}, drawn || empty('No point has a day.'), h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Points, as a table'}, points(lines, one)));
};

async function pointsOf(series, signal, words) {
  const found = await get(`series/${series.series_id}/points`, {limit: 500}, signal);
  return {series, label: nameOfSeries(series, words), points: found.items};
}

async function showOne(context, words) {
  const id = context.params.get('id'), series = await get(`series/${encodeURIComponent(id)}`, null, context.signal);
  const line = await pointsOf(series, context.signal, words);
  context.main.append(heading(bdi(short(line.label, 160)), h('p', {class: 'lead'}, [series.measure, series.unit].filter(Boolean).join(', '), '. A point leads to its paragraph.')),
    panel('Over time', beside([line], series.unit || series.measure || 'Value', context, true)), h('p', {class: 'more'}, link('series', null, 'All series')));
  return short(line.label, 60);
}

function tabs(group) {
  return h('nav', {class: 'tabs', 'aria-label': 'Kinds of series'}, h('ul', null, Object.entries(GROUPS).map(([name, entry]) =>
    h('li', null, h('a', {href: address('series', {group: name}), 'aria-current': name === group ? 'page' : null}, entry.title)))));
}

// The lines that are drawn: those that the address names, or the first ones of one unit.
function drawn(found, params) {
  const named = (params.get('draw') || '').split(',').filter(Boolean);
  const many = found.items.filter((row) => row.points > 1);
  if (named.length)
    return found.items.filter((row) => named.includes(row.series_id)).slice(0, LINES);
  const unit = many.length ? many[0].unit : '';
  return many.filter((row) => row.unit === unit).slice(0, LINES);
}

export async function show(context) {
  const {params, signal} = context, words = await names();
  if (params.get('id'))
    return showOne(context, words);
  const group = GROUPS[params.get('group')] ? params.get('group') : 'parties', entry = GROUPS[group];
  context.main.append(heading('Series', h('p', {class: 'lead'}, 'The same thing counted in several documents. A point leads to the paragraph that it was read from.')), tabs(group));
  if (group !== 'parties')
    context.main.append(filters('series', params, [{name: 'q', label: 'Name holds', type: 'search'}], {group}));
  const place = h('div'), below = h('div');
  context.main.append(place, below);
  const found = await list({...context, main: below}, {name: 'series', what: 'series', values: {...entry.series, ...taken(params, ['q'])}, sort: params.get('sort') || '-points', none: 'Nothing of this kind was counted in two documents.',
    caption: entry.title, columns: [
      {title: 'Series', sort: 'name', first: true, text: true, cell: (row) => link('series', {id: row.series_id}, bdi(nameOfSeries(row, words)))},
      {title: 'Measure', sort: 'measure', cell: (row) => [row.measure, row.unit].filter(Boolean).join(', ')},
      {title: 'Points', sort: 'points', num: true, cell: (row) => count(row.points)},
      {title: 'Documents', sort: 'documents', num: true, cell: (row) => count(row.documents)},
      {title: 'First', num: true, cell: (row) => time(row.first)},
      {title: 'Last', num: true, cell: (row) => time(row.last)},
      {title: 'Chart', cell: (row) => h('a', {href: changed(params, {draw: toggled(params, row.series_id)}), 'data-keep': `draw-${row.series_id}`, 'aria-label': `Chart of ${nameOfSeries(row, words)}`}, (params.get('draw') || '').split(',').includes(row.series_id) ? 'take out' : 'draw')}]});
  const lines = await Promise.all(drawn(found, params).map((row) => pointsOf(row, signal, words)));
  if (lines.length)
    place.append(panel(`${entry.title} over time`, beside(lines, lines[0].series.unit || entry.unit, context, false)));
  if (entry.quantities)
    await amounts(context, entry);
  return `Series: ${entry.title}`;
}

function toggled(params, id) {
  const named = (params.get('draw') || '').split(',').filter(Boolean);
  return (named.includes(id) ? named.filter((other) => other !== id) : [...named, id].slice(-LINES)).join(',');
}

// Whatever was counted in one document alone.
async function amounts(context, entry) {
  const {params} = context, place = h('div');
  context.main.append(panel(entry.quantities.measure === 'money' ? 'Every amount of money' : 'Everything counted', place));
  await list(context, {name: 'quantities', what: 'quantity', to: place, cursor: 'page', sorting: 'by', values: {...entry.quantities, subject: params.get('q')}, sort: params.get('by') || '-taken', limit: 25, none: 'Nothing.', columns: [
    {title: 'Value', num: true, first: true, cell: (row) => link('document', {id: row.document_id, chunk: row.chunk_id}, row.bound !== 'exact' ? `${row.bound} ` : '', number(row.value), ' ', row.currency || row.unit)},
    {title: 'Of what', text: true, cell: (row) => bdi(row.subject || '–')},
    {title: 'As printed', text: true, cell: (row) => bdi(short(row.surface, 120))},
    {title: 'Document', cell: (row) => documentLink(row)},
    {title: 'Published', num: true, cell: (row) => time(row.published)},
    {title: 'Paragraph', cell: (row) => placeLink(row)}]});
}
