// world: databases, servers and a browser for the tests of the page; all of it ends with the test.
import {spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, mkdirSync, readFileSync, existsSync, rmSync, writeFileSync, renameSync, readdirSync, openSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {chromium} from 'playwright-core';

const BINARIES = process.env.RAPPORTEUR_BINARIES;
export const SOURCE = process.env.RAPPORTEUR_SOURCE;
export const SAMPLES = join(SOURCE, 'samples');
const SEEDS = join(SOURCE, '..', 'shared', 'seeds');
export const folder = mkdtempSync(join(tmpdir(), 'rapporteur-page.'));
const running = new Set();

const environment = {...process.env, XDG_CACHE_HOME: folder};

export function rapporteur(...args) {
  const done = spawnSync(join(BINARIES, 'rapporteur'), args, {env: environment, encoding: 'utf8', timeout: 120000});
  if (done.status !== 0)
    throw new Error(`rapporteur ${args.join(' ')}: ${done.status}\n${done.stdout}\n${done.stderr}`);
  return done.stdout;
}

// A database of these files.
export function read(name, ...files) {
  const db = join(folder, name);
  rapporteur('run', '--db', db, ...files);
  return db;
}

export const seeds = () => (existsSync(SEEDS) ? readdirSync(SEEDS).filter((name) => name.endsWith('.txt')).map((name) => join(SEEDS, name)) : []);

export function write(name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

// A file as it comes into the inbox: whole.
export function drop(inbox, name, text) {
  writeFileSync(join(folder, `${name}.new`), text);
  renameSync(join(folder, `${name}.new`), join(inbox, name));
}

// Starts a program that says READY on descriptor 3.
function start(program, args) {
  return new Promise((resolve, reject) => {
    const log = openSync(join(folder, 'log'), 'a');
    const child = spawn(join(BINARIES, program), [...args, '--ready-fd', '3'], {env: environment, stdio: ['ignore', log, log, 'pipe']});
    running.add(child);
    child.once('exit', (code) => { running.delete(child); reject(new Error(`${program} ended with ${code}:\n${readFileSync(join(folder, 'log'), 'utf8').slice(-2000)}`)); });
    child.stdio[3].once('data', () => resolve(child));
  });
}

export function end(child) {
  return new Promise((resolve) => {
    if (!running.has(child))
      resolve();
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });
}

let addresses = 0;

// The dashboard on a database; `port` 0 is any.
export async function serve(db, port = 0) {
  const file = join(folder, `url-${++addresses}`);
  const child = await start('rapporteur-dashboard', ['--db', db, '--listen', `127.0.0.1:${port}`, '--url-file', file]);
  return {child, url: readFileSync(file, 'utf8').trim()};
}

// A whole service with its dashboard.
export async function up() {
  const data = join(folder, `service-${++addresses}`);
  mkdirSync(data);
  const child = await start('rapporteur', ['up', '--data', data, '--workers', '1', '--dashboard', '127.0.0.1:0']);
  const said = readFileSync(join(folder, 'log'), 'utf8').match(/http:\/\/127\.0\.0\.1:\d+\//g);
  return {child, inbox: join(data, 'inbox'), db: join(data, 'rapporteur.db'), url: said[said.length - 1]};
}

// --- the browser -----------------------------------------------------------------------------
let browser = null;

// A tab whose every complaint is kept in page.complaints.
export async function tab(url, options) {
  browser = browser || await chromium.launch({executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage']});
  const context = await browser.newContext({baseURL: url, viewport: {width: 1280, height: 800}, ...options}), page = await context.newPage();
  page.setDefaultTimeout(30000);
  page.complaints = [];
  page.on('console', (message) => { if (message.type() === 'error' || message.type() === 'warning') page.complaints.push(`console: ${message.text()}`); });
  page.on('pageerror', (error) => page.complaints.push(`error: ${error}`));
  page.on('dialog', (dialog) => { page.complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => { if (!request.url().startsWith(url)) page.complaints.push(`asked elsewhere: ${request.url()}`); });
  await page.exposeFunction('violated', (what) => page.complaints.push(`policy: ${what}`));
  await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) => window.violated(`${event.violatedDirective} ${event.blockedURI}`)));
  return page;
}

// Goes there, and waits until the page is drawn.
export async function open(page, query) {
  await page.goto(`/${query}`);
  await drawn(page);
}

export async function drawn(page) {
  await page.waitForSelector('main:not([aria-busy]) h1');
}

export async function close() {
  if (browser)
    await browser.close();
  await Promise.all([...running].map(end));
  rmSync(folder, {recursive: true, force: true});
}
