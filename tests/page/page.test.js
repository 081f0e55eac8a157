// The page, as somebody uses it: by mouse, by keyboard, on a telephone, in the dark, and with documents that mean harm.
import {test, before, after} from 'node:test';
import assert from 'node:assert/strict';
import {copyFileSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {SAMPLES, folder, seeds, read, write, drop, serve, up, end, tab, open, drawn, close} from './world.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = {viewport: {width: 360, height: 740}, isMobile: true, hasTouch: true};

let samples, api;

before(async () => {
  samples = await serve(read('samples.db', SAMPLES));
  api = async (path) => (await fetch(`${samples.url}api/v1/${path}`)).json();
});
after(close);

// Each page of the sample's database, with something on it.
async function addresses(ask) {
  const [mandate] = (await ask('mandates?status=answered&limit=1')).items, [report] = (await ask('documents?kind=report&sort=-chunks&limit=1')).items;
  const [series] = (await ask('series?limit=1')).items, [cited] = (await ask('cited?limit=1')).items, [place] = (await ask('places?limit=1')).items;
  const [other] = (await ask('documents?kind=resolution&sort=-chunks&limit=1')).items;
  const symbol = encodeURIComponent;
  return {
    overview: '', documents: '?view=documents', document: `?view=document&id=${report.document_id}`, mandates: '?view=mandates',
    mandate: mandate && `?view=mandate&chunk=${mandate.chunk_id}&seq=${mandate.seq}`, matrix: mandate && `?view=matrix&resolution=${symbol(mandate.resolution)}`,
    series: '?view=series', money: '?view=series&group=money', people: '?view=series&group=people', 'one series': series && `?view=series&id=${series.series_id}`,
    citations: '?view=citations', graph: `?view=citations&symbol=${symbol(cited.symbol)}`, places: '?view=places', place: `?view=places&code=${place.code}`,
    search: '?view=search&q=report', pipeline: '?view=pipeline', about: '?view=about', compare: other && `?view=compare&before=${other.document_id}&after=${report.document_id}`,
    nothing: '?view=mandates&q=zzzz', 'no such document': '?view=document&id=ffff',
  };
}

async function axe(page) {
  await page.evaluate(AXE); // by the debugger: the policy holds for the page alone
  const found = await page.evaluate(() => window.axe.run(document, {resultTypes: ['violations']}));
  return found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`).join(' | ')}`);
}

const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
// What a page that is not there says in the console is the browser's own word.
const complaints = (page, name) => page.complaints.filter((text) => !(name === 'no such document' && text.includes('404')));

// As these are others of the same make.
const ALIKE = ['money', 'people', 'one series', 'about', 'nothing', 'place'];

for (const [mode, options] of [['light', {colorScheme: 'light'}], ['dark, on a telephone', {colorScheme: 'dark', ...PHONE}]]) {
  test(`every page is drawn, and is for everybody (${mode})`, async () => {
    const page = await tab(samples.url, options);
    const faults = [];
    for (const [name, query] of Object.entries(await addresses(api))) {
      if (options.isMobile && ALIKE.includes(name))
        continue;
      assert.ok(query !== undefined, `the samples have nothing for ${name}`);
      await open(page, query);
      faults.push(...[...await axe(page), ...complaints(page, name)].map((fault) => `${name}: ${fault}`));
      if (await page.locator('h1').count() !== 1 || await sideways(page) > 0)
        faults.push(`${name}: has not one heading, or scrolls sideways`);
      page.complaints.length = 0;
    }
    assert.deepEqual(faults, []);
    await page.context().close();
  });
}

test('the seeds, where they are', async (t) => {
  const files = seeds();
  if (!files.length)
    return t.skip('../shared is not there');
  const server = await serve(read('seeds.db', ...files));
  const page = await tab(server.url, PHONE);
  for (const [name, query] of Object.entries(await addresses(async (path) => (await fetch(`${server.url}api/v1/${path}`)).json()))) {
    if (query === undefined)
      continue;
    await open(page, query);
    assert.deepEqual(complaints(page, name), [], name);
    assert.ok(await sideways(page) <= 0, `${name} scrolls sideways`);
    page.complaints.length = 0;
  }
  await page.context().close();
  await end(server.child);
});

test('it is small, and asks for nothing elsewhere', async () => {
  const page = await tab(samples.url);
  const files = new Set();
  page.on('response', (answer) => { if (!answer.url().includes('/api/')) files.add(new URL(answer.url()).pathname); });
  for (const view of ['overview', 'documents', 'document', 'mandates', 'series', 'citations', 'places', 'search', 'pipeline', 'about', 'compare'])
    await open(page, `?view=${view}`);
  await page.waitForSelector('h1');
  let whole = 0;
  for (const path of files)
    whole += (await (await fetch(new URL(path, samples.url), {headers: {'Accept-Encoding': 'identity'}})).arrayBuffer()).byteLength;
  assert.ok(files.size > 15, `only ${[...files]} were asked for`);
  assert.ok(whole < 300 * 1000, `the page has ${whole} bytes`);
  assert.deepEqual(page.complaints.filter((text) => !text.includes('404')), []);
  await page.context().close();
});

test('filters go into the address, which can be kept; back goes back', async () => {
  const page = await tab(samples.url);
  await open(page, '?view=mandates');
  const all = await page.locator('.list tbody tr').count();
  await page.selectOption('#f-status', 'no-report');
  await page.click('#apply');
  await page.waitForURL(/status=no-report/);
  await page.waitForFunction((before) => document.querySelectorAll('.list tbody tr').length < before, all);
  const some = await page.locator('.list tbody tr').count();
  assert.ok(some > 0);
  assert.deepEqual([...new Set(await page.locator('.list tbody .badge').allTextContents())], ['no report']);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'apply'); // the focus stays
  const kept = page.url(), other = await tab(samples.url);
  await open(other, new URL(kept).search);
  assert.equal(await other.locator('.list tbody tr').count(), some);
  assert.equal(await other.inputValue('#f-status'), 'no-report');
  await page.goBack();
  await page.waitForFunction((before) => document.querySelectorAll('.list tbody tr').length === before, all);
  await page.click('th >> text=Published');
  await page.waitForURL(/sort=/);
  await page.waitForSelector('th[aria-sort=ascending]');
  for (const one of [page, other]) {
    assert.deepEqual(one.complaints, []);
    await one.context().close();
  }
});

test('a mandate beside its evidence, the deciding words marked; the matrix leads to the paragraph', async () => {
  const page = await tab(samples.url);
  await open(page, '?view=mandates&status=answered');
  await page.click('.list tbody tr:first-child td.long a');
  await page.waitForSelector('.deciding mark');
  assert.match(page.url(), /view=mandate&/);
  assert.match(await page.textContent('.quote mark'), /\S/);
  await page.click('text=All asks of this resolution by reports');
  await page.waitForSelector('a.cell');
  await page.click('a.cell');
  await page.waitForSelector('.chunk.target');
  assert.ok(await page.locator('.chunk.target').evaluate((node) => { const at = node.getBoundingClientRect(); return at.top < innerHeight && at.bottom > 0; }));
  await page.goBack();
  await page.waitForSelector('a.cell');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a document is read: sections, footnotes, findings by kind', async () => {
  const page = await tab(samples.url);
  await open(page, (await addresses(api)).document);
  assert.ok(await page.locator('.tree a').count() > 3);
  await page.locator('.tree a').nth(3).click();
  await page.waitForSelector('.x-heading.target');
  const note = page.locator('.noteref a').first();
  await note.click();
  await page.waitForSelector('.x-footnote.target');
  await page.click('.x-footnote.target a:has-text("↩")');
  await page.waitForSelector('.chunk.target .noteref');
  // hover tells, Enter keeps it open, Escape gives the focus back
  const mark = page.locator('.text mark.k-citation').first();
  await mark.hover();
  await page.waitForSelector('#card[role=tooltip]:not([hidden]) >> text=Confidence');
  await mark.focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#card[role=dialog] a');
  assert.match(await page.textContent('#card'), /Rule/);
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Escape');
  await page.waitForSelector('#card', {state: 'hidden'});
  assert.ok(await mark.evaluate((node) => node === document.activeElement));
  await page.keyboard.press('ArrowRight');
  assert.ok(await page.evaluate(() => document.activeElement.matches('[data-found]')) && !await mark.evaluate((node) => node === document.activeElement));
  // a kind that is hidden stays so in the address
  const shown = await page.locator('.text mark').count();
  await page.uncheck('#k-citation');
  assert.equal(await page.locator('.text mark.k-citation').count(), 0);
  assert.ok(await page.locator('.text mark').count() < shown);
  assert.match(page.url(), /hide=citation/);
  await page.reload();
  await drawn(page);
  assert.equal(await page.locator('.text mark.k-citation').count(), 0);
  assert.equal(await page.isChecked('#k-citation'), false);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the text of a document is that of the database, whatever is marked in it', async () => {
  const page = await tab(samples.url);
  for (const row of (await api('documents?limit=100')).items) {
    await open(page, `?view=document&id=${row.document_id}&hide=classification`);
    for (const chunk of (await api(`documents/${row.document_id}/chunks?limit=200`)).items) {
      const shown = await page.evaluate((id) => {
        const node = document.getElementById(`c${id}`).querySelector('.words, h2, h3, h4, h5, h6').cloneNode(true);
        for (const more of node.querySelectorAll('.noteref, a'))
          more.remove();
        return node.textContent.trimEnd();
      }, chunk.chunk_id);
      assert.equal(shown, chunk.text.trimEnd(), `${row.symbol} ${chunk.chunk_id}`);
    }
  }
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('two documents beside each other, and as one text', async () => {
  const page = await tab(samples.url), [draft, adopted] = [(await api('documents?symbol=A/92/407')).items[0], (await api('documents?symbol=A/RES/92/164')).items[0]];
  await open(page, `?view=document&id=${adopted.document_id}`);
  await page.fill('#before', draft.symbol);
  await page.click('form.compare button');
  await page.waitForSelector('.redline.sides');
  assert.ok(await page.locator('.sides ins').count() > 0);
  await page.selectOption('#f-as', 'lines');
  await page.click('#apply');
  await page.waitForSelector('.redline.lines');
  assert.ok(await page.locator('.lines del').count() > 0);
  assert.match(page.url(), /as=lines/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('series: a chart with a table beside it, each point leads to its paragraph', async () => {
  const page = await tab(samples.url);
  await open(page, '?view=series&group=parties');
  await page.waitForFunction(() => { const canvas = document.querySelector('canvas'); if (!canvas || canvas.width <= 100) return false; const blank = document.createElement('canvas'); blank.width = canvas.width; blank.height = canvas.height; return canvas.toDataURL() !== blank.toDataURL(); });
  const point = page.locator('.beside tbody td.num a').first(), value = (await point.textContent()).trim();
  await point.click();
  await page.waitForSelector('.chunk.target');
  assert.ok((await page.textContent('.chunk.target')).includes(value), value);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('search: best first, filters, permanent links', async () => {
  const page = await tab(samples.url);
  await open(page, '');
  await page.fill('#find', 'forest products');
  await page.press('#find', 'Enter');
  await page.waitForSelector('.hit mark');
  assert.match((await page.locator('.hit mark').first().textContent()).toLowerCase(), /forest|product/);
  const all = await page.locator('.hit').count();
  await page.selectOption('#f-function', 'recommendation');
  await page.click('#apply');
  await page.waitForFunction((before) => document.querySelectorAll('.hit').length < before, all);
  await page.locator('.hit a').first().click();
  await page.waitForSelector('.chunk.target');
  assert.match(page.url(), /chunk=\d+/);
  await page.goBack();
  await page.waitForSelector('.hit');
  assert.equal(await page.inputValue('#f-q'), 'forest products');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the keyboard alone', async () => {
  const page = await tab(samples.url);
  await open(page, '');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await page.reload();
  await drawn(page);
  const seen = [];
  for (let i = 0; i < 40 && seen[seen.length - 1] !== 'Citations'; i++) {
    await page.keyboard.press('Tab');
    const now = await page.evaluate(() => { const at = document.activeElement, look = getComputedStyle(at); return {text: at.textContent.trim() || at.id, ring: look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2 || at.className === 'skip'}; });
    assert.ok(now.ring, `the focus cannot be seen at ${now.text}`);
    seen.push(now.text);
  }
  assert.deepEqual(seen.filter((text) => ['Overview', 'Documents', 'Mandates', 'Series', 'Citations'].includes(text)), ['Overview', 'Documents', 'Mandates', 'Series', 'Citations']);
  await page.keyboard.press('Enter');
  await page.waitForURL(/view=citations/);
  await page.waitForFunction(() => document.activeElement.matches('h1')); // where who listens begins
  for (let i = 0; i < 60 && !(await page.evaluate(() => document.activeElement.matches('.list tbody a'))); i++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('svg.graph');
  for (let i = 0; i < 60 && !(await page.evaluate(() => document.activeElement.matches('svg a'))); i++)
    await page.keyboard.press('Tab');
  const before = page.url();
  await page.keyboard.press('Enter');
  await page.waitForFunction((url) => location.href !== url, before);
  assert.match(page.url(), /view=citations&symbol=/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('light and dark follow the choice, and it is kept', async () => {
  const page = await tab(samples.url, {colorScheme: 'light'}), ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await open(page, '');
  const light = await ground();
  await page.selectOption('#theme', 'dark');
  const dark = await ground();
  assert.notEqual(light, dark);
  await page.reload();
  await drawn(page);
  assert.equal(await ground(), dark);
  await page.selectOption('#theme', 'auto');
  assert.equal(await ground(), light);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

// --- what a document means to do ------------------------------------------------------------------
const LONG = 'w'.repeat(5000), RTL = '\u202e\u05d0\u05d1\u05d2 gnikcilc';
const SCRIPT = '<script>window.pwned = 1</script><img src=x onerror="window.pwned = 2"><a href="javascript:window.pwned = 3">x</a>';

test('documents that mean harm are shown as text', async () => {
  const text = ['United Nations', 'A/RES/95/13', 'Resolution adopted by the General Assembly on 1 December 2040', `95/13. ${SCRIPT}`, 'The General Assembly,', `Recalling its resolution 94/3 of 2 December 2039 and ${LONG},`,
    `1. Requests the Secretary-General to report on ${SCRIPT} and ${RTL} by 2041;`, `2. Encourages Member States to keep 12 ${LONG} lit, \u{1f4a1}\u{1f4a1} in Kenya, as in resolution 94/3.`].join('\n\n');
  const server = await serve(read('hostile.db', write('"><img src=x onerror=alert(1)>.txt', `${text}\n`)));
  const ask = async (path) => (await fetch(`${server.url}api/v1/${path}`)).json();
  const page = await tab(server.url, PHONE), [row] = (await ask('documents')).items, [mandate] = (await ask('mandates')).items;
  const queries = ['', '?view=documents', `?view=document&id=${row.document_id}`, '?view=mandates', `?view=mandate&chunk=${mandate.chunk_id}&seq=${mandate.seq}`, '?view=search&q=pwned', '?view=places&code=KEN',
    `?view=citations&symbol=${encodeURIComponent(SCRIPT)}`, `?view=matrix&resolution=${encodeURIComponent(SCRIPT)}`, `?view=compare&before=${row.document_id}&after=${row.document_id}`, `?view=search&q=${encodeURIComponent(SCRIPT)}`, '?view=series&group=people', '?view=<script>'];
  for (const query of queries) {
    await open(page, query);
    assert.deepEqual(page.complaints, [], query);
    assert.equal(await page.evaluate(() => window.pwned), undefined, query);
    assert.equal(await page.locator('main script, main img, main [href^="javascript:"], main [style*="url"]').count(), 0, query);
    assert.ok(await sideways(page) <= 0, `${query} scrolls sideways`);
  }
  await open(page, `?view=document&id=${row.document_id}`);
  const shown = await page.textContent('article.text');
  for (const piece of [SCRIPT, LONG, RTL, '\u{1f4a1}\u{1f4a1} in Kenya'])
    assert.ok(shown.includes(piece), piece.slice(0, 40));
  assert.equal(await page.locator('.text mark.k-place').last().textContent(), 'Kenya'); // offsets are code points
  assert.equal(await page.locator('.words:has-text("gnikcilc")').getAttribute('dir'), 'auto');
  await page.context().close();
  await end(server.child);
});

// --- nothing, no more, and not yet --------------------------------------------------------------------
test('an empty database says so on every page', async () => {
  const service = await up(), none = join(folder, 'none.db');
  await end(service.child);
  const server = await serve(none), page = await tab(server.url);
  await open(page, '');
  assert.match(await page.textContent('main'), /Nothing to show yet.*there is no database yet/s);
  copyFileSync(service.db, none); // it comes into being, and the page notices by itself
  await page.waitForSelector('h1:has-text("Overview")');
  page.complaints.length = 0; // the browser's words on 503
  for (const view of ['overview', 'documents', 'mandates', 'series', 'citations', 'places', 'search', 'pipeline', 'compare', 'matrix']) {
    await open(page, `?view=${view}`);
    assert.ok((await page.textContent('main')).trim().length > 10, view);
    assert.deepEqual(page.complaints, [], view);
  }
  await page.context().close();
  await end(server.child);
});

test('a server that went away is missed, and found again', async () => {
  const server = await serve(join(folder, 'samples.db')), page = await tab(server.url), port = new URL(server.url).port;
  const places = page.waitForResponse(/places\.js/);
  await open(page, '');
  await (await places).finished();
  await end(server.child);
  await page.waitForSelector('#connection:not([hidden])');
  assert.match(await page.textContent('#connection'), /does not answer/);
  assert.match(await page.textContent('main'), /Newest documents/); // what was there stays
  await page.click('nav >> text=Places');
  await page.waitForSelector('[role=alert], h1:has-text("Places")');
  const again = await serve(join(folder, 'samples.db'), port);
  await page.waitForSelector('h1:has-text("Places")');
  await page.waitForSelector('.list tbody tr');
  await page.waitForSelector('#connection', {state: 'hidden'});
  await page.context().close();
  await end(again.child);
});

test('what arrives is shown as it arrives, and said', async () => {
  const service = await up(), page = await tab(service.url);
  await open(page, '');
  await page.waitForSelector('h2:has-text("The database is empty")');
  await page.waitForSelector('#live.on');
  const other = await tab(service.url);
  await open(other, '?view=documents');
  await page.evaluate(() => {
    window.said = [];
    new MutationObserver(() => window.said.push(document.getElementById('announce').textContent)).observe(document.getElementById('announce'), {childList: true, characterData: true, subtree: true});
  });
  drop(service.inbox, 'A_RES_92_164.txt', readFileSync(join(SAMPLES, 'A_RES_92_164.txt')));
  await page.waitForSelector('.part-newest >> text=A/RES/92/164');
  await page.waitForFunction(() => window.said.some((text) => text.includes('A/RES/92/164')));
  await other.waitForSelector('.list >> text=A/RES/92/164');
  drop(service.inbox, 'A_RES_92_165.txt', readFileSync(join(SAMPLES, 'A_RES_92_165.txt')));
  await page.waitForSelector('.part-newest >> text=A/RES/92/165');
  await page.waitForFunction(() => document.querySelector('.tile strong').textContent === '2');
  await open(page, '?view=pipeline');
  await page.waitForSelector('h2:has-text("Ingest")');
  assert.match(await page.textContent('.tiles'), /idle|reading/);
  for (const one of [page, other]) {
    assert.deepEqual(one.complaints, []);
    await one.context().close();
  }
  await end(service.child);
});
