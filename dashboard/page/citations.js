// citations: who cites whom.
import {h, s, heading, panel, table, filters, link, documentLink, placeLink, address, count, time, bdi, empty, note, badge} from './dom.js';
import {get, names, taken, short} from './api.js';
import {list} from './list.js';

const RELATIONS = ['pursuant', 'recalls', 'reaffirms', 'see', 'source', 'other'];

// --- the graph: who cites it on the left, it in the middle, whom it cites on the right -------------
const ROW = 26, WIDE = 1180, BOX = 330, TOP = 30, LETTERS = 46;
const MOST = 24; // a side

function sides(graph) {
  const middle = graph.symbol, citing = new Map(), cited = new Map();
  for (const edge of graph.edges) {
    if (edge.to === middle && edge.from !== middle)
      citing.set(edge.from, edge);
    if (edge.from === middle && edge.to !== middle)
      cited.set(edge.to, edge);
  }
  const nodes = new Map(graph.nodes.map((node) => [node.symbol, node]));
  const list = (edges) => [...edges].map(([symbol, edge]) => ({node: nodes.get(symbol) || {symbol}, edge})).sort((a, b) => b.edge.citations - a.edge.citations || a.node.symbol.localeCompare(b.node.symbol));
  return {citing: list(citing), cited: list(cited), middle: nodes.get(middle) || {symbol: middle}};
}

function box(node, x, y, kind) {
  const symbol = short(node.symbol, 30), title = node.title ? short(node.title, Math.max(4, LETTERS - symbol.length)) : '';
  return s('a', {href: address('citations', {symbol: node.symbol}), class: `node ${kind} ${node.document_id ? 'held' : 'missing'}`},
    s('title', null, `${node.symbol}${node.title ? `: ${node.title}` : ''}${node.document_id ? '' : ' (not read)'}`),
    s('rect', {x, y: y - 10, width: BOX, height: 21, rx: 3}), s('text', {x: x + 8, y: y + 5}, symbol, title ? s('tspan', {class: 'title', dx: 8}, title) : null));
}

function draw(parts) {
  const left = parts.citing.slice(0, MOST), right = parts.cited.slice(0, MOST), rows = Math.max(left.length, right.length, 1);
  const height = TOP + rows * ROW + 10, middleY = TOP + rows * ROW / 2 - ROW / 2 + 4, middleX = (WIDE - BOX) / 2;
  const at = (side, index) => TOP + (rows - side.length) * ROW / 2 + index * ROW + 4;
  const curve = (x1, y1, x2, y2, many) => s('path', {d: `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`, class: 'edge', 'stroke-width': Math.min(4, 0.8 + many / 3)});
  return s('svg', {viewBox: `0 0 ${WIDE} ${height}`, class: 'graph', role: 'group', 'aria-label': `Citations around ${parts.middle.symbol}`, width: WIDE, height},
    s('text', {x: 0, y: 12, class: 'side'}, `Cited by ${parts.citing.length}`), s('text', {x: WIDE - BOX, y: 12, class: 'side'}, `Cites ${parts.cited.length}`),
    left.map((entry, index) => curve(BOX, at(left, index), middleX, middleY, entry.edge.citations)), right.map((entry, index) => curve(middleX + BOX, middleY, WIDE - BOX, at(right, index), entry.edge.citations)),
    left.map((entry, index) => box(entry.node, 0, at(left, index), 'citing')), box(parts.middle, middleX, middleY, 'middle'), right.map((entry, index) => box(entry.node, WIDE - BOX, at(right, index), 'cited')));
}

function neighbours(title, entries, none) {
  return panel(title, entries.length ? table({caption: title, hideCaption: true, rows: entries, columns: [
    {title: 'Document', first: true, cell: ({node}) => link('citations', {symbol: node.symbol}, bdi(node.symbol))},
    {title: 'Title', text: true, cell: ({node}) => (node.document_id ? documentLink({...node, symbol: null, title: short(node.title || node.symbol, 90)}) : h('span', {class: 'soft'}, 'not read'))},
    {title: 'How', cell: ({edge}) => edge.relations.split(',').join(', ')},
    {title: 'Times', num: true, cell: ({edge}) => link('document', {id: edge.document_id || idOf(edge), chunk: edge.first_chunk_id}, count(edge.citations))}]}) : empty(none));
}

let ids = new Map();
const idOf = (edge) => ids.get(edge.from) || '';

async function showSymbol(context, symbol) {
  const {params, signal} = context, graph = await get('graph', {symbol, limit: 300}, signal), parts = sides(graph);
  ids = new Map(graph.nodes.map((node) => [node.symbol, node.document_id]));
  const lonely = !parts.citing.length && !parts.cited.length;
  context.main.append(heading(['Citations of ', bdi(symbol)], h('p', {class: 'lead'}, parts.middle.document_id ? [documentLink({...parts.middle, symbol: null, title: parts.middle.title || symbol}), parts.middle.published ? [', ', time(parts.middle.published)] : null] : 'It was cited, but not read itself.')), around(params));
  context.main.append(lonely ? empty('Nothing that was read cites it, and it cites nothing that was found.') : h('div', null,
    h('div', {class: 'scroll wide graphbox', tabindex: '0', role: 'region', 'aria-label': 'Graph'}, draw(parts)),
    note(parts.citing.length > MOST || parts.cited.length > MOST ? `The graph has the ${MOST} of each side that are cited most often; the tables have all. ` : '', graph.cut ? 'There are more than were asked for. ' : '', 'Dashed: not read itself. Lines are thicker where it is cited more often.'),
    h('div', {class: 'columns even'}, h('div', null, neighbours(`Cited by (${parts.citing.length})`, parts.citing, 'Nobody that was read.')), h('div', null, neighbours(`Cites (${parts.cited.length})`, parts.cited, 'Nothing.')))));
  const place = h('div');
  context.main.append(panel('Paragraphs that cite it', place));
  await listed(context, place, {symbol, relation: params.get('relation')}, {sort: params.get('sort') || '-published', limit: 25});
  return `Citations of ${symbol}`;
}

function around(params) {
  return filters('citations', params, [{name: 'symbol', label: 'Around the symbol', placeholder: 'A/RES/…', size: 18}], null, 'Symbol');
}

const listed = (context, to, values, more) => list(context, {name: 'citations', what: 'citation', to, values, none: 'No paragraph cites it.', ...more, columns: [
  {title: 'Cited', sort: 'cited', first: true, cell: (row) => [link('citations', {symbol: row.cited}, bdi(row.cited)), row.pinpoint ? [', ', bdi(row.pinpoint)] : null]},
  {title: 'By', sort: 'citing', cell: (row) => documentLink(row)},
  {title: 'Paragraph', cell: (row) => placeLink(row)},
  {title: 'Relation', sort: 'relation', cell: (row) => badge(row.relation)},
  {title: 'Words', text: true, cell: (row) => bdi(short(row.surface, 120))},
  {title: 'Published', sort: 'published', num: true, cell: (row) => time(row.published)},
  {title: 'Read itself', cell: (row) => (row.target_document_id ? link('document', {id: row.target_document_id}, 'yes') : 'no')}]});

export async function show(context) {
  const {params} = context, symbol = params.get('symbol'), words = await names();
  if (symbol)
    return showSymbol(context, symbol);
  context.main.append(heading('Citations', h('p', {class: 'lead'}, 'Which paragraph cites what.')), around(params));
  const most = h('div'), all = h('div');
  context.main.append(panel('Cited most', most), panel('All citations', filters('citations', params, [
    {name: 'relation', label: 'Relation', options: RELATIONS.map((one) => [one, one])}, {name: 'year', label: 'Year', size: 5, inputmode: 'numeric'},
    {name: 'missing', label: 'Cited text', any: 'read or not', options: [['true', 'not read itself']]}]), all));
  await list(context, {name: 'cited', what: 'symbol', to: most, values: taken(params, ['q']), sort: params.get('by') || '-documents', sorting: 'by', cursor: 'page', limit: 15, none: 'Nothing is cited.', columns: [
    {title: 'Symbol', sort: 'symbol', first: true, cell: (row) => link('citations', {symbol: row.symbol}, bdi(row.symbol))},
    {title: 'Title', text: true, cell: (row) => (row.document_id ? documentLink({...row, symbol: null, title: row.title || row.symbol}) : h('span', {class: 'soft'}, words.instruments[row.symbol] || 'not read'))},
    {title: 'Documents that cite it', sort: 'documents', num: true, cell: (row) => count(row.documents)}]});
  await listed(context, all, taken(params, ['relation', 'year', 'missing']), {sort: params.get('sort') || '-taken', limit: 25, none: 'No citation is like that.'});
  return 'Citations';
}
