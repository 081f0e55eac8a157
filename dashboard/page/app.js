// app: which page is shown, and what comes live.
import {h, clear, address, heading} from './dom.js';
import {get, Problem} from './api.js';

// Each module has show(context), which fills context.main and returns the page's title.
const PAGES = {
  overview: ['Overview', () => import('./overview.js')],
  documents: ['Documents', () => import('./documents.js')],
  mandates: ['Mandates', () => import('./mandates.js')],
  series: ['Series', () => import('./series.js')],
  citations: ['Citations', () => import('./citations.js')],
  places: ['Places', () => import('./places.js')],
  search: ['Search', () => import('./search.js')],
  pipeline: ['Pipeline', () => import('./pipeline.js')],
  // Not in the menu, but under one of its entries:
  document: [null, () => import('./document.js'), 'documents'],
  compare: [null, () => import('./compare.js'), 'documents'],
  mandate: [null, () => import('./mandates.js').then((m) => ({show: m.showMandate})), 'mandates'],
  matrix: [null, () => import('./mandates.js').then((m) => ({show: m.showMatrix})), 'mandates'],
  about: [null, () => import('./about.js'), ''],
};

const main = document.getElementById('main');
let shown = {view: null, abort: null, live: [], query: null};
let turn = 0;

// --- saying things -------------------------------------------------------------------------
const announcer = document.getElementById('announce');
let announced = 0;

export function announce(text) {
  clearTimeout(announced);
  announced = setTimeout(() => { announcer.textContent = text; }, 150);
}

function explain(problem) {
  if (problem.status === 503)
    return [heading('Nothing to show yet'), h('p', {role: 'alert'}, `The server says: ${problem.message}.`),
      h('p', null, 'The page looks again by itself.')];
  if (problem.status === 404)
    return [heading('Not found'), h('p', {role: 'alert'}, `The server says: ${problem.message}.`),
      h('p', null, 'It may have been in another database. ', h('a', {href: address('documents')}, 'All documents'))];
  return [heading(problem.status ? 'The server could not answer' : problem.title),
    h('p', {role: 'alert'}, problem.status ? `${problem.title} (${problem.status}): ${problem.message}` : problem.message)];
}

function fail(error) {
  const problem = error instanceof Problem ? error : new Problem(-1, 'The page has a fault', String(error && error.message || error));
  if (!(error instanceof Problem))
    console.error(error);
  clear(main, h('div', {class: 'failed'}, explain(problem),
    h('p', null, h('button', {type: 'button', onclick: () => navigate()}, 'Try again'))));
  document.title = 'Rapporteur';
  if (problem.status === 503 || problem.status === 0)
    later(3000);
}

let waiting = 0;
function later(ms) {
  clearTimeout(waiting);
  waiting = setTimeout(() => { if (main.querySelector('.failed')) navigate(); }, ms);
}

// --- pages ---------------------------------------------------------------------------------
function menu(view) {
  const current = PAGES[view] && PAGES[view][2] !== undefined ? PAGES[view][2] : view;
  clear(document.getElementById('pages'), h('ul', null, Object.entries(PAGES).filter(([, page]) => page[0]).map(([name, page]) =>
    h('li', null, h('a', {href: address(name), 'aria-current': name === current ? (name === view ? 'page' : 'true') : null}, page[0])))));
}

// Where the focus was, so that a page drawn anew does not lose it.
function keeper() {
  const active = document.activeElement;
  if (!active || !main.contains(active))
    return null;
  return active.id ? `#${CSS.escape(active.id)}` : active.dataset.keep ? `[data-keep="${CSS.escape(active.dataset.keep)}"]` : null;
}

function place(state, samePage, kept, hasTarget) {
  const again = samePage && kept && main.querySelector(kept);
  if (again)
    again.focus({preventScroll: true});
  else if (!hasTarget && shown.began)
    (main.querySelector('h1') || main).focus({preventScroll: true});
  if (hasTarget)
    return;
  if (state && state.scroll !== undefined)
    window.scrollTo(0, state.scroll);
  else if (!samePage)
    window.scrollTo(0, 0);
}

async function navigate(state) {
  const params = new URLSearchParams(location.search);
  const view = PAGES[params.get('view')] ? params.get('view') : 'overview';
  const samePage = shown.view === view, kept = keeper(), mine = ++turn;
  if (shown.abort)
    shown.abort.abort();
  clearTimeout(waiting);
  const abort = new AbortController(), began = shown.view !== null;
  shown = {view, abort, live: [], began, query: location.search};
  menu(view);
  main.setAttribute('aria-busy', 'true');
  const holder = h('div', {class: `page v-${view}`});
  const context = {params, view, main: holder, page: main, signal: abort.signal, announce, target: null,
    onLive: (hear) => { if (mine === turn) shown.live.push(hear); },
    go: (href, replace) => go(href, replace)};
  try {
    const module = await PAGES[view][1]().catch(() => { throw new Problem(0, 'The server does not answer', 'It may have been stopped, or the network is down.'); });
    const title = await module.show(context);
    if (mine !== turn)
      return;
    if (context.main.parentNode !== main)
      clear(main, context.main);
    document.title = title ? `${title} – Rapporteur` : 'Rapporteur';
    if (context.shown)
      context.shown();
    place(state, samePage, kept, context.target);
    if (samePage && context.said)
      announce(context.said);
  } catch (error) {
    if (mine === turn && error.name !== 'AbortError') {
      fail(error);
      place(state, false, null, null);
    }
  } finally {
    if (mine === turn)
      main.removeAttribute('aria-busy');
  }
}

function go(href, replace) {
  history.replaceState({...history.state, scroll: window.scrollY}, '');
  history[replace ? 'replaceState' : 'pushState'](null, '', href);
  return navigate();
}

document.addEventListener('click', (event) => {
  const a = event.target.closest && event.target.closest('a[href]');
  if (!a || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || a.target)
    return;
  const href = a.getAttribute('href');
  if (href === '#main') {
    event.preventDefault();
    main.focus();
    main.scrollIntoView();
  } else if (href.startsWith('?')) {
    event.preventDefault();
    go(href);
  }
});

// Fields that are empty stay out of the address.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'get' || form.getAttribute('action') !== '/')
    return;
  event.preventDefault();
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form))
    if (value !== '')
      query.append(name, value);
  go(`?${query}`);
});

window.addEventListener('popstate', (event) => navigate(event.state));
window.addEventListener('pagehide', () => history.replaceState({...history.state, scroll: window.scrollY}, ''));
history.scrollRestoration = 'manual';

// --- light and dark ------------------------------------------------------------------------------
const theme = document.getElementById('theme');
theme.value = document.documentElement.dataset.theme || 'auto';
const redraw = () => window.dispatchEvent(new Event('rapporteur-theme'));
theme.addEventListener('change', () => {
  if (theme.value === 'auto')
    delete document.documentElement.dataset.theme;
  else
    document.documentElement.dataset.theme = theme.value;
  try {
    localStorage.setItem('rapporteur.theme', theme.value);
  } catch { /* it holds for this page, then */ }
  redraw();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);

// --- live ------------------------------------------------------------------------------------------
// Pages say what they do when something changed; at most one at a time, and never more than one a second.
const LIVE_MS = 1000;
const connection = document.getElementById('connection'), live = document.getElementById('live');
let pending = false, running = false, lost = 0, arrived = 0, latest = null;

async function refresh() {
  if (running || document.hidden)
    return;
  running = true;
  while (pending && !document.hidden) {
    pending = false;
    const heard = shown.live.slice(), mine = turn;
    for (const hear of heard)
      try {
        if (mine === turn)
          await hear();
      } catch (error) {
        if (error.name !== 'AbortError' && !(error instanceof Problem))
          console.error(error);
      }
    if (main.querySelector('.failed'))
      navigate();
    await new Promise((resolve) => { setTimeout(resolve, LIVE_MS); });
  }
  running = false;
}

function changed() {
  pending = true;
  refresh();
}

let toSay = 0;
function documentCame(event) {
  let what = {};
  try {
    what = JSON.parse(event.data);
  } catch { /* it came all the same */ }
  const name = what.document && (what.document.symbol || what.document.title) || 'A document';
  arrived++;
  latest = name;
  clearTimeout(toSay);
  toSay = setTimeout(() => {
    announce(arrived === 1 ? `${latest} was read.` : `${arrived} documents were read, the last one ${latest}.`);
    arrived = 0;
  }, 1500);
  changed();
}

function say(text) {
  connection.hidden = !text;
  if (connection.textContent !== text)
    connection.textContent = text;
}

function listen() {
  const events = new EventSource('/api/v1/events');
  events.addEventListener('open', () => {
    clearTimeout(lost);
    live.textContent = 'Live';
    live.classList.add('on');
    if (!connection.hidden) {
      say('');
      announce('The server answers again.');
      changed();
    }
  });
  events.addEventListener('document', documentCame);
  events.addEventListener('change', changed);
  events.addEventListener('reset', changed);
  events.addEventListener('error', () => {
    live.textContent = 'Not live';
    live.classList.remove('on');
    clearTimeout(lost);
    // Opened anew by the browser, or by us where it gave up (an answer that was no stream).
    lost = setTimeout(async () => {
      try {
        await get('health');
        say('');
        changed();
      } catch (error) {
        if (error.status === 0)
          say('The server does not answer. What you see is from before.');
      }
      if (events.readyState === EventSource.CLOSED) {
        events.close();
        listen();
      }
    }, 2000);
  });
}

document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
listen();
// The other pages' modules come once this one is shown: later the server may be away, and a browser may not ask twice.
navigate(history.state).then(() => Promise.allSettled(Object.values(PAGES).map((page) => page[1]())));
