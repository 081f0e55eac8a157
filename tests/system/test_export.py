"""export: what was read, in other forms: Akoma Ntoso that is valid and has every word, JSON, CSV, Markdown that reads as before."""
import collections
import contextlib
import csv
import io
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
import unittest
import xml.etree.ElementTree as ET

import command
from command import RESOLUTION, CommandTest, fed, harness

AKN = '{http://docs.oasis-open.org/legaldocml/ns/akn/3.0}'
RULES = os.path.join(harness.ROOT, 'tests', 'export', 'akn-subset.rng')
SEEDS = os.path.join(harness.ROOT, '..', 'shared', 'seeds')
FORMULAS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


def bare(element):
    return element.tag.removeprefix(AKN)


# --- what text an Akoma Ntoso document has -----------------------------------------------------------------------------
def inline_text(element):
    """Without footnotes, which have a text of their own."""
    text = element.text or ''
    for child in element:
        text += ('' if bare(child) == 'authorialNote' else inline_text(child)) + (child.tail or '')
    return text


def lines_of(element):
    """The lines of a chunk's element: blocks, and the marks of what is lettered."""
    lines, mark = [], ''
    for child in element:
        if bare(child) == 'p':
            lines.append(mark + inline_text(child))
            mark = ''
        elif bare(child) == 'num':
            mark = inline_text(child) + ' '
        else:
            below = lines_of(child)
            below[0] = mark + below[0]
            mark = ''
            lines += below
    return lines


def chunk_text(element, num):
    if bare(element) == 'heading':
        return num + inline_text(element)
    if bare(element) == 'paragraph':  # its own number is the label
        element = [child for child in element if bare(child) != 'num']
    return '\n'.join(lines_of(element))


def chunks_of(element, components, texts, order):
    """Texts by the ordinal of their chunks; and ordinals in reading order, components read where the text refers to them."""
    num = ''
    for child in element:
        if bare(child) == 'num':
            num = inline_text(child) + ' '
        if child.get('GUID'):
            ordinal = int(child.get('GUID').split('-')[1])
            assert ordinal not in texts, ordinal
            texts[ordinal] = chunk_text(child, num)
            if bare(child) != 'authorialNote':
                order.append(ordinal)
        if bare(child) == 'componentRef':
            chunks_of(components[child.get('src')[1:]], components, texts, order)
        elif bare(child) != 'components':
            chunks_of(child, components, texts, order)


def all_text(element):
    """Every character of text that is no metadata and no label."""
    found = []
    if bare(element) == 'meta':
        return found
    mixed = bare(element) in ('p', 'heading') or (bare(element) == 'num')
    if mixed:
        return [''.join(element.itertext())]
    for child in element:
        if bare(element) != 'paragraph' or bare(child) != 'num':
            found += all_text(child)
    return found


def references_of(root):
    """Local references, and the ids that there are."""
    wanted, ids = set(), []
    for element in root.iter():
        for name in ('href', 'refersTo', 'src', 'source', 'as', 'dictionary'):
            if element.get(name, '').startswith('#'):
                wanted.add(element.get(name)[1:])
        if element.get('eId'):
            ids.append(element.get('eId'))
    return wanted, ids


def shown(text):
    """Sign for sign what a table shows of text that a terminal would obey."""
    return text.replace('\x1b', '\u241b').replace('\x85', '\ufffd').replace('\u202e', '\ufffd')


class ExportTest(CommandTest):
    """On a database of the samples that is made once."""
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(prefix='rapporteur-system.')
        cls.db = os.path.join(cls.home, 'samples.db')
        cls.fill(cls.db, harness.SAMPLES)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.home)

    @classmethod
    def fill(cls, db, *paths):
        environment = dict(os.environ, RAPPORTEUR_RULES=harness.RULES, XDG_CACHE_HOME=cls.home)
        environment.pop('RAPPORTEUR_DATA', None)
        subprocess.run([os.path.join(command.BINARIES, 'rapporteur'), 'run', '--db', db, *paths], check=True, env=environment,
                       stdout=subprocess.DEVNULL, timeout=600)

    def ask(self, sql, *values, db=None):
        with sqlite3.connect(f'file:{db or self.db}?mode=ro', uri=True) as connection:
            return connection.execute(sql, values).fetchall()

    def ids(self, db=None):
        return [row[0] for row in self.ask("SELECT document_id FROM document WHERE state <> 'quarantined' ORDER BY number", db=db)]

    def export(self, *arguments, db=None, **more):
        return self.rapporteur('export', '--db', db or self.db, *arguments, **more)

    def export_all(self, form, db=None):
        os.makedirs(self.path('out'), exist_ok=True)
        ids = self.ids(db)
        self.export('--format', form, '--output', 'out', *ids, db=db)
        files = {name.split('.')[-2].split('-')[-1]: self.path('out', name) for name in os.listdir(self.path('out'))}
        self.assertEqual(set(files), {id[:12] for id in ids})
        return {id: files[id[:12]] for id in ids}

    # --- Akoma Ntoso ---------------------------------------------------------------------------------------------------
    def validate(self, files):
        if not shutil.which('xmllint'):
            self.skipTest('xmllint (libxml2-utils) is not installed')
        files = list(files)
        for start in range(0, len(files), 100):
            done = subprocess.run(['xmllint', '--noout', '--relaxng', RULES, *files[start:start + 100]], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 0, done.stderr[:3000])

    def check_akn(self, document_id, path, db, in_order=True):
        root = ET.parse(path).getroot()
        components = {element.get('eId'): element for element in root.iter(AKN + 'component')}
        texts, order = {}, []
        chunks_of(root, components, texts, order)
        expected = dict(self.ask('SELECT ordinal, text FROM chunk WHERE document_id = ? AND (kind <> ? OR text <> ?)',
                                 document_id, 'masthead', '', db=db))
        self.assertEqual(texts, expected)
        notes = {row[0] for row in self.ask("SELECT ordinal FROM chunk WHERE document_id = ? AND kind = 'footnote'", document_id, db=db)}
        if in_order:
            self.assertEqual(order, sorted(set(expected) - notes))
        #  Nothing is there that was not in the document.
        written = re.sub(r'\s', '', ''.join(all_text(root)))
        self.assertEqual(len(written), len(re.sub(r'\s', '', ''.join(expected.values()))))
        wanted, ids = references_of(root)
        self.assertEqual([id for id, count in collections.Counter(ids).items() if count > 1], [])
        self.assertEqual(wanted - set(ids), set())
        return root

    def check_all_akn(self, db):
        files = self.export_all('akn', db)
        self.validate(files.values())
        for document_id, path in files.items():
            with self.subTest(path=path):
                self.check_akn(document_id, path, db)
        return files

    def test_akn_is_valid_and_has_every_word(self):
        self.check_all_akn(self.db)

    def test_akn_of_the_real_documents(self):
        documents = [os.path.join(SEEDS, name) for name in sorted(os.listdir(SEEDS))] if os.path.isdir(SEEDS) else []
        documents += harness.resolution_files()
        if not documents:
            self.skipTest('the real documents are not beside the repository')
        db = self.path('real.db')
        self.fill(db, *documents)
        self.check_all_akn(db)

    def test_rules_can_refuse(self):
        self.export('--format', 'akn', '--output', 'good.xml', 'A/RES/91/120')
        self.validate([self.path('good.xml')])
        with open(self.path('good.xml'), encoding='utf8') as file:
            good = file.read()
        wrongs = (('<FRBRcountry value="un"/>', ''), ('<mainBody>', '<mainBody>text'), ('<num>1.</num>', '<num>1.</num><p/>'),
                  ('date="2036-12-17"', 'date="2036-13-17"'), (' placement="bottom"', ' placement="under"'),
                  ('<preface>', '<preface><paragraph/>'), ('<formula ', '<formule '), ('refersTo="#', 'refersTo="'))
        for old, new in wrongs:
            self.assertIn(old, good)
            wrong = good.replace(old, new)
            if '<formule ' in wrong:
                wrong = wrong.replace('</formula>', '</formule>')
            path = self.write('wrong.xml', wrong)
            done = subprocess.run(['xmllint', '--noout', '--relaxng', RULES, path], capture_output=True, check=False)
            self.assertEqual(done.returncode, 3, old)

    def test_akn_says_what_was_found(self):
        self.export('--format', 'akn', '--output', 'r.xml', 'A/RES/91/120')
        root = ET.parse(self.path('r.xml')).getroot()
        self.assertEqual([(bare(child), child.get('name')) for child in root], [('statement', 'resolution')])
        self.assertEqual(root.find(f'.//{AKN}FRBRWork/{AKN}FRBRuri').get('value'), '/akn/un/statement/deliberation/unga/2036-12-17/91-120')
        self.assertEqual(root.find(f'.//{AKN}FRBRManifestation/{AKN}FRBRuri').get('value'),
                         '/akn/un/statement/deliberation/unga/2036-12-17/91-120/eng@2036-12-17.xml')
        terms = {element.get('eId'): element.get('showAs') for element in root.iter(AKN + 'TLCTerm')}
        verbs = [(inline_text(term), terms[term.get('refersTo')[1:]]) for term in root.iter(AKN + 'term')]
        self.assertIn(('Taking note with appreciation', 'take note'), verbs)
        self.assertIn(('Requests', 'request'), verbs)
        hrefs = {inline_text(ref): ref.get('href') for ref in root.iter(AKN + 'ref')}
        self.assertEqual(hrefs['75/311'], '/akn/un/statement/deliberation/unga/2021-07-23/75-311')
        note = root.find(f".//{AKN}container[@eId='container_pp2']//{AKN}authorialNote")
        self.assertEqual((note.get('marker'), note.get('placement')), ('1', 'bottom'))
        para = root.find(f".//{AKN}paragraph[@eId='para_3']")
        self.assertEqual([bare(child) for child in para], ['num', 'intro', 'subparagraph', 'subparagraph', 'subparagraph'])

    def test_akn_of_nested_drafts(self):
        self.export('--format', 'akn', '--output', 'r.xml', 'A/92/407')
        root = ET.parse(self.path('r.xml')).getroot()
        self.assertEqual([(bare(child), child.get('name')) for child in root], [('doc', 'committeeReport')])
        drafts = [component.find(AKN + 'statement') for component in root.iter(AKN + 'component')]
        self.assertEqual([draft.get('name') for draft in drafts], ['resolutionDraft', 'resolutionDraft'])
        for draft in drafts:
            self.assertTrue(draft.find(AKN + 'preamble') is not None and draft.find(f'{AKN}mainBody/{AKN}paragraph') is not None)
        self.assertEqual(len(list(root.find(f'{AKN}doc/{AKN}mainBody').iter(AKN + 'componentRef'))), 2)

    # --- JSON ----------------------------------------------------------------------------------------------------------
    def test_json_has_all_that_was_found(self):
        decoder, left, count = json.JSONDecoder(), self.export('--format', 'json', *self.ids()).stdout, 0
        for document_id in self.ids():
            document, end = decoder.raw_decode(left)
            left = left[end:].lstrip()
            self.assertEqual(document['document_id'], document_id)
            chunks = self.ask('SELECT chunk_id, kind, part, label, text FROM chunk WHERE document_id = ? ORDER BY 1', document_id)
            self.assertEqual([tuple(c[k] for k in ('chunk_id', 'kind', 'part', 'label', 'text')) for c in document['chunks']], chunks)
            marks = 0
            for chunk in document['chunks']:
                marks += len(chunk['footnote_marks'])
                for finding in chunk['findings']:
                    count += 1
                    if 'surface' in finding:
                        self.assertEqual(chunk['text'][finding['start']:finding['end']], finding['surface'])
            self.assertEqual(marks, self.ask('SELECT count(*) FROM footnote_mark JOIN chunk USING (chunk_id) WHERE document_id = ?',
                                             document_id)[0][0])
            self.assertEqual(len(document['mandates']), self.ask('SELECT count(*) FROM mandate JOIN chunk ON chunk_id = clause_chunk_id '
                                                                 'WHERE document_id = ?', document_id)[0][0])
        self.assertEqual(left, '')
        kinds = ('classification', 'citation', 'adherence', 'quantity', 'date_mention', 'place', 'actor', 'clause', 'publication')
        self.assertEqual(count, sum(self.ask(f'SELECT count(*) FROM {kind}')[0][0] for kind in kinds))

    def test_the_same_again(self):
        for form in ('akn', 'json', 'csv', 'markdown'):
            once, again = (self.export('--format', form, 'A/92/118').stdout for _ in range(2))
            self.assertEqual(once, again)
            self.assertGreater(len(once), 5000)

    # --- CSV -----------------------------------------------------------------------------------------------------------
    def table(self, *arguments, db=None):
        path = self.path('table.csv')
        self.export('--format', 'csv', '--output', path, *arguments, db=db)
        with open(path, encoding='utf8', newline='') as file:
            text = file.read()
        self.assertTrue(text.endswith('\r\n'))
        return list(csv.DictReader(io.StringIO(text, newline=''), strict=True))

    def test_csv_has_every_row(self):
        ids = self.ids()
        rows = self.table(*ids)
        expected = self.ask('SELECT document_id, kind, part, label, section, text FROM chunk ORDER BY chunk_id')
        self.assertEqual([tuple(row[k] for k in ('document_id', 'kind', 'part', 'label', 'section', 'text')) for row in rows], expected)
        for table in ('citation', 'clause', 'actor', 'classification', 'footnote_mark', 'place', 'date_mention', 'quantity', 'provenance',
                      'document', 'mandate'):
            rows = self.table('--table', table, *ids)
            self.assertEqual(len(rows), self.ask(f'SELECT count(*) FROM {table}')[0][0], table)
            self.assertFalse({'n', 'number', 'linked'} & set(rows[0]))
        clauses = self.table('--table', 'clause', *ids)
        self.assertEqual(sorted((c['verb'], c['action'], c['condition']) for c in clauses),
                         sorted(self.ask('SELECT verb, action, condition FROM clause')))
        for table in ('quarantine', 'mandate_cluster', 'mandate_followup', 'series', 'series_point', 'lifecycle', 'publication', 'adherence'):
            self.table('--table', table, *ids)

    # --- Markdown ------------------------------------------------------------------------------------------------------
    def reread(self, form, db):
        """How many chunks there were, and how many of them are there again when the export is read."""
        files = self.export_all(form, db)
        self.fill(self.path('again.db'), self.path('out'))
        count = same = 0
        sql = "SELECT c.kind, part, label, section, text FROM chunk c JOIN document d USING (document_id) WHERE text <> '' AND "
        for document_id, path in files.items():
            before = collections.Counter(self.ask(sql + 'document_id = ?', document_id, db=db))
            after = collections.Counter(self.ask(sql + 'source = ?', path, db=self.path('again.db')))
            count += before.total()
            same += (before & after).total()
        return count, same

    def test_markdown_reads_as_before(self):
        count, same = self.reread('markdown', self.db)
        self.assertGreaterEqual(same / count, 0.99, f'{same} of {count}')
        text = self.export('--format', 'markdown', 'A/RES/91/120').stdout
        self.assertIn('\n*Recalling also* the Nairobi Declaration', text)
        self.assertIn('\n1. *Urges* Member States', text)
        self.assertIn('\n## I. Introduction\n', self.export('--format', 'markdown', 'A/92/118').stdout)

    def test_markdown_of_the_real_documents(self):
        if not os.path.isdir(SEEDS):
            self.skipTest('the real documents are not beside the repository')
        db = self.path('real.db')
        self.fill(db, SEEDS)
        count, same = self.reread('markdown', db)
        self.assertGreaterEqual(same / count, 0.99, f'{same} of {count}')

    def test_akn_reads_as_before(self):
        count, same = self.reread('akn', self.db)
        self.assertGreaterEqual(same / count, 0.94, f'{same} of {count}')

    # --- hostile text --------------------------------------------------------------------------------------------------
    HOSTILE = ('<script>alert(1)</script> ]]> &amp; &#27; \x1b[31mred\x1b[0m \u202eback \ufffe "quoted" \'single\' \x85 *stars* _under_ '
               '[link](http://example.org) `code` <b> \\ | , ; \r\n\t=1+2')

    def hostile_db(self):
        """A database whose texts no reader would have let in."""
        path = self.path('hostile.db')
        self.write('evil.txt', RESOLUTION + fed('3. Also requests more;', '4. Decides on this.'))
        self.fill(path, self.path('evil.txt'))
        with sqlite3.connect(path) as db:
            db.execute('UPDATE chunk SET text = text || ? WHERE ordinal > 1', (' ' + self.HOSTILE,))
            db.execute("UPDATE chunk SET label = ?, part = ? WHERE kind = 'operative' AND label = '2'",
                       ('"2<\x1b \u00e9', '../a" b/<&>/\u202e'))
            db.execute('UPDATE document SET title = ?, source = ?, session = ?, kind = ?', (self.HOSTILE,) * 4)
            db.execute('UPDATE clause SET base = ?, condition = ?', (self.HOSTILE, '=cmd|calc'))
            db.execute('UPDATE actor SET actor = ?', ('=a"<b>',))
        return path

    def test_hostile_text_stays_text(self):
        db = self.hostile_db()
        document_id, = self.ids(db)
        self.export('--format', 'akn', '--output', 'evil.xml', document_id, db=db)
        self.validate([self.path('evil.xml')])
        root = ET.parse(self.path('evil.xml')).getroot()
        words = ''.join(all_text(root))
        self.assertIn('<script>alert(1)</script> ]]> &amp; &#27; \ufffd[31mred', words)
        self.assertIn('\u202eback \ufffd "quoted"', words)
        document = json.loads(self.export('--format', 'json', document_id, db=db).stdout)
        self.assertEqual([c['text'] for c in document['chunks']],
                         [row[0] for row in self.ask('SELECT text FROM chunk ORDER BY chunk_id', db=db)])
        rows = self.table(document_id, db=db)
        self.assertEqual([row['text'] for row in rows],
                         [shown(row[0]) for row in self.ask('SELECT text FROM chunk ORDER BY chunk_id', db=db)])
        self.assertNotIn('\n<script>', self.export('--format', 'markdown', document_id, db=db).stdout)

    def shuffle(self, db, random):
        """Any kinds, parts, depths, spans and marks, in whatever order."""
        kinds = ['masthead', 'title', 'summary', 'heading', 'paragraph', 'preambular', 'operative', 'item', 'text', 'footnote', 'formula',
                 'unheard of']
        parts = ['', 'draft resolution I', 'draft resolution I/annex', 'annex', 'annex/a/b/c/d/e/f/g/h/i/j/k', 'A', 'B/annex', '/', '//x']
        rows = db.execute('SELECT chunk_id, length(text) FROM chunk ORDER BY 1').fetchall()
        for chunk_id, _ in rows:
            if random.random() < 0.5:
                section = json.dumps([f'H{i}' for i in range(random.choice([0, 0, 1, 2, 3, 64]))])
                db.execute('UPDATE chunk SET kind = ?, part = ?, section = ?, label = ? WHERE chunk_id = ?',
                           (random.choice(kinds), random.choice(parts), section, random.choice(['', '1', '1', '2(a)', '*', 'pp1', 'x y']), chunk_id))
            if random.random() < 0.2:
                db.execute("UPDATE chunk SET text = text || char(10) || '(' || ? || ') More.' || char(10) || char(10) || 'End.' WHERE chunk_id = ?",
                           (random.choice(['a', 'b', 'i', 'ii', '1', 'zz']), chunk_id))
        lengths = dict(rows)
        for table in ('citation', 'place', 'actor', 'date_mention', 'quantity', 'clause', 'publication', 'footnote_mark'):
            for chunk_id, n in db.execute(f'SELECT chunk_id, n FROM {table}').fetchall():
                if random.random() < 0.5:
                    start, end = sorted(random.randint(0, lengths[chunk_id]) for _ in range(2))
                    db.execute(f'UPDATE {table} SET start = ?, "end" = ? WHERE chunk_id = ? AND n = ?', (start, end, chunk_id, n))
        for chunk_id, n in db.execute('SELECT chunk_id, n FROM footnote_mark').fetchall():
            db.execute('UPDATE footnote_mark SET footnote_chunk_id = ? WHERE chunk_id = ? AND n = ?',
                       (random.choice([None, *lengths]), chunk_id, n))

    def test_any_structure_is_valid_and_whole(self):
        paths, checks = [], []
        for seed in range(8):
            db = self.path(f'any{seed}.db')
            shutil.copy(self.db, db)
            with sqlite3.connect(db) as connection:
                self.shuffle(connection, random.Random(seed))
            connection.close()
            for document_id in self.ids(db):
                path = self.path(f'{seed}-{document_id[:12]}.xml')
                self.export('--format', 'akn', '--output', path, document_id, db=db)
                paths.append(path)
                checks.append((seed, document_id, path, db))
                self.export('--format', 'markdown', '--output', 'any.md', document_id, db=db)
        self.validate(paths)
        for seed, document_id, path, db in checks:
            with self.subTest(seed=seed, document=document_id):
                self.check_akn(document_id, path, db, in_order=False)

    def test_formulas(self):
        path = self.path('formulas.db')
        self.write('f.txt', fed('Words.', 'More words.', 'And more.'))
        self.fill(path, self.path('f.txt'))
        texts = [start + rest for start in [*FORMULAS, "'=", "''-", "'", "a", ""] for rest in ('cmd', '"x",\n1')]
        document_id, = self.ids(path)
        with sqlite3.connect(path) as db:
            db.execute('DELETE FROM chunk WHERE ordinal > 0')
            number = db.execute('SELECT chunk_id FROM chunk').fetchone()[0]
            for at, text in enumerate(texts):
                db.execute("INSERT INTO chunk VALUES (?, ?, ?, 'text', '', '', '[]', ?, 0, 0)", (number + at + 1, document_id, at + 1, text))
        cells = [row['text'] for row in self.table(document_id, db=path)][1:]
        for cell in cells:
            self.assertFalse(cell[:1] and cell[0] in FORMULAS, cell)
        #  An apostrophe can be taken off again, and then all is as it was.
        self.assertEqual([re.sub(f"^'(?='*[{re.escape(FORMULAS)}])", '', cell) for cell in cells], texts)
        self.assertEqual([row['text'] for row in self.table('--raw', document_id, db=path)][1:], texts)

    def test_terminals_obey_nothing(self):
        db = self.hostile_db()
        for form in ('akn', 'json', 'csv', 'markdown'):
            master, slave = os.openpty()
            done = subprocess.Popen([os.path.join(command.BINARIES, 'rapporteur'), 'export', '--db', db, '--format', form, *self.ids(db)],
                                    stdout=slave, stdin=subprocess.DEVNULL, env=self.environment)
            os.close(slave)
            shown = b''
            while True:
                try:
                    more = os.read(master, 65536)
                except OSError:  # the other end is closed
                    break
                if not more:
                    break
                shown += more
            os.close(master)
            self.assertEqual(done.wait(60), 0)
            self.assertGreater(len(shown), 1000)
            text = shown.decode()
            for harmful in '\x1b\u202e\x85\x9b':
                self.assertNotIn(harmful, text, form)

    # --- where to, and when not -------------------------------------------------------------------------------------------
    def test_output_is_whole_or_not_at_all(self):
        self.write('kept.xml', 'before')
        for bad in (['--table', 'nothing', '--format', 'csv', 'A/92/118'], ['--format', 'akn', 'A/1/1'],
                    ['--format', 'akn', '--rules', self.folder, 'A/92/118']):
            self.export('--output', 'kept.xml', *bad, expect=1)
            with open(self.path('kept.xml'), encoding='utf8') as file:
                self.assertEqual(file.read(), 'before')
        self.export('--output', 'kept.xml', '--format', 'akn', 'A/92/118')
        ET.parse(self.path('kept.xml'))
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith('.')], [])
        done = self.export('--output', 'no/such/folder.xml', '--format', 'akn', 'A/92/118', expect=1)
        self.assertIn('no/such/folder.xml', done.stderr)
        with open('/dev/full', 'wb') as full:
            for form in ('akn', 'json', 'csv', 'markdown'):
                done = subprocess.run([os.path.join(command.BINARIES, 'rapporteur'), 'export', '--db', self.db, '--format', form, 'A/92/118'],
                                      stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=self.environment)
                self.assertEqual(done.returncode, 1, form)
                self.assertIn('standard output', done.stderr)

    def test_one_moment_while_the_sink_writes(self):
        path = self.path('busy.db')
        self.write('res.txt', RESOLUTION)
        self.fill(path, self.path('res.txt'))
        before = self.export('--format', 'json', 'A/RES/95/12', db=path).stdout
        with sqlite3.connect(path, isolation_level=None) as writer:
            writer.execute('PRAGMA journal_mode = WAL')
            writer.execute('BEGIN IMMEDIATE')
            writer.execute('DELETE FROM chunk')
            self.assertEqual(self.export('--format', 'json', 'A/RES/95/12', db=path).stdout, before)
            writer.execute('ROLLBACK')
        writer.close()

    def test_which_document(self):
        document_id = self.ask("SELECT document_id FROM document WHERE symbol = 'A/RES/91/120'")[0][0]
        once = self.export('--format', 'csv', document_id).stdout
        for meant in (document_id[:8], 'a/res/91/120', 'A_RES_91_120.txt'):
            self.assertEqual(self.export('--format', 'csv', meant).stdout, once)
        done = self.export('--format', 'json', 'A/RES/1/1', expect=1)
        self.assertEqual(done.stdout, '')
        self.assertIn('its symbol (A/RES/74/177 or 74/177)', done.stderr)
        path = self.path('two.db')
        self.write('a/same.txt', 'Some words on lighthouses.\n')
        self.write('b/same.txt', 'Other words on lighthouses.\n')
        self.fill(path, self.path('a/same.txt'), self.path('b/same.txt'))
        self.assertIn('any of 2 documents', self.export('--format', 'json', 'same.txt', db=path, expect=1).stderr)

    def test_what_is_not_complete_is_told(self):
        path = self.path('part.db')
        self.write('res.txt', RESOLUTION)
        self.fill(path, self.path('res.txt'))
        with sqlite3.connect(path) as db:
            db.execute("DELETE FROM chunk WHERE ordinal IN (0, 3)")
            db.execute("UPDATE document SET state = 'receiving', stored = chunks - 2")
        db.close()
        for form in ('akn', 'json', 'csv', 'markdown'):
            done = self.export('--format', form, 'res.txt', db=path)
            self.assertRegex(done.stderr, r'only \d+ of \d+ chunks')
            self.assertIn('lighthouses', done.stdout)

    def test_usage(self):
        self.assertIn('--format', self.rapporteur('export', '--db', self.db, 'x', expect=2).stderr)
        self.assertIn('markdown', self.export('--format', 'pdf', 'x', expect=2).stderr)
        self.export('--format', 'json', expect=2)
        self.assertIn('FOLDER', self.export('--format', 'akn', 'A/92/118', 'A/RES/91/120', expect=2).stderr)
        self.assertIn('chunk, document', self.export('--format', 'csv', '--table', 'sqlite_schema', 'A/92/118', expect=1).stderr)
        self.assertIn('--db FILE', self.rapporteur('export', '--format', 'json', 'x', expect=2).stderr)


class ViewTest(unittest.TestCase):
    """Rows time and again, while documents come and the sink dies."""
    VIEWS = ('document', 'chunk', 'clause', 'mandate', 'mandate_followup', 'dashboard_citations')

    def setUp(self):
        folder = tempfile.mkdtemp(prefix='rapporteur-views.')
        self.addCleanup(shutil.rmtree, folder)
        self.pipeline = harness.Pipeline(command.BINARIES, folder, workers=1).start_all()
        self.addCleanup(self.pipeline.stop_all)
        self.rounds = 0
        self.lines = {view: [] for view in self.VIEWS}

    def export(self, *arguments, check=True):
        return self.pipeline.rapporteur('export', '--data', self.pipeline.folder, *arguments, check=check)

    def ended(self):
        with contextlib.closing(sqlite3.connect(f'file:{self.pipeline.db}?mode=ro', uri=True)) as db:
            return db.execute('SELECT count (*) FROM completion').fetchone()[0]

    def wait_ended(self, count):
        while self.ended() < count:
            self.assertIsNone(self.pipeline.running['sink'].poll())
            time.sleep(0.02)

    def take(self):
        """One round: what is new of each view."""
        self.rounds += 1
        for view in self.VIEWS:
            path = self.pipeline.path(f'{view}-{self.rounds}')
            self.export('--view', view, '--format', 'jsonl', '--cursor', self.pipeline.path(view + '.cursor'), '--output', path)
            with open(path, encoding='utf8') as file:
                self.lines[view].append(file.read().splitlines())

    def test_no_row_is_missed_and_none_comes_again(self):
        files = harness.sample_files()
        self.pipeline.submit(*files[:3])
        self.wait_ended(3)
        self.take()
        self.assertEqual(len(self.lines['document'][0]), 3)
        self.take()
        self.assertFalse(any(lines[1] for lines in self.lines.values()))
        submitter = self.pipeline.submit_later(*files[3:])
        self.wait_ended(5)
        self.pipeline.kill('sink')
        self.take()  # whatever was on disk by then
        self.pipeline.start('sink')
        submitter.communicate()
        self.wait_ended(len(files))
        self.take()
        for view in self.VIEWS:
            whole = self.export('--view', view, '--format', 'jsonl').stdout.splitlines()
            taken = [line for lines in self.lines[view] for line in lines]
            self.assertTrue(whole, view)
            self.assertEqual(len(taken), len(whole), view)
            known = {'target_document_id', 'target_title', 'issued_in', 'state'}  # what later documents change
            strip = lambda line: sorted((k, repr(v)) for k, v in json.loads(line).items() if k not in known)  # noqa: E731
            self.assertEqual(sorted(map(strip, taken)), sorted(map(strip, whole)), view)

    def test_views_as_csv_and_what_is_refused(self):
        self.pipeline.submit(*harness.sample_files()[:2])
        self.wait_ended(2)
        rows = list(csv.reader(io.StringIO(self.export('--view', 'dashboard_overview', '--format', 'csv').stdout)))
        self.assertEqual(rows[1][rows[0].index('documents')], '2')
        first = self.export('--view', 'chunk', '--format', 'csv', '--since', '0')
        cursor = re.fullmatch('next: (2-[0-9a-f]{8})\n', first.stderr).group(1)
        self.assertEqual(len(self.export('--view', 'chunk', '--format', 'csv', '--since', cursor).stdout.splitlines()), 1)
        for view in ('dashboard_series', 'dashboard_most_cited', 'dashboard_actors'):
            since = self.export('--view', view, '--format', 'jsonl', '--since', '0', check=False)
            self.assertEqual(since.returncode, 0 if view == 'dashboard_actors' else 1, since.stderr)
            self.assertEqual('exported whole' in since.stderr, view != 'dashboard_actors')
        for arguments, told in ((('--view', 'nonesuch'), 'there is no table or view'),
                                (('--view', 'chunk"; DROP'), 'there is no table or view'), (('--view', 'sqlite_master'), 'there is no'),
                                (('--view', 'chunk', '--since', '2-00000000'), 'no cursor of this database'),
                                (('--view', 'chunk', '--since', '9-' + cursor[2:]), 'no cursor of this database')):
            self.assertIn(told, self.export('--format', 'csv', *arguments, check=False).stderr)


if __name__ == '__main__':
    unittest.main(verbosity=2)
