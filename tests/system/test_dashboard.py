"""rapporteur-dashboard: the API against its description, pages of lists, who may ask, hostile requests, the database coming and going."""
import gzip
import http.client
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import unittest
import urllib.parse
import xml.etree.ElementTree as xml

import command
from command import BINARIES, harness

TOKEN = 'a-token-of-some-length'


class Dashboard:
    """The server, once it is ready, at a port of its own."""

    def __init__(self, db, *options, ready=True):
        self.folder = tempfile.mkdtemp(prefix='rapporteur-dashboard.')
        url_file = os.path.join(self.folder, 'url')
        read_end, write_end = os.pipe()
        listen = [] if '--listen' in options else ['--listen', '127.0.0.1:0']
        environment = dict(os.environ, RAPPORTEUR_CONFIG='none')
        with open(os.path.join(self.folder, 'log'), 'wb') as log:
            self.process = subprocess.Popen(
                [os.path.join(BINARIES, 'rapporteur-dashboard'), '--db', db, '--rules', harness.RULES, '--url-file', url_file,
                 '--ready-fd', str(write_end), *listen, *options, *(['--user', 'root'] if os.getuid() == 0 else [])],
                stderr=log, stdout=log, stdin=subprocess.DEVNULL, pass_fds=(write_end,), env=environment)
        os.close(write_end)
        said = os.read(read_end, 16)
        os.close(read_end)
        self.port = None
        if said:
            with open(url_file, encoding='ascii') as file:
                self.port = urllib.parse.urlsplit(file.read().strip()).port
        elif ready:
            raise RuntimeError(f'the dashboard is not ready: {self.log()}')

    def log(self):
        with open(os.path.join(self.folder, 'log'), encoding='utf8', errors='replace') as log:
            return log.read()

    def end(self):
        self.process.terminate()
        status = self.process.wait(60)
        shutil.rmtree(self.folder)
        return status

    def ask(self, path, method='GET', body=None, **headers):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        connection.request(method, path, body, {name.replace('_', '-'): value for name, value in headers.items()})
        answer = connection.getresponse()
        answer.bytes = answer.read()
        connection.close()
        return answer

    def json(self, path, **headers):
        answer = self.ask(path, **headers)
        if answer.status != 200:
            raise AssertionError(f'{path}: {answer.status} {answer.bytes[:500]}')
        return json.loads(answer.bytes)

    def raw(self, text):
        """What comes back for bytes as they are, until the server ends the connection."""
        with socket.create_connection(('127.0.0.1', self.port), timeout=60) as stream:
            got = b''
            try:
                stream.sendall(text if isinstance(text, bytes) else text.encode())
                stream.shutdown(socket.SHUT_WR)
            except OSError:  # it had enough already
                pass
            while True:
                try:
                    piece = stream.recv(65536)
                except OSError:
                    piece = b''
                if not piece:
                    return got
                got += piece


def change(path, sql, values=()):
    """As another process would: all of it in the file when it is done."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(sql, values)
    db.close()


#  --- a schema's few words that the description uses --------------------------------------
KINDS = {'object': dict, 'array': list, 'string': str, 'boolean': bool, 'null': type(None)}


def is_kind(value, kind):
    if kind in ('integer', 'number'):
        return isinstance(value, int if kind == 'integer' else (int, float)) and not isinstance(value, bool)
    return isinstance(value, KINDS[kind])


def faults(value, schema, description, at='$'):
    """What of the value is not as the schema says."""
    if '$ref' in schema:
        meant = description
        for part in schema['$ref'].split('/')[1:]:
            meant = meant[part]
        return faults(value, meant, description, at)
    if 'const' in schema and value != schema['const']:
        return [f'{at}: {value!r} is not {schema["const"]!r}']
    if 'oneOf' in schema:
        fitting = [one for one in schema['oneOf'] if not faults(value, one, description, at)]
        return [] if len(fitting) == 1 else [f'{at}: fits {len(fitting)} of the kinds: {value!r}'[:400]]
    kinds = schema.get('type', [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(is_kind(value, kind) for kind in kinds):
        return [f'{at}: {value!r} is no {kinds}'[:400]]
    found = []
    if isinstance(value, dict):
        members, more = schema.get('properties', {}), schema.get('additionalProperties', True)
        found += [f'{at}: {name} is missing' for name in schema.get('required', []) if name not in value]
        for name, member in value.items():
            if name in members:
                found += faults(member, members[name], description, f'{at}.{name}')
            elif more is False:
                found.append(f'{at}: {name} is not described')
            elif isinstance(more, dict):
                found += faults(member, more, description, f'{at}.{name}')
    if isinstance(value, list) and 'items' in schema:
        for index, item in enumerate(value):
            found += faults(item, schema['items'], description, f'{at}[{index}]')
    return found


class WithDatabase(unittest.TestCase):
    """The samples, read once for all tests."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='rapporteur-dashboard-db.')
        cls.db = os.path.join(cls.folder, 'x.db')
        subprocess.run([os.path.join(BINARIES, 'rapporteur'), 'run', '--db', cls.db, harness.SAMPLES], check=True,
                       capture_output=True, env=dict(os.environ, RAPPORTEUR_RULES=harness.RULES, XDG_CACHE_HOME=cls.folder))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def serve(self, *options, db=None, ready=True):
        server = Dashboard(db or self.db, *options, ready=ready)
        self.addCleanup(server.end)
        return server


class ApiTest(WithDatabase):
    def setUp(self):
        self.server = self.serve()
        self.description = self.server.json('/api/v1/openapi.json')

    def lists(self):
        return [path for path, does in self.description['paths'].items()
                if {'$ref': '#/components/parameters/total'} in does['get']['parameters']]

    def filled(self, path):
        """The path with something that is there at each brace."""
        series = self.server.json('/api/v1/series')['items'][0]['series_id']
        mandate = self.server.json('/api/v1/mandates?status=answered')['items'][0]
        there = {'document': mandate['document_id'], 'series_id': series, 'chunk_id': mandate['chunk_id'], 'seq': mandate['seq'],
                 'code': 'unodc'}
        asked = {'/api/v1/diff': '?before=A%2FRES%2F91%2F120&after=A/RES/92/164', '/api/v1/search': '?q=report',
                 '/api/v1/graph': '?symbol=A/RES/91/120&depth=2', '/api/v1/matrix': '?resolution=' + mandate['resolution']}
        return re.sub(r'{(\w+)}', lambda m: str(there[m.group(1)]), path) + asked.get(path, '')

    def test_answers_are_as_described(self):
        self.assertEqual(self.description['openapi'], '3.1.0')
        for path, does in self.description['paths'].items():
            if path in ('/api/v1/events', '/api/v1/openapi.json'):
                continue
            answer = self.server.ask(self.filled(path))
            self.assertEqual(answer.status, 200, f'{path}: {answer.bytes[:300]}')
            (kind, content), = does['get']['responses']['200']['content'].items()
            self.assertTrue(answer.headers['Content-Type'].startswith(kind), path)
            if kind == 'application/json':
                found = faults(json.loads(answer.bytes), content['schema'], self.description)
                self.assertEqual(found[:5], [], path)
        self.assertTrue(faults({'items': [{}], 'next': 1}, {'$ref': '#/components/schemas/Search'}, self.description), 'is a fault')

    def test_what_is_described_is_what_is_taken(self):
        for path in self.lists():
            for parameter in self.description['paths'][path]['get']['parameters']:
                if '$ref' in parameter or parameter['in'] == 'path':
                    continue
                kind = parameter['schema']
                value = kind.get('enum', ['1' if kind['type'] != 'boolean' else 'true'])[0]
                answer = self.server.ask(f'{self.filled(path)}?{parameter["name"]}={value}')
                self.assertEqual(answer.status, 200, f'{path} {parameter["name"]}: {answer.bytes[:300]}')
            answer = self.server.ask(self.filled(path) + '?nothing=1')
            self.assertEqual(answer.status, 400)
            self.assertEqual(faults(json.loads(answer.bytes), {'$ref': '#/components/schemas/Problem'}, self.description), [])

    def test_pages_join_to_the_whole(self):
        for path in self.lists():
            sorts = next(p for p in self.description['paths'][path]['get']['parameters'] if p.get('name') == 'sort')['schema']['enum']
            for sort in sorts:
                whole = self.server.json(f'{self.filled(path)}?limit=1000&sort={sort}&total=true')
                rows, next_one, pages = [], '', 0
                step = max(1, len(whole['items']) // 5)
                while next_one is not None:
                    page = self.server.json(f'{self.filled(path)}?limit={step}&sort={sort}&cursor={next_one}')
                    rows += page['items']
                    next_one, pages = page['next'], pages + 1
                self.assertEqual(rows, whole['items'], f'{path} {sort}')
                self.assertEqual(whole['total'], len(rows), path)
                if len(rows) > 5:
                    self.assertGreater(pages, 4)
            backwards = self.server.json(f'{self.filled(path)}?limit=1000&sort={sort}')['items']
            self.assertEqual(backwards, self.server.json(f'{self.filled(path)}?limit=1000&sort={sort.lstrip("-")}')['items'][::-1], path)

    def test_a_cursor_is_of_one_list_in_one_order(self):
        cursor = self.server.json('/api/v1/documents?limit=1')['next']
        for wrong in (f'/api/v1/documents?sort=title&cursor={cursor}', f'/api/v1/mandates?cursor={cursor}',
                      f'/api/v1/documents?cursor={cursor}A', '/api/v1/documents?cursor=%25', f'/api/v1/documents?cursor={"A" * 2000}'):
            self.assertEqual(self.server.ask(wrong).status, 400, wrong)

    def test_rows_are_those_of_the_database(self):
        with sqlite3.connect(f'file:{self.db}?mode=ro', uri=True) as db:
            for path, table in (('clauses', 'clause'), ('quantities', 'quantity'), ('citations', 'citation'), ('mandates', 'mandate'),
                                ('documents', 'document'), ('place-mentions', 'place'), ('series', 'series')):
                count, = db.execute(f'SELECT count (*) FROM {table}').fetchone()
                self.assertEqual(self.server.json(f'/api/v1/{path}?limit=1&total=true')['total'], count, path)
            texts = dict(db.execute('SELECT chunk_id, text FROM chunk'))
            silent, = db.execute("SELECT count (DISTINCT clause || seq || resolution) FROM mandate_followup WHERE status = 'answered'").fetchone()
        self.assertEqual(self.server.json('/api/v1/mandates?status=answered&total=true')['total'], silent)
        for row in self.server.json('/api/v1/clauses?limit=1000')['items']:
            self.assertEqual(texts[row['chunk_id']][row['start']:row['end']], row['surface'])
        for mandate in self.server.json('/api/v1/mandates?limit=1000')['items']:
            whole = self.server.json(f'/api/v1/mandates/{mandate["chunk_id"]}/{mandate["seq"]}')
            self.assertEqual(whole['action'], mandate['action'])
            for followup in whole['followups']:
                if followup['sentence']:
                    sentence = followup['paragraph'][followup['sentence']['start']:followup['sentence']['end']]
                    self.assertEqual(sentence, followup['evidence'])
                    for word in followup['words']:
                        self.assertRegex(followup['paragraph'][word['start']:word['end']], r'^[\w’\'-]+$')

    def test_search_marks_words_in_text(self):
        for hit in self.server.json('/api/v1/search?q=report*&limit=100')['items']:
            self.assertTrue(hit['marks'], hit)
            for mark in hit['marks']:
                self.assertTrue(hit['snippet'][mark['start']:mark['end']].lower().startswith('report'), hit)
        for odd in ('"', '(', 'AND', 'NEAR(', '-', 'a"b', '*', '^x', '{x}:', "'", '%00', 'x -y', '"un closed', 'ё'):
            self.assertIn(self.server.ask('/api/v1/search?q=' + urllib.parse.quote(odd)).status, (200, 400), odd)
        with_it = len(self.server.json('/api/v1/search?q=report&limit=100')['items'])
        without = self.server.json('/api/v1/search?q=report+-assembly&limit=100')['items']
        self.assertLess(len(without), with_it)
        first = self.server.json('/api/v1/search?q=report&limit=3')
        second = self.server.json(f'/api/v1/search?q=report&limit=3&cursor={first["next"]}')
        six = self.server.json('/api/v1/search?q=report&limit=6')
        self.assertEqual([hit['chunk_id'] for hit in first['items'] + second['items']], [hit['chunk_id'] for hit in six['items']])

    def test_csv(self):
        answer = self.server.ask('/api/v1/documents.csv')
        self.assertIn('attachment; filename="documents.csv"', answer.headers['Content-Disposition'])
        lines = answer.bytes.decode().split('\r\n')
        self.assertTrue(lines[0].startswith('document_id,number,symbol,'))
        self.assertEqual(len(lines), 12)  # the names, ten documents, the end
        part = self.server.ask('/api/v1/documents.csv?limit=4')
        self.assertEqual(len(part.bytes.decode().split('\r\n')), 6)
        address = re.match('<(.*)>; rel="next"', part.headers['Link']).group(1).replace('/documents?', '/documents.csv?')
        rest = self.server.ask(address)
        self.assertEqual(lines[5:9], rest.bytes.decode().split('\r\n')[1:5])

    def test_what_has_not_changed_is_not_sent_again(self):
        first = self.server.ask('/api/v1/documents')
        again = self.server.ask('/api/v1/documents', If_None_Match=first.headers['ETag'])
        self.assertEqual((again.status, again.bytes), (304, b''))
        page = self.server.ask('/')
        self.assertEqual(self.server.ask('/', If_None_Match=page.headers['ETag']).status, 304)
        change(self.db, "UPDATE document SET source = source || '.'")
        changed = self.server.ask('/api/v1/documents', If_None_Match=first.headers['ETag'])
        self.assertEqual(changed.status, 200)
        self.assertNotEqual(changed.headers['ETag'], first.headers['ETag'])

    def test_gzip(self):
        plain, small = self.server.ask('/api/v1/names'), self.server.ask('/api/v1/names', Accept_Encoding='br, gzip')
        self.assertEqual(small.headers['Content-Encoding'], 'gzip')
        self.assertEqual(gzip.decompress(small.bytes), plain.bytes)
        self.assertLess(len(small.bytes) * 2, len(plain.bytes))
        self.assertIsNone(self.server.ask('/api/v1/names', Accept_Encoding='gzip;q=0').headers['Content-Encoding'])
        head = self.server.ask('/api/v1/names', 'HEAD')
        self.assertEqual((head.bytes, int(head.headers['Content-Length'])), (b'', len(plain.bytes)))

    def test_feeds(self):
        atom = '{http://www.w3.org/2005/Atom}'
        for path in ('theme/toc.atom', 'actor/unodc.atom', 'addressee/unodc.atom', 'theme/none%3C%26.atom'):
            feed = xml.fromstring(self.server.ask('/feeds/' + path).bytes)
            for part in ('id', 'title', 'updated', 'author'):
                self.assertIsNotNone(feed.find(atom + part), path)
            ids = [entry.find(atom + 'id').text for entry in feed.iter(atom + 'entry')]
            self.assertEqual(len(ids), len(set(ids)), path)
            for entry in feed.iter(atom + 'entry'):
                self.assertRegex(entry.find(atom + 'updated').text, r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d')
                self.assertIsNotNone(entry.find(atom + 'link'))
        self.assertGreater(len(xml.fromstring(self.server.ask('/feeds/addressee/unodc.atom').bytes).findall(atom + 'entry')), 3)


class DoorTest(WithDatabase):
    def test_headers_say_what_a_browser_may_do(self):
        server = self.serve()
        for path in ('/', '/documents/A/RES/91/120', '/api/v1/overview', '/nothing', '/api/v1/documents?x=1'):
            answer = server.ask(path)
            policy = answer.headers['Content-Security-Policy']
            self.assertIn("default-src 'none'", policy)
            self.assertIn("frame-ancestors 'none'", policy)
            self.assertNotIn('unsafe', policy)
            self.assertEqual(answer.headers['X-Content-Type-Options'], 'nosniff')
            self.assertEqual(answer.headers['Referrer-Policy'], 'no-referrer')
            self.assertIsNone(answer.headers['Access-Control-Allow-Origin'])
        self.assertEqual(server.ask('/nothing').status, 404)
        self.assertEqual(server.ask('/documents/x').bytes, server.ask('/').bytes)
        open_one = self.serve('--allow-origin', 'https://example.org')
        self.assertEqual(open_one.ask('/api/v1/overview').headers['Access-Control-Allow-Origin'], 'https://example.org')
        self.assertEqual(open_one.ask('/api/v1/overview', 'OPTIONS').status, 204)

    def test_hostile_requests(self):
        server = self.serve('--request-ms', '700')
        for path in ('/../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/api/v1/documents/%00', '/api/v1/documents/%ff', '/%', '/api/%zz',
                     '/api/v1/documents?limit=-1', '/api/v1/documents?limit=9999999999999999999', '/api/v1/documents?q=%1b',
                     '/api/v1/documents?' + '&'.join(f'a{i}=1' for i in range(40)), '/a' * 40):
            self.assertEqual(server.ask(path).status, 400, path[:80])
        for method in ('POST', 'PUT', 'DELETE', 'TRACE', 'PATCH', 'OPTIONS', 'BREW'):
            self.assertEqual(server.ask('/api/v1/documents', method).status, 405, method)
        self.assertEqual(server.ask('/api/v1/documents', 'GET', b'body').status, 400)
        for host in ('evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '', 'localhost:80:80', '[::1', 'localhost/'):
            self.assertEqual(server.ask('/', Host=host).status, 421, host)
        for host in ('localhost', 'LOCALHOST:1', '127.0.0.1:9', '[::1]:7', '192.0.2.1'):
            self.assertEqual(server.ask('/', Host=host).status, 200, host)
        for text in ('\0' * 3000, 'GET / HTTP/9.9\r\n\r\n', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 'GET ' + 'x' * 100000 + ' HTTP/1.1\r\n\r\n',
                     'GET / HTTP/1.1\r\nHost: localhost\r\n' + 'X: ' + 'y' * 50000 + '\r\n\r\n', 'GET / HTTP/1.1\r\n' + 'a: b\r\n' * 20000 + '\r\n',
                     'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n', 'G', '', '\r\n\r\n',
                     'GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n'):
            self.assertNotRegex(server.raw(text)[:20], rb'HTTP/1.\d 200', text[:60])
        self.assertEqual(server.ask('/api/v1/health').status, 200)

    def test_who_is_too_slow_is_cut_off(self):
        server = self.serve('--request-ms', '300')
        slow = [socket.create_connection(('127.0.0.1', server.port), timeout=60) for _ in range(20)]
        for stream in slow:
            stream.sendall(b'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
        while slow:  # however busily they send; the test's own timeout bounds this
            for stream in list(slow):
                stream.settimeout(0.02)
                try:
                    stream.send(b'a')
                    if stream.recv(1000) == b'':
                        raise ConnectionResetError
                except TimeoutError:
                    pass
                except OSError:
                    stream.close()
                    slow.remove(stream)
        self.assertEqual(server.ask('/api/v1/health').status, 200)

    def refused(self, *options):
        server = Dashboard(self.db, *options, ready=False)
        said = server.log()
        self.assertEqual(server.process.wait(60), 2)
        shutil.rmtree(server.folder)
        return said

    def test_beyond_loopback_somebody_has_to_vouch(self):
        self.assertIn('--token-file', self.refused('--listen', '0.0.0.0:0'))
        self.assertIn('go together', self.refused('--trust-header', 'X-User'))
        self.assertIn('in figures', self.refused('--listen', 'example.org:80'))
        for option in ('--metrics', '--keys', '--key'):  # it would make nothing of them
            self.assertIn(f"there is no option '{option}'", self.refused(option, '9000'))
        short = os.path.join(self.folder, 'short')
        with open(short, 'w', encoding='ascii') as file:
            file.write('abc\n')
        self.assertIn('16 to', self.refused('--token-file', short))
        self.assertIn('No such file', self.refused('--token-file', short + '.none'))

    def with_token(self, *more):
        path = os.path.join(self.folder, 'token')
        with open(path, 'w', encoding='ascii') as file:
            file.write(TOKEN + '\n')
        return self.serve('--token-file', path, '--listen', '0.0.0.0:0', *more)

    def test_token(self):
        server = self.with_token()
        self.assertEqual(server.ask('/api/v1/documents').status, 401)
        self.assertEqual(server.ask('/feeds/theme/toc.atom').status, 401)
        self.assertEqual(server.ask('/api/v1/events').status, 401)
        self.assertEqual(server.ask('/api/v1/openapi.json').status, 401)
        self.assertEqual(server.ask('/api/v1/documents', Authorization='Bearer ' + TOKEN).status, 200)
        self.assertEqual(server.ask('/api/v1/documents', Authorization='Bearer ' + TOKEN + 'x').status, 401)
        self.assertEqual(server.ask('/').headers['Location'], '/login')
        self.assertEqual((server.ask('/health').status, server.ask('/health').bytes), (200, b'ok\n'))
        self.assertIn(b'<form', server.ask('/login').bytes)
        form = {'Content_Type': 'application/x-www-form-urlencoded'}
        done = server.ask('/login', 'POST', f'token={TOKEN}&next=//evil.example/', **form)
        self.assertEqual((done.status, done.headers['Location']), (303, '/'))
        cookie = done.headers['Set-Cookie']
        for word in ('HttpOnly', 'SameSite=Strict'):
            self.assertIn(word, cookie)
        self.assertNotIn(TOKEN, cookie)
        session = cookie.split(';')[0]
        self.assertEqual(server.ask('/api/v1/documents', Cookie=session).status, 200)
        self.assertEqual(server.ask('/api/v1/documents', Cookie=session[:-1] + '~').status, 401)
        self.assertEqual(server.ask('/login', 'POST', 'token=' + 'x' * 5000, **form).status, 413)
        for _ in range(10):
            self.assertIn('wrong', server.ask('/login', 'POST', 'token=wrong', **form).headers['Location'])
        self.assertEqual(server.ask('/login', 'POST', f'token={TOKEN}', **form).status, 429)

    def test_a_trusted_proxy(self):
        server = self.serve('--trust-header', 'X-User', '--trust-from', '127.0.0.1', '--host', 'docs.example.org,other')
        self.assertEqual(server.ask('/api/v1/documents').status, 401)
        self.assertEqual(server.ask('/api/v1/documents', X_User='anna', Host='docs.example.org').status, 200)
        other = self.serve('--trust-header', 'X-User', '--trust-from', '192.0.2.7')
        self.assertEqual(other.ask('/api/v1/documents', X_User='anna').status, 401)


class DatabaseTest(WithDatabase):
    def test_a_database_that_comes_and_goes(self):
        path = os.path.join(self.folder, 'later.db')
        server = self.serve(db=path)
        answer = server.ask('/api/v1/documents')
        self.assertEqual((answer.status, answer.headers['Retry-After']), (503, '2'))
        self.assertIn('no database yet', json.loads(answer.bytes)['detail'])
        self.assertEqual(server.ask('/').status, 200)
        shutil.copy(self.db, path)
        first = server.ask('/api/v1/documents')
        self.assertEqual(first.status, 200)
        shutil.copy(self.db, path + '.new')
        change(path + '.new', "UPDATE document SET title = 'replaced'")
        os.replace(path + '.new', path)
        second = server.ask('/api/v1/documents', If_None_Match=first.headers['ETag'])
        self.assertEqual({item['title'] for item in json.loads(second.bytes)['items']}, {'replaced'})
        for version, word in ((1, 'rapporteur-sink'), (1000, 'bring the dashboard up')):
            change(path, f'PRAGMA user_version = {version}')
            answer = server.ask('/api/v1/documents')
            self.assertEqual(answer.status, 503)
            self.assertIn(word, json.loads(answer.bytes)['detail'])
        with open(path + '.bad', 'wb') as file:
            file.write(b'no database at all' * 1000)
        os.replace(path + '.bad', path)
        self.assertEqual(server.ask('/api/v1/documents').status, 503)
        self.assertEqual(server.process.poll(), None)

    def test_nothing_is_held_between_answers(self):
        path = os.path.join(self.folder, 'held.db')
        shutil.copy(self.db, path)
        server = self.serve(db=path)
        server.json('/api/v1/overview')
        with sqlite3.connect(path, isolation_level=None) as db:
            db.execute('PRAGMA journal_mode = wal')
            for round_ in range(5):
                db.execute(f"UPDATE document SET source = 'round {round_}'")
                self.assertEqual({item['source'] for item in server.json('/api/v1/documents')['items']}, {f'round {round_}'})
                busy, log, done = db.execute('PRAGMA wal_checkpoint (TRUNCATE)').fetchone()
                self.assertEqual((busy, log, done), (0, 0, 0))

    def test_text_of_documents_is_text(self):
        path = os.path.join(self.folder, 'hostile.db')
        shutil.copy(self.db, path)
        hostile = '=HYPERLINK("http://evil")<script>alert(1)</script>\u202e\x01\x1f" \\'
        change(path, 'UPDATE document SET title = ?', (hostile,))
        server = self.serve(db=path)
        self.assertEqual(server.json('/api/v1/documents')['items'][0]['title'], hostile)
        self.assertIn(b'"\'=HYPERLINK(', server.ask('/api/v1/documents.csv').bytes)
        feed = server.ask('/feeds/actor/unodc.atom').bytes
        self.assertNotIn(b'<script', feed)
        xml.fromstring(feed)


class LiveTest(unittest.TestCase):
    def listen(self, server, **headers):
        connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=120)
        connection.request('GET', '/api/v1/events', headers={name.replace('_', '-'): value for name, value in headers.items()})
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        self.addCleanup(connection.close)
        return answer

    def next_event(self, stream, kind):
        """The next event of the kind: its id and data."""
        event = {}
        while True:
            line = stream.readline().decode()
            self.assertTrue(line, 'the stream of events ended')
            line = line.rstrip('\n')
            if not line and event.get('event') == kind:
                return event.get('id'), json.loads(event['data'])
            if not line:
                event = {}
            elif not line.startswith(':'):
                name, _, value = line.partition(': ')
                event[name] = value

    def test_events(self):
        folder = tempfile.mkdtemp(prefix='rapporteur-dashboard-live.')
        self.addCleanup(shutil.rmtree, folder)
        pipeline = harness.Pipeline(BINARIES, folder, workers=1).start_all()
        self.addCleanup(pipeline.stop_all)
        server = Dashboard(pipeline.db, '--feed', pipeline.address('feed'), '--submit', pipeline.address('submit'))
        self.addCleanup(lambda: self.assertEqual(server.end(), 0))
        files = harness.sample_files()
        stream = self.listen(server)
        stream.readline()
        pipeline.submit(files[0])
        self.next_event(stream, 'change')
        pipeline.submit(files[1])
        last, data = self.next_event(stream, 'document')
        self.assertRegex(data['document_id'], '^[0-9a-f]{32}$')
        self.assertEqual(data['document']['state'], 'complete')
        self.assertTrue(server.json('/api/v1/pipeline')['running'])
        pipeline.submit(*files[2:5])
        seen = [self.next_event(stream, 'document')[0] for _ in range(3)]
        again = self.listen(server, Last_Event_ID=last)
        self.assertEqual([self.next_event(again, 'document')[0] for _ in range(3)], seen)
        self.next_event(self.listen(server, Last_Event_ID='of-another-run-7'), 'reset')
        pipeline.kill('sink')
        self.assertEqual(server.ask('/api/v1/overview').status, 200)
        pipeline.start('sink')
        pipeline.submit(files[5])
        self.next_event(stream, 'change')
        listeners = [self.listen(server) for _ in range(61)]
        self.assertEqual(server.ask('/api/v1/events').status, 503)
        del listeners


if __name__ == '__main__':
    command.main()
