// pipeline: how the service does.
import {h, clear, heading, panel, table, link, count, number, time, bdi, empty, note, badge, plural} from './dom.js';
import {get} from './api.js';
import {chart} from './charts.js';
import {list} from './list.js';

const tile = (title, value, under) => h('div', {class: 'tile'}, h('dt', null, title), h('dd', null, h('strong', null, value), under ? h('span', null, under) : null));
const ms = (value) => (value === null || value === undefined ? '–' : value >= 1000 ? `${number(value / 1000)} s` : `${number(value)} ms`);

function tiles(data) {
  const {service} = data, last = data.minutes[data.minutes.length - 1];
  return h('dl', {class: 'tiles'},
    tile('Service', data.running ? (service.draining ? 'draining' : service.failing ? 'failing' : service.idle ? 'idle' : 'reading') : 'not heard', data.running ? bdi(service.ingest) : 'this is the database alone'),
    tile('Backlog', count(data.backlog.chunks), `paragraphs of ${plural(data.backlog.documents, 'document')}`),
    tile('Last minute', last ? count(last.chunks) : '–', last ? ['paragraphs, ', time(last.minute)] : 'nothing yet'),
    tile('From sending to storing', ms(data.latency.p50_ms), `half of ${plural(data.latency.batches, 'batch', 'batches')}; 95 %: ${ms(data.latency.p95_ms)}, slowest ${ms(data.latency.slowest_ms)}`),
    tile('In quarantine', count(data.backlog.quarantine), data.latency.repeated ? `${plural(data.latency.repeated, 'batch', 'batches')} tried again` : 'no batch was tried again'));
}

function rates(data, context) {
  const rows = data.minutes.slice(-60);
  if (!rows.length)
    return panel('Rates', empty('No document is complete yet.'));
  const labels = rows.map((row) => row.minute.slice(11, 16));
  return panel('Rates', h('div', {class: 'beside'}, chart({type: 'bar', data: {labels, datasets: [{label: 'Paragraphs stored in a minute', data: rows.map((row) => row.chunks), maxBarThickness: 40}]},
    options: {scales: {x: {grid: {display: false}}, y: {beginAtZero: true, ticks: {precision: 0}}}}}, {says: `Paragraphs stored, by minute, over ${plural(rows.length, 'minute')} in which documents were completed; the table beside it has the numbers`, signal: context.signal}),
  h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Rates, as a table'}, table({caption: 'By minute', hideCaption: true, rows: rows.slice().reverse(), columns: [
    {title: 'Minute (UTC)', first: true, cell: (row) => time(row.minute)}, {title: 'Documents', num: true, cell: (row) => count(row.documents)}, {title: 'Paragraphs', num: true, cell: (row) => count(row.chunks)}]}))));
}

function workers(data) {
  const now = new Map((data.service && data.service.workers || []).map((worker) => [worker.id, worker]));
  const rows = data.workers.map((row) => ({...row, now: now.get(row.worker)}));
  for (const [id, worker] of now)
    if (!rows.some((row) => row.worker === id))
      rows.push({worker: id, batches: 0, repeated: 0, last_at: null, now: worker});
  if (!rows.length)
    return panel('Workers', empty('No worker has done anything yet.'));
  return panel('Workers', table({caption: 'Workers', hideCaption: true, rows, columns: [
    {title: 'Worker', first: true, cell: (row) => bdi(row.worker)},
    {title: 'Now', cell: (row) => (row.now ? badge(row.now.blocked ? 'blocked' : row.now.held ? 'working' : 'waiting') : badge('gone'))},
    {title: 'Paragraphs a second', num: true, cell: (row) => (row.now ? number(row.now.rate) : '–')},
    {title: 'Held', num: true, cell: (row) => (row.now ? count(row.now.held) : '–')},
    {title: 'Batches', num: true, cell: (row) => count(row.batches)},
    {title: 'Tried again', num: true, cell: (row) => count(row.repeated)},
    {title: 'Last stored', num: true, cell: (row) => time(row.last_at, true)}]}), note('Batches are those among the latest 1,000.'));
}

function service(data) {
  const s = data.service;
  if (!s)
    return '';
  const line = (name, value) => [h('dt', null, name), h('dd', null, value)];
  return panel('Ingest', h('dl', {class: 'facts across'}, line('Documents taken', count(s.documents.taken)), line('Complete', count(s.documents.complete)), line('In quarantine', count(s.documents.quarantined)), line('Dropped', count(s.documents.dropped)),
    line('Paragraphs open', count(s.chunks.open)), line('In flight', count(s.chunks.in_flight)), line('Stored', count(s.chunks.stored)), line('Batches waiting', count(s.batches.waiting)), line('Being read', count(s.reading)),
    line('Sink', s.sink.alive ? 'alive' : 'not heard'), line('Workers', count(s.workers_count)), line('Deaths of workers', count(s.deaths)), line('Rules', bdi(s.pipeline))));
}

export async function show(context) {
  const parts = {tiles: h('div'), rates: h('div'), service: h('div'), workers: h('div')}, seen = {};
  const draw = (name, value, make) => {
    const text = JSON.stringify(value);
    if (seen[name] === text || parts[name].contains(document.activeElement))
      return;
    seen[name] = text;
    clear(parts[name], make());
  };
  const load = async () => {
    const data = await get('pipeline', null, context.signal);
    draw('tiles', data, () => tiles(data));
    draw('rates', data.minutes, () => rates(data, context));
    draw('service', data.service, () => service(data));
    draw('workers', [data.workers, data.service], () => workers(data));
  };
  await load();
  const held = h('div');
  context.main.append(heading('Pipeline'), parts.tiles, parts.rates, h('div', {class: 'columns'}, parts.workers, parts.service), panel('Quarantine', held));
  await list(context, {name: 'quarantine', what: 'entry', to: held, values: {settled: context.params.get('settled')}, sort: context.params.get('sort') || '-last', live: true, none: 'Nothing is in quarantine.', columns: [
    {title: 'Document', sort: 'document', first: true, cell: (row) => link('document', {id: row.document_id}, bdi(row.symbol || row.title || row.source || row.document_id))},
    {title: 'Paragraph', num: true, cell: (row) => (row.ordinal === null ? 'all of it' : count(row.ordinal))},
    {title: 'Cause', text: true, cell: (row) => bdi(row.cause)},
    {title: 'Attempts', num: true, cell: (row) => count(row.attempts)},
    {title: 'Last', sort: 'last', num: true, cell: (row) => time(row.last_at, true)},
    {title: 'Settled', cell: (row) => (row.released_at ? ['released ', time(row.released_at)] : row.dropped_at ? ['dropped ', time(row.dropped_at)] : 'no')}]});
  context.onLive(load);
  // The service says more than the database: its figures are asked for while the page is looked at.
  const timer = setInterval(() => { if (!document.hidden) load().catch(() => {}); }, 5000);
  context.signal.addEventListener('abort', () => clearInterval(timer));
  return 'Pipeline';
}
