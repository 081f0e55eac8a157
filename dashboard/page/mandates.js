// mandates: what the Secretariat is asked, whether it was reported on, and where.
import {h, heading, panel, table, filters, badge, link, documentLink, nameOf, address, percent, time, bdi, empty, note, choices, marked, highlight, plural} from './dom.js';
import {get, names, named, taken, path} from './api.js';
import {list} from './list.js';

const FILTERS = ['q', 'addressee', 'force', 'theme', 'due', 'status', 'resolution', 'document', 'year', 'from', 'to'];
const STATUSES = [['answered', 'answered'], ['partial', 'partly answered'], ['silent', 'silent'], ['no-report', 'no report']];

const mandateLink = (row, ...children) => link('mandate', {chunk: row.chunk_id, seq: row.seq}, children);

export async function show(context) {
  const words = await names(), {params} = context;
  const forces = Object.entries(words.forces).sort((a, b) => b[0] - a[0]).map(([value, text]) => [value, `${value} ${text}`]);
  context.main.append(heading('Mandates', h('p', {class: 'lead'}, 'What resolutions ask of the Secretariat, and whether a report answers it.')), filters('mandates', params, [
    {name: 'status', label: 'Status', options: STATUSES},
    {name: 'addressee', label: 'Addressee', list: [['sg', 'Secretary-General'], ['unodc', named(words.actors, 'unodc')]]},
    {name: 'force', label: 'Force of the verb', options: forces},
    {name: 'theme', label: 'Theme', options: choices(words.themes)},
    {name: 'due', label: 'Due', size: 12, placeholder: 'seventy-ninth'},
    {name: 'resolution', label: 'Resolution', size: 12, placeholder: 'A/RES/…'},
    {name: 'year', label: 'Year', size: 5, inputmode: 'numeric'},
    {name: 'q', label: 'Action holds', type: 'search'}], {sort: params.get('sort')}));
  await list(context, {name: 'mandates', what: 'mandate', values: taken(params, FILTERS), sort: params.get('sort') || '-published', live: true,
    none: 'No mandate is like that.', columns: [
      {title: 'Resolution', sort: 'resolution', first: true, cell: (row) => (row.resolution ? link('matrix', {resolution: row.resolution}, bdi(row.resolution)) : documentLink(row))},
      {title: 'Clause', cell: (row) => link('document', {id: row.document_id, chunk: row.chunk_id}, bdi(row.clause))},
      {title: 'Published', sort: 'published', num: true, cell: (row) => time(row.published)},
      {title: 'Verb', sort: 'force', cell: (row) => [bdi(row.verb), ' ', h('span', {class: 'force', title: `force ${row.force}: ${named(words.forces, String(row.force))}`}, row.force)]},
      {title: 'Addressee', sort: 'addressee', cell: (row) => bdi(row.addressee)},
      {title: 'Action', text: true, cell: (row) => [mandateLink(row, bdi(row.action)), row.condition ? h('span', {class: 'under'}, 'if: ', bdi(row.condition)) : null]},
      {title: 'Theme', cell: (row) => named(words.themes, row.theme) || '–'},
      {title: 'Due', sort: 'due', cell: (row) => bdi(row.due || '–')},
      {title: 'Status', sort: 'status', cell: (row) => [badge(row.status), row.reports > 1 ? h('span', {class: 'under'}, plural(row.reports, 'report')) : null]}]});
  return 'Mandates';
}

// --- one ask beside its evidence -------------------------------------------------------------
// 'the' and 'of' are in every sentence; abbreviations are as short, and tell.
const isTelling = (word) => word.length > 3 || word !== word.toLowerCase();

// The sentence that decided, with the words that the ask has, too.
function evidence(found) {
  const text = found.paragraph || '', {sentence} = found;
  if (!sentence)
    return h('p', {class: 'quote', dir: 'auto'}, text);
  const words = found.words.filter((word) => word.start >= sentence.start && word.end <= sentence.end)
    .map((word) => ({start: word.start - sentence.start, end: word.end - sentence.start, make: (piece) => (isTelling(piece) ? highlight(piece) : document.createTextNode(piece))}));
  return h('p', {class: 'quote', dir: 'auto'}, marked(text, [{start: sentence.start, end: sentence.end, make: (piece) => h('span', {class: 'deciding'}, marked(piece, words))}]));
}

function report(rows, index) {
  const first = rows[0], id = `report-${index}`;
  return h('section', {class: 'report', 'aria-labelledby': id}, h('h3', {id}, link('document', {id: first.report_document_id}, bdi(first.report || first.title || first.report_document_id.slice(0, 12))), ' ', badge(first.status)),
    first.report && first.title ? note(bdi(first.title)) : null, first.published ? note('Published ', time(first.published)) : null,
    rows.map((row) => (row.evidence_chunk_id ? h('div', {class: 'evidence'}, evidence(row),
      note(`${row.rank}. `, link('document', {id: row.report_document_id, chunk: row.evidence_chunk_id}, row.label ? ['paragraph ', bdi(row.label)] : 'its paragraph'),
        `, score ${percent(row.score)}, by ${row.rule}`)) : empty('This report answers the resolution, and says nothing of this.'))));
}

function facts(mandate, words) {
  const line = (name, value) => (value ? [h('dt', null, name), h('dd', null, value)] : null);
  return h('dl', {class: 'facts'},
    line('Verb', [bdi(mandate.verb), ` (force ${mandate.force}, ${named(words.forces, String(mandate.force))})`]),
    line('Addressee', mandate.addressee ? bdi(mandate.addressee) : null),
    line('Action', bdi(mandate.action)), line('Condition', mandate.condition ? bdi(mandate.condition) : null), line('Due', mandate.due ? bdi(mandate.due) : null),
    line('Read by', `${mandate.rule}, confidence ${percent(mandate.confidence)}`));
}

export async function showMandate(context) {
  const {params, signal} = context;
  const [words, mandate] = await Promise.all([names(), get(`mandates/${encodeURIComponent(params.get('chunk') || '0')}/${encodeURIComponent(params.get('seq') || '0')}`, null, signal)]);
  const reports = new Map();
  for (const row of mandate.followups)
    reports.set(row.report_document_id, [...reports.get(row.report_document_id) || [], row]);
  const title = `${mandate.resolution || nameOf(mandate)}, ${mandate.clause}`;
  context.main.append(heading(['Mandate ', bdi(title)], h('p', {class: 'lead'}, bdi(mandate.title || ''), mandate.published ? [', ', time(mandate.published)] : null)),
    h('div', {class: 'halves'},
      panel('What is asked', h('p', {class: 'quote', dir: 'auto'}, marked(mandate.text, [{start: mandate.start, end: mandate.end, make: highlight}])), facts(mandate, words),
        h('p', {class: 'more'}, link('document', {id: mandate.document_id, chunk: mandate.chunk_id}, 'In the document'),
          mandate.resolution ? [' · ', link('matrix', {resolution: mandate.resolution}, 'All asks of this resolution by reports')] : null)),
      panel('What was reported', reports.size ? [...reports.values()].map(report) : empty('No report that answers this resolution was read.'),
        reports.size ? note('Marked: the words that the ask and the report share, in the sentence that decided.') : null)),
    mandate.alike.length ? panel('Asks like it in other resolutions', table({caption: 'Asks like it', hideCaption: true, rows: mandate.alike, columns: [
      {title: 'Resolution', first: true, cell: (row) => mandateLink(row, bdi(row.resolution || '–'))}, {title: 'Clause', cell: (row) => bdi(row.clause)},
      {title: 'Published', num: true, cell: (row) => time(row.published)}, {title: 'Action', text: true, cell: (row) => bdi(row.action)}]})) : '');
  return `Mandate ${title}`;
}

// --- the asks of a resolution by reports ---------------------------------------------------------
const WORDS = {answered: 'answered', partial: 'partial', silent: 'silent'};

function cellOf(cell) {
  if (!cell)
    return h('span', {class: 'none'}, '–');
  const what = badge(WORDS[cell.status] || cell.status, cell.status);
  return cell.evidence_chunk_id ? h('a', {class: 'cell', href: address('document', {id: cell.report_document_id, chunk: cell.evidence_chunk_id})}, what,
    h('span', {class: 'under'}, cell.label ? ['para. ', bdi(cell.label)] : 'text')) : what;
}

export async function showMatrix(context) {
  const {params, signal} = context, resolution = params.get('resolution') || '';
  if (!resolution) {
    context.main.append(heading('Matrix'), filters('matrix', params, [{name: 'resolution', label: 'Resolution', placeholder: 'A/RES/…'}]));
    return 'Matrix';
  }
  const found = await get('matrix', {resolution}, signal);
  const cells = new Map(found.cells.map((cell) => [`${cell.clause} ${cell.seq} ${cell.report_document_id}`, cell]));
  context.main.append(heading([bdi(resolution), ' by reports'], h('p', {class: 'lead'}, 'Each ask of the resolution, and what each report that answers it says of it. A cell leads to the paragraph.')),
    filters('matrix', params, [{name: 'resolution', label: 'Resolution', placeholder: 'A/RES/…'}]));
  const downloads = h('p', {class: 'more'}, link('mandates', {resolution}, 'As a list'), ' · ', h('a', {href: path('followups.csv', {resolution}), download: true}, 'CSV'));
  if (!found.clauses.length) {
    context.main.append(empty('No ask to the Secretariat was read in a resolution of this symbol.'));
  } else {
    context.main.append(h('p', {class: 'count'}, `${plural(found.clauses.length, 'ask')}, ${plural(found.reports.length, 'report')}`),
      h('div', {class: 'scroll wide', tabindex: '0', role: 'region', 'aria-label': 'Asks by reports'}, table({caption: `Asks of ${resolution} by reports`, hideCaption: true, rows: found.clauses, columns: [
        {title: 'Ask', first: true, text: true, cell: (row) => mandateLink(row, h('b', null, bdi(row.clause)), ' ', bdi(`${row.verb} … ${row.action}`))},
        {title: 'Due', cell: (row) => bdi(row.due || '–')},
        ...found.reports.map((column) => ({title: documentLink({...column, document_id: column.report_document_id}), cell: (row) => cellOf(cells.get(`${row.clause} ${row.seq} ${column.report_document_id}`))}))]})),
      found.reports.length ? '' : empty('No report that answers this resolution was read.'), downloads);
  }
  return `${resolution} by reports`;
}
