// api: the server's answers, and what codes stand for.

export class Problem extends Error {
  constructor(status, title, detail) {
    super(detail || title);
    this.status = status;
    this.title = title;
  }
}

function query(values) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values || {}))
    if (value !== null && value !== undefined && value !== '')
      parameters.set(name, value);
  const text = parameters.toString();
  return text ? `?${text}` : '';
}

export const path = (name, values) => `/api/v1/${name}${query(values)}`;

async function problemOf(answer) {
  let said = {};
  try {
    said = await answer.json();
  } catch { /* no problem+json: a proxy's page */ }
  return new Problem(answer.status, said.title || answer.statusText, said.detail);
}

// GET api/v1/NAME; throws a Problem. status 0: the server cannot be reached.
export async function get(name, values, signal) {
  let answer;
  try {
    answer = await fetch(path(name, values), {signal, headers: {Accept: 'application/json'}});
  } catch (error) {
    if (error.name === 'AbortError')
      throw error;
    throw new Problem(0, 'The server does not answer', 'It may have been stopped, or the network is down.');
  }
  if (answer.status === 401) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
    throw new Problem(401, 'A token is needed', 'You are taken to the place where it is asked for.');
  }
  if (!answer.ok)
    throw await problemOf(answer);
  try {
    return await answer.json();
  } catch (error) {
    if (error.name === 'AbortError')
      throw error;
    throw new Problem(0, 'The answer broke off', 'Try again.');
  }
}

// What the query string says for these names, for the server.
export function taken(params, names) {
  const values = {};
  for (const name of names)
    if (params.get(name))
      values[name] = params.get(name);
  return values;
}

// --- names ------------------------------------------------------------------------------------
const NONE = {themes: {}, functions: {}, countries: {}, actors: {}, instruments: {}, forces: {}};
let known = null;

export async function names() {
  if (known)
    return known;
  try {
    known = {...NONE, ...await get('names')};
  } catch {
    return NONE; // codes will do
  }
  return known;
}

export const named = (table, code) => (code && table && table[code]) || code || '';

// The first words of what a function is, which are long.
export const short = (text, most = 60) => (text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text);
