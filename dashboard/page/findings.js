// findings: what was found in a paragraph, as marks in its text and as a card for each.
import {h, clear, bdi, link, percent, number, count} from './dom.js';
import {named} from './api.js';

// In the order in which they win where they overlap: the first is the mark's colour.
export const KINDS = {
  clause: 'Clauses', adherence: 'States parties', citation: 'Citations', quantity: 'Quantities',
  publication: 'Publications', place: 'Places', actor: 'Actors', date_mention: 'Dates', classification: 'Themes and functions',
};
const ORDER = Object.keys(KINDS);

/* Findings that overlap are one mark, so that no button is within a button. A footnote's mark cuts it. */
export function clusters(findings, points) {
  const spans = findings.filter((finding) => finding.start !== undefined && finding.end > finding.start)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const found = [];
  for (const finding of spans) {
    const last = found[found.length - 1];
    if (last && finding.start < last.end) {
      last.end = Math.max(last.end, finding.end);
      last.findings.push(finding);
    } else {
      found.push({start: finding.start, end: finding.end, findings: [finding]});
    }
  }
  return found.flatMap((cluster) => {
    const cuts = points.filter((point) => point > cluster.start && point < cluster.end);
    const edges = [cluster.start, ...new Set(cuts), cluster.end];
    return edges.slice(1).map((end, index) => ({...cluster, start: edges[index], end, whole: cluster}));
  });
}

export function kindOf(cluster) {
  return cluster.findings.reduce((best, finding) => (ORDER.indexOf(finding.finding) < ORDER.indexOf(best) ? finding.finding : best), cluster.findings[0].finding);
}

// --- what a finding says -------------------------------------------------------------------
const SAYS = {
  citation: (f) => [['Cites', [bdi(f.symbol), f.pinpoint ? [', ', bdi(f.pinpoint)] : null]], ['Relation', f.relation], ['Issued in', f.issued_in]],
  adherence: (f, words) => [['Instrument', named(words.instruments, f.instrument)], ['States parties', count(f.parties)], ['As of', f.as_of]],
  quantity: (f) => [['Value', [f.bound && f.bound !== 'exact' ? `${f.bound} ` : '', number(f.value), ' ', f.currency || f.unit]], ['Measure', f.measure], ['Of what', f.subject && bdi(f.subject)]],
  date_mention: (f) => [['Day', f.first_day === f.last_day ? f.first_day : `${f.first_day} to ${f.last_day}`]],
  place: (f, words) => [['Place', named(words.countries, f.code)], ['Kind', f.kind]],
  actor: (f, words) => [['Actor', named(words.actors, f.actor)], ['Kind', f.kind]],
  publication: (f) => [['Title', bdi(f.title)], ['Kind', f.kind]],
  clause: (f, words) => [['Verb', bdi(f.verb)], ['Force', `${f.force}, ${named(words.forces, String(f.force))}`], ['Addressee', f.addressee && bdi(f.addressee)],
    ['Action', f.action && bdi(f.action)], ['Condition', f.condition && bdi(f.condition)], ['Due', f.due && bdi(f.due)]],
  classification: (f, words) => [[f.scheme, named(f.scheme === 'theme' ? words.themes : f.scheme === 'function' ? words.functions : null, f.code)], ['Rank', f.rank], ['Score', percent(f.score)]],
};
const TITLES = {citation: 'Citation', adherence: 'States parties', quantity: 'Quantity', date_mention: 'Date', place: 'Place', actor: 'Actor', publication: 'Publication', clause: 'Clause', classification: 'Classification'};

function leads(finding) {
  switch (finding.finding) {
  case 'citation':
    return [finding.target_document_id ? link('document', {id: finding.target_document_id}, 'Open it') : null, link('citations', {symbol: finding.symbol}, 'Who cites it')];
  case 'place':
    return finding.kind === 'country' ? [link('places', {code: finding.code}, 'Where else it is named')] : [];
  case 'actor':
    return [link('search', {q: `"${finding.surface}"`}, 'Search for it')];
  case 'adherence':
    return [link('series', {group: 'parties'}, 'Over the years')];
  case 'classification':
    return finding.scheme === 'theme' ? [link('documents', {theme: finding.code}, 'Documents on it')] : [];
  default:
    return [];
  }
}

export function card(findings, words, withLinks) {
  return findings.map((finding) => h('div', {class: `found k-${finding.finding}`}, h('h3', null, TITLES[finding.finding]),
    finding.surface ? h('p', {class: 'surface', dir: 'auto'}, `“${finding.surface.length > 200 ? `${finding.surface.slice(0, 199)}…` : finding.surface}”`) : null,
    h('dl', {class: 'facts'}, SAYS[finding.finding](finding, words).filter(([, value]) => value).map(([name, value]) => [h('dt', null, name), h('dd', null, value)]),
      h('dt', null, 'Rule'), h('dd', null, bdi(finding.rule)),
      finding.confidence === undefined ? null : [h('dt', null, 'Confidence'), h('dd', null, percent(finding.confidence))]),
    withLinks ? h('p', {class: 'leads'}, leads(finding)) : null));
}

// --- the card by the mark ----------------------------------------------------------------------
/* One card for a whole document. On hover and focus it tells; on click or Enter it stays, with links. Escape
   closes it. `clusterOf` gives the findings of a mark. */
export function cards(area, clusterOf, words, signal) {
  const box = h('div', {class: 'card', id: 'card', hidden: true});
  let mark = null, pinned = false, soon = 0;
  const close = (back) => {
    clearTimeout(soon);
    if (mark) {
      mark.removeAttribute('aria-describedby');
      mark.setAttribute('aria-expanded', 'false');
      if (back)
        mark.focus();
    }
    box.hidden = true;
    mark = null;
    pinned = false;
  };
  const put = () => {
    const at = (mark.getClientRects()[0] || mark.getBoundingClientRect()), width = Math.min(380, document.documentElement.clientWidth - 16);
    box.style.width = `${width}px`;
    box.style.left = `${window.scrollX + Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8))}px`;
    box.style.top = `${window.scrollY + at.bottom + 6}px`;
    const over = box.getBoundingClientRect();
    if (over.bottom > window.innerHeight && at.top > over.height + 70)
      box.style.top = `${window.scrollY + at.top - over.height - 6}px`;
  };
  const open = (target, pin) => {
    if (mark === target && (pinned || !pin))
      return;
    close(false);
    const cluster = clusterOf(target);
    if (!cluster)
      return;
    mark = target;
    pinned = pin;
    clear(box, pin ? h('button', {type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => close(true)}, '×') : null, card(cluster, words, pin));
    if (pin) {
      box.setAttribute('role', 'dialog');
      box.setAttribute('aria-label', 'What was found');
      mark.setAttribute('aria-expanded', 'true');
    } else {
      box.setAttribute('role', 'tooltip');
      box.removeAttribute('aria-label');
      mark.setAttribute('aria-describedby', 'card');
    }
    box.hidden = false;
    put();
    if (pin)
      box.querySelector('button').focus({preventScroll: true});
  };
  const markOf = (event) => event.target.closest && event.target.closest('[data-found]');
  const wait = (act, ms) => { clearTimeout(soon); soon = setTimeout(act, ms); };
  area.addEventListener('mouseover', (event) => { const at = markOf(event); if (at && !pinned) wait(() => open(at, false), 120); }, {signal});
  area.addEventListener('mouseout', (event) => { if (markOf(event) && !pinned) wait(() => { if (!pinned && document.activeElement !== mark) close(false); }, 250); }, {signal});
  box.addEventListener('mouseenter', () => clearTimeout(soon), {signal});
  box.addEventListener('mouseleave', () => { if (!pinned) wait(() => close(false), 250); }, {signal});
  area.addEventListener('focusin', (event) => { const at = markOf(event); if (at && !pinned && at.matches(':focus-visible')) open(at, false); }, {signal});
  area.addEventListener('focusout', () => { if (!pinned) close(false); }, {signal});
  area.addEventListener('click', (event) => { const at = markOf(event); if (at) open(at, true); }, {signal});
  area.addEventListener('keydown', (event) => {
    const at = markOf(event);
    if (!at)
      return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      open(at, true);
    } else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      const all = [...area.querySelectorAll('[data-found]')], next = all[all.indexOf(at) + (event.key === 'ArrowRight' ? 1 : -1)];
      event.preventDefault();
      if (next)
        next.focus();
    }
  }, {signal});
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape' && !box.hidden) close(pinned); }, {signal});
  document.addEventListener('click', (event) => { if (pinned && !box.contains(event.target) && !markOf(event)) close(false); }, {signal});
  box.addEventListener('focusout', (event) => { if (pinned && event.relatedTarget && !box.contains(event.relatedTarget)) close(false); }, {signal});
  return {box, close};
}
