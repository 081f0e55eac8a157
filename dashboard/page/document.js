// document: one document, to be read: sections, footnotes at their marks, what was found.
import {h, clear, heading, link, address, nameOf, documentLink, count, time, bdi, empty, badge, marked, note} from './dom.js';
import {get, names, named} from './api.js';
import {KINDS, clusters, kindOf, cards} from './findings.js';

const PAGE = 200, BEFORE = 20;
const DEPTHS = 6;

// --- a paragraph -------------------------------------------------------------------------------
// The text with what was found in it; `state` knows which kinds are shown.
function body(chunk, state) {
  const points = chunk.marks.map((mark) => mark.start);
  const shown = chunk.findings.filter((finding) => state.kinds.has(finding.finding));
  const spans = clusters(shown, points).map((cluster, index) => ({start: cluster.start, end: cluster.end, make: (piece) => {
    const mark = h('mark', {class: `k-${kindOf(cluster)}`, role: 'button', tabindex: index ? '-1' : '0', 'aria-expanded': 'false', 'aria-haspopup': 'dialog', 'data-found': ''}, piece);
    state.found.set(mark, cluster.findings);
    return mark;
  }}));
  const notes = chunk.marks.map((mark) => ({start: mark.start, end: mark.start, make: () => h('sup', {class: 'noteref'},
    mark.footnote_chunk_id ? h('a', {href: address('document', {...state.keep, chunk: mark.footnote_chunk_id}), 'aria-label': `Footnote ${mark.label || ''}`}, bdi(mark.label || '*')) : '*')}));
  return marked(chunk.text, [...spans, ...notes]);
}

function codes(chunk, state) {
  if (!state.kinds.has('classification'))
    return null;
  const found = chunk.findings.filter((finding) => finding.finding === 'classification' && (finding.scheme !== 'flag' || finding.rank === 1) && finding.rank <= 2 && finding.scheme !== 'function' | finding.rank === 1);
  if (!found.length)
    return null;
  return h('span', {class: 'codes'}, found.map((finding, index) => {
    const text = finding.scheme === 'theme' ? named(state.words.themes, finding.code) : finding.scheme === 'function' || finding.scheme === 'flag' ? finding.code : `${finding.scheme.toUpperCase()} ${finding.code}`;
    const tag = h('span', {class: `tag t-${finding.scheme}`, role: 'button', tabindex: index ? '-1' : '0', 'aria-expanded': 'false', 'aria-haspopup': 'dialog', 'data-found': ''}, text);
    state.found.set(tag, [finding]);
    return tag;
  }));
}

function labelled(chunk, state) {
  const here = address('document', {...state.keep, chunk: chunk.chunk_id});
  const text = chunk.label && chunk.kind !== 'preambular' ? bdi(chunk.kind === 'footnote' ? chunk.label : `${chunk.label}.`) : '¶';
  const what = `Link to ${chunk.kind}${chunk.label ? ` ${chunk.label}` : ''}`;
  return h('a', {class: 'label', href: here, title: what, 'aria-label': what}, text);
}

function draw(chunk, state) {
  const id = `c${chunk.chunk_id}`, kind = ['heading', 'title', 'masthead', 'summary', 'footnote', 'preambular', 'formula'].includes(chunk.kind) ? chunk.kind : 'paragraph';
  if (kind === 'heading') {
    const level = Math.min(DEPTHS, 2 + chunk.section.length);
    return h('div', {class: `chunk x-heading d${level}`, id, tabindex: '-1'}, h(`h${level}`, {dir: 'auto'}, body(chunk, state)));
  }
  const back = kind === 'footnote' && state.back.get(chunk.chunk_id);
  return h('div', {class: `chunk x-${kind}`, id, tabindex: '-1'}, labelled(chunk, state),
    h('div', {class: 'words', dir: 'auto'}, body(chunk, state), back ? [' ', h('a', {href: address('document', {...state.keep, chunk: back}), 'aria-label': 'Back to the text'}, '↩')] : null), codes(chunk, state));
}

// --- its chunks, page by page --------------------------------------------------------------------
function add(state, found, first) {
  for (const chunk of found.items)
    for (const mark of chunk.marks)
      if (mark.footnote_chunk_id)
        state.back.set(mark.footnote_chunk_id, chunk.chunk_id);
  let {part} = state;
  const nodes = [];
  for (const chunk of found.items) {
    if (chunk.part !== part && chunk.part)
      nodes.push(h('p', {class: 'partname', 'aria-hidden': 'true'}, bdi(chunk.part)));
    ({part} = chunk);
    const node = draw(chunk, state);
    state.drawn.set(chunk.chunk_id, {chunk, node});
    nodes.push(node);
  }
  if (!first)
    state.part = part;
  if (first)
    state.text.prepend(...nodes);
  else
    state.text.append(...nodes);
}

async function more(state) {
  if (!state.next || state.loading)
    return;
  state.loading = true;
  try {
    const found = await get(`documents/${state.id}/chunks`, {limit: PAGE, cursor: state.next}, state.signal);
    state.next = found.next;
    add(state, found, false);
  } finally {
    state.loading = false;
  }
  buttons(state);
}

async function earlier(state) {
  const from = Math.max(state.base, state.from - PAGE), wanted = state.from - from;
  const found = await get(`documents/${state.id}/chunks`, {limit: Math.max(1, wanted), cursor: from - 1 < 0 ? 0 : from - 1}, state.signal);
  found.items = found.items.filter((chunk) => !state.drawn.has(chunk.chunk_id));
  state.from = from;
  const before = state.text.scrollHeight;
  add(state, found, true);
  window.scrollBy(0, state.text.scrollHeight - before);
  buttons(state);
}

function buttons(state) {
  clear(state.top, state.from > state.base ? h('button', {type: 'button', onclick: () => earlier(state)}, 'Earlier paragraphs') : null);
  clear(state.bottom, state.next ? h('button', {type: 'button', onclick: () => more(state)}, 'More paragraphs') : h('p', {class: 'note'}, 'End of the document.'));
}

const isWide = () => window.matchMedia('(min-width: 64rem)').matches;

// --- beside the text -----------------------------------------------------------------------------
function tree(state, document) {
  const root = {depth: -1, items: [], list: null}, path = [root];
  for (const section of document.sections) {
    const entry = {section, items: []};
    while (path.length > 1 && path[path.length - 1].section.depth >= section.depth)
      path.pop();
    path[path.length - 1].items.push(entry);
    path.push(entry);
  }
  const listed = (items) => (items.length ? h('ol', null, items.map((item) => h('li', null,
    h('a', {href: address('document', {...state.keep, chunk: item.section.chunk_id}), dir: 'auto'}, item.section.text), listed(item.items)))) : null);
  return h('details', {class: 'tree', open: isWide()}, h('summary', null, `Sections (${document.sections.length})`),
    h('nav', {'aria-label': 'Sections'}, listed(root.items) || empty('It has no headings.')));
}

function toggles(state, context) {
  const form = h('fieldset', {class: 'toggles'}, h('legend', null, 'Marked in the text'));
  for (const [kind, title] of Object.entries(KINDS)) {
    const total = state.counts.get(kind);
    const box = h('input', {type: 'checkbox', id: `k-${kind}`, checked: state.kinds.has(kind)});
    box.addEventListener('change', () => {
      if (box.checked)
        state.kinds.add(kind);
      else
        state.kinds.delete(kind);
      const hidden = Object.keys(KINDS).filter((name) => !state.kinds.has(name)).join(',');
      state.keep.hide = hidden || null;
      const query = new URLSearchParams(location.search);
      if (hidden)
        query.set('hide', hidden);
      else
        query.delete('hide');
      history.replaceState(history.state, '', `?${query}`);
      for (const [, drawn] of state.drawn) {
        const node = draw(drawn.chunk, state);
        drawn.node.replaceWith(node);
        drawn.node = node;
      }
      context.announce(`${title} ${box.checked ? 'shown' : 'hidden'}.`);
    });
    form.append(h('label', {class: `toggle k-${kind}`}, box, h('span', null, title), total ? h('small', null, count(total)) : null));
  }
  return form;
}

function particulars(document, words) {
  const line = (name, value) => (value ? [h('dt', null, name), h('dd', null, value)] : null);
  return h('dl', {class: 'facts across'}, line('Symbol', document.symbol && bdi(document.symbol)), line('Also', document.other_symbols.length ? bdi(document.other_symbols.join(', ')) : null),
    line('Kind', document.kind), line('Organ', document.body && named(words.actors, document.body)), line('Session', document.session && bdi(document.session)),
    line('Agenda item', document.agenda_item && bdi(document.agenda_item)), line('Published', document.published && time(document.published)),
    line('Paragraphs', document.stored === document.chunks ? count(document.chunks) : `${count(document.stored)} of ${count(document.chunks)} stored`),
    line('State', badge(document.state)), line('Source', bdi(document.source)), line('Read', [time(document.completed_at), document.pipeline ? ` by ${document.pipeline}` : '']));
}

// Drafts and adopted texts, last year's, and any other by its symbol.
function relatives(document) {
  const rows = new Map();
  for (const row of document.lifecycle)
    if (row.related_document_id && row.related_document_id !== document.document_id)
      rows.set(row.related_document_id, `${row.related_symbol || ''} (${row.stage})`);
  for (const row of document.comparable)
    rows.set(row.document_id, `${nameOf(row)}${row.published ? `, ${row.published}` : ''}${row.state === 'superseded' ? ' (superseded)' : ''}`);
  const options = [...rows], id = document.document_id;
  return h('form', {class: 'filters compare', action: '/', method: 'get', 'aria-label': 'Compare'}, h('input', {type: 'hidden', name: 'view', value: 'compare'}), h('input', {type: 'hidden', name: 'after', value: id}),
    h('div', {class: 'field'}, h('label', {for: 'before'}, 'Compare with its draft, last year’s, or any symbol'),
      h('input', {id: 'before', name: 'before', required: true, size: 26, list: 'before-list', autocomplete: 'off', value: options.length ? options[0][0] : ''}),
      h('datalist', {id: 'before-list'}, options.map(([value, text]) => h('option', {value}, text)))),
    h('div', {class: 'field act'}, h('button', {type: 'submit'}, 'Compare')),
    options.length ? h('ul', {class: 'inline'}, options.slice(0, 6).map(([other, text]) => h('li', null, link('compare', {before: other, after: id}, bdi(text))))) : null);
}

// --- the page -------------------------------------------------------------------------------------
let open = null; // the document in the page, so that a link within it only moves

function goTo(state, chunkId, context) {
  const drawn = state.drawn.get(chunkId);
  if (!drawn)
    return false;
  for (const other of state.text.querySelectorAll('.target'))
    other.classList.remove('target');
  drawn.node.classList.add('target');
  context.target = drawn.node;
  drawn.node.scrollIntoView({block: drawn.chunk.kind === 'heading' ? 'start' : 'center'});
  drawn.node.focus({preventScroll: true});
  return true;
}

function hiddenKinds(params) {
  const hidden = new Set((params.get('hide') || '').split(','));
  return new Set(Object.keys(KINDS).filter((kind) => !hidden.has(kind)));
}

export async function show(context) {
  const {params} = context, id = params.get('id') || '', chunkId = Number(params.get('chunk')) || 0;
  if (open && open.id === id && open.page.isConnected && !open.ended && (params.get('hide') || null) === (open.keep.hide || null)) {
    context.main = open.page;
    context.shown = () => { if (chunkId) goTo(open, chunkId, context); };
    if (!chunkId || open.drawn.has(chunkId))
      return open.title;
    context.main = h('div', {class: 'page v-document'});
  }
  if (!id)
    return context.go(address('documents'), true);
  return begin(context, id, chunkId);
}

async function begin(context, id, chunkId) {
  // Its own end, since pages of it are shown by several navigations.
  const life = new AbortController(), {params} = context;
  const [words, document] = await Promise.all([names(), get(`documents/${encodeURIComponent(id)}`, null, context.signal)]);
  const base = document.number * 2 ** 20;
  const from = chunkId && chunkId - base > PAGE ? chunkId - BEFORE : base;
  const found = await get(`documents/${document.document_id}/chunks`, {limit: PAGE, cursor: from > base ? from - 1 : null}, context.signal);
  const state = {id, words, kinds: hiddenKinds(params), found: new WeakMap(), drawn: new Map(), back: new Map(), base, from, next: found.next, part: '', signal: life.signal,
    keep: {id, hide: params.get('hide')}, counts: new Map(document.counts.filter((row) => row.kind === 'finding').map((row) => [row.code, row.mentions])),
    text: h('article', {class: 'text', lang: document.language || null, 'aria-label': 'Text'}), top: h('div', {class: 'morebox'}), bottom: h('div', {class: 'morebox'}), page: context.main};
  open = state;
  add(state, found, false);
  buttons(state);
  const box = cards(state.text, (mark) => state.found.get(mark), words, life.signal);
  state.title = nameOf(document);
  const newer = document.superseded_by ? note('A newer version was read: ', documentLink({document_id: document.superseded_by}), '.') : null;
  context.main.append(heading(bdi(state.title), document.symbol && document.title ? h('p', {class: 'lead', dir: 'auto'}, document.title) : null),
    newer || '', h('div', {class: 'reading'},
      h('div', {class: 'aside'}, h('div', {class: 'sticky'}, toggles(state, context), tree(state, document))),
      h('div', {class: 'sheet'}, h('details', {class: 'about', open: isWide()}, h('summary', null, 'Particulars and comparison'), particulars(document, words), relatives(document)),
        state.top, state.text.childNodes.length ? state.text : empty('Nothing of it is stored yet.'), state.bottom)), box.box);
  context.shown = () => { if (chunkId) goTo(state, chunkId, context); };
  // What is further down comes as it is neared.
  if ('IntersectionObserver' in window) {
    const watcher = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) more(state).catch(() => {}); }, {rootMargin: '800px'});
    watcher.observe(state.bottom);
    life.signal.addEventListener('abort', () => watcher.disconnect());
  }
  const leave = new MutationObserver(() => {
    if (!state.page.isConnected) {
      state.ended = true;
      leave.disconnect();
      life.abort();
    }
  });
  setTimeout(() => leave.observe(context.page, {childList: true}), 0);
  return state.title;
}
