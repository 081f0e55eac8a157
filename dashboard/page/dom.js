// dom: elements are built, never parsed: whatever a document says stays text.

const SVG = 'http://www.w3.org/2000/svg';

function put(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false)
      continue;
    if (Array.isArray(child))
      put(element, child);
    else
      element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

function set(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false)
      continue;
    if (name.startsWith('on'))
      element.addEventListener(name.slice(2), value);
    else
      element.setAttribute(name, value === true ? '' : String(value));
  }
  return element;
}

// h('a', {href: '?', class: 'x'}, 'text', otherElement, [more])
export function h(tag, properties, ...children) {
  return put(set(document.createElement(tag), properties || {}), children);
}

export function s(tag, properties, ...children) {
  return put(set(document.createElementNS(SVG, tag), properties || {}), children);
}

// Foreign text within a line: its direction does not spill over, and a word that no column could hold is broken.
const LONG_WORD = /\S{32}/;

export function bdi(text) {
  const said = text === null || text === undefined ? '' : String(text);
  return h('bdi', {class: LONG_WORD.test(said) && 'wild'}, said);
}

export function clear(element, ...children) {
  element.replaceChildren();
  return put(element, children);
}

// A length in percent, which the Content-Security-Policy lets a script set.
export function sized(element, percent) {
  element.style.width = `${Math.max(0, Math.min(100, percent))}%`;
  return element;
}

// --- links ---------------------------------------------------------------------------
// All state is in the query string, so that every address can be kept.
export function address(view, values) {
  const query = new URLSearchParams({view});
  for (const [name, value] of Object.entries(values || {}))
    if (value !== null && value !== undefined && value !== '' && value !== false)
      query.set(name, value === true ? 'true' : value);
  return `?${query}`;
}

export function link(view, values, ...children) {
  return h('a', {href: address(view, values)}, children);
}

export function documentLink(row, values) {
  return link('document', {id: row.document_id, ...values}, bdi(nameOf(row)));
}

// What a document is called: its symbol, else its title, else its file.
export function nameOf(row) {
  const file = (row.source || '').split('/').pop();
  return row.symbol || row.title || file || row.document_id.slice(0, 12);
}

export function placeLink(row) {
  const place = [row.part, row.label || row.chunk_kind || row.kind].filter(Boolean).join(', ');
  return link('document', {id: row.document_id, chunk: row.chunk_id}, bdi(place || 'text'));
}

// --- figures ----------------------------------------------------------------------------
const counting = new Intl.NumberFormat('en');
const measuring = new Intl.NumberFormat('en', {maximumFractionDigits: 2});
export const count = (value) => (value === null || value === undefined ? '–' : counting.format(value));
export const number = (value) => (value === null || value === undefined ? '–' : measuring.format(value));
export const plural = (value, one, many) => `${count(value)} ${value === 1 ? one : many || `${one}s`}`;
export const percent = (value) => (value === null || value === undefined ? '–' : `${Math.round(value * 100)} %`);

export function time(iso, withSeconds) {
  if (!iso)
    return '–';
  const short = iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z').replace(/Z$/, '');
  return h('time', {datetime: iso, title: `${iso} (UTC)`}, withSeconds ? short : short.slice(0, 16));
}

// --- parts of pages ------------------------------------------------------------------------
export function heading(title, ...under) {
  return h('div', {class: 'head'}, h('h1', {tabindex: '-1'}, title), under);
}

export function panel(title, ...children) {
  const id = `p-${title.toLowerCase().replace(/[^a-z]+/g, '-')}`;
  return h('section', {class: 'panel', 'aria-labelledby': id}, h('h2', {id}, title), children);
}

export const note = (...children) => h('p', {class: 'note'}, children);
export const empty = (...children) => h('p', {class: 'empty'}, children);

export function badge(text, kind) {
  return h('span', {class: `badge b-${(kind || text || 'none').replace(/[^a-z]+/g, '-')}`}, text);
}

export function bar(value, most) {
  return h('span', {class: 'bar', 'aria-hidden': 'true'}, sized(h('span'), most ? 100 * value / most : 0));
}

/* table({caption, columns: [{title, cell, num, wide, sort, first}], rows, sorted, sortLink, hideCaption})
   `cell` makes a row's content; `first` is the row's header; `sort` the name it is sorted by. On narrow
   screens each row becomes a card; the roles keep it a table for who listens. */
export function table({caption, columns, rows, sorted, sortLink, hideCaption, id}) {
  const head = columns.map((column) => {
    const turn = column.sort && sortLink ? sortState(column.sort, sorted) : null;
    const text = turn ? h('a', {href: sortLink(turn.next), 'data-keep': `sort-${column.sort}`}, column.title, h('span', {class: 'arrow', 'aria-hidden': 'true'}, turn.arrow)) : column.title;
    return h('th', {scope: 'col', role: 'columnheader', class: column.num && 'num', 'aria-sort': turn && turn.now}, text);
  });
  const body = rows.map((row, index) => h('tr', {role: 'row', class: row.class}, columns.map((column) => h(column.first ? 'th' : 'td', {
    scope: column.first && 'row', role: column.first ? 'rowheader' : 'cell',
    class: [column.num && 'num', column.text && 'long'].filter(Boolean).join(' ') || null, 'data-label': typeof column.title === 'string' ? column.title : null,
  }, column.cell(row, index)))));
  return h('table', {role: 'table', id}, h('caption', {class: hideCaption && 'hidden'}, caption),
    h('thead', {role: 'rowgroup'}, h('tr', {role: 'row'}, head)), h('tbody', {role: 'rowgroup'}, body));
}

function sortState(name, sorted) {
  if (sorted === name)
    return {next: `-${name}`, now: 'ascending', arrow: ' ▲'};
  if (sorted === `-${name}`)
    return {next: name, now: 'descending', arrow: ' ▼'};
  return {next: `-${name}`, now: 'none', arrow: ''};
}

/* A form whose fields go into the query string. fields: [{name, label, options: [[value, text]], type, list}]; `name` is what
   who listens hears of it. */
export function filters(view, params, fields, fixed, name = 'Filters') {
  const form = h('form', {class: 'filters', action: '/', method: 'get', 'aria-label': name}, h('input', {type: 'hidden', name: 'view', value: view}));
  for (const [name, value] of Object.entries(fixed || {}))
    if (value)
      form.append(h('input', {type: 'hidden', name, value}));
  for (const field of fields) {
    const id = `f-${field.name}`, value = params.get(field.name) || '';
    let control;
    if (field.options) {
      const known = field.options.some(([option]) => option === value);
      control = h('select', {id, name: field.name}, h('option', {value: ''}, field.any || 'any'),
        field.options.map(([option, text]) => h('option', {value: option, selected: option === value}, text)),
        value && !known ? h('option', {value, selected: true}, value) : null);
    } else {
      control = h('input', {id, name: field.name, type: field.type || 'text', value, size: field.size || 14, maxlength: 300, list: field.list && `${id}-list`,
        inputmode: field.inputmode, placeholder: field.placeholder, autocomplete: 'off'});
    }
    form.append(h('div', {class: 'field'}, h('label', {for: id}, field.label), control,
      field.list ? h('datalist', {id: `${id}-list`}, field.list.map(([option, text]) => h('option', {value: option}, text))) : null));
  }
  const used = fields.some((field) => params.get(field.name));
  form.append(h('div', {class: 'field act'}, h('button', {type: 'submit', id: 'apply'}, 'Apply'),
    used ? h('a', {href: address(view, fixed), class: 'button'}, 'Clear') : null));
  return form;
}

// Names of codes, sorted by name, for a select.
export function choices(names) {
  return Object.entries(names || {}).sort((a, b) => a[1].localeCompare(b[1]));
}

// --- marked text -----------------------------------------------------------------------------
// Offsets count code points; a text without surrogates has them as they are.
export function cutter(text) {
  if (!/[\ud800-\udfff]/.test(text))
    return {length: text.length, cut: (from, to) => text.slice(from, to)};
  const points = Array.from(text);
  return {length: points.length, cut: (from, to) => points.slice(from, to).join('')};
}

/* The text with marks. spans: [{start, end, make(textNodes, span)}]; those that overlap are cut at each
   other's ends; a point (start = end) is what make() gives. */
export function marked(text, spans) {
  const {length, cut} = cutter(text);
  const sorted = spans.map((span) => ({...span, start: Math.max(0, span.start), end: Math.min(length, span.end)}))
    .filter((span) => span.start <= span.end).sort((a, b) => a.start - b.start || b.end - a.end);
  const nodes = [];
  let at = 0;
  for (const span of sorted) {
    const start = Math.max(at, span.start);
    if (span.end < start || (span.end === start && span.start !== span.end))
      continue;
    if (start > at)
      nodes.push(document.createTextNode(cut(at, start)));
    nodes.push(span.make(cut(start, span.end), span));
    at = Math.max(at, span.end);
  }
  if (at < length)
    nodes.push(document.createTextNode(cut(at, length)));
  return nodes;
}

export const highlight = (text) => h('mark', null, text);
