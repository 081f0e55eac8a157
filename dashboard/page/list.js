// list: a list of the API as a table, with sorting, pages and downloads.
import {h, clear, table, count, plural, empty} from './dom.js';
import {get, path} from './api.js';

// The same address with something changed.
export function changed(params, values) {
  const query = new URLSearchParams(params);
  for (const [name, value] of Object.entries(values))
    if (value === null || value === undefined || value === '')
      query.delete(name);
    else
      query.set(name, value);
  return `?${query}`;
}

function pager(params, found, cursor, what) {
  const pages = `cursor${cursor ? ` ${cursor}` : ''}`;
  const next = found.next ? h('a', {href: changed(params, {[cursor]: found.next}), rel: 'next', 'data-keep': `next-${pages}`}, 'Next page') : null;
  const first = params.get(cursor) ? h('a', {href: changed(params, {[cursor]: null}), 'data-keep': `first-${pages}`}, 'First page') : null;
  return next || first ? h('nav', {class: 'pager', 'aria-label': `Pages of the list: ${what}`}, first, next) : null;
}

function said(found, what, params, cursor) {
  if (found.total === undefined)
    return null;
  const total = plural(found.total, what, /(y|ies)$/.test(what) ? what.replace(/y$/, 'ies') : undefined);
  return found.items.length < found.total ? `${total}, ${count(found.items.length)} on this page` : total;
}

/* list(context, {name, what, values, sort, columns, none}): fills context.main; `to` is another element.
   `cursor` is the name of the parameter with the page, where a page has several lists. */
export async function list(context, options) {
  const {name, what, values, sort, columns, none, to = context.main, cursor = 'cursor', sorting = 'sort', limit = 50, live = false, caption} = options;
  const {params} = context, asked = {...values, sort, limit, total: true, cursor: params.get(cursor)};
  const place = h('div', {class: 'list'});
  let before = '';
  const draw = (found) => {
    const text = said(found, what, params, cursor);
    const downloads = h('span', {class: 'downloads'}, h('a', {href: path(`${name}.csv`, {...values, sort}), download: true}, 'CSV'), ' ',
      h('a', {href: path(name, {...values, sort, limit})}, 'JSON'));
    clear(place, h('div', {class: 'over'}, h('p', {class: 'count'}, text), found.items.length ? downloads : null),
      found.items.length ? table({caption: caption || text, hideCaption: true, columns, rows: found.items, sorted: sort,
        sortLink: (by) => changed(params, {[sorting]: by, [cursor]: null})}) : empty(none || 'There is none.'),
      pager(params, found, cursor, what));
    context.said = text;
  };
  const load = async () => {
    const found = await get(name, asked, context.signal), text = JSON.stringify(found);
    if (text !== before && !place.contains(document.activeElement))
      draw(found);
    before = text;
    return found;
  };
  const found = await load();
  to.append(place);
  if (live)
    context.onLive(load);
  return found;
}
