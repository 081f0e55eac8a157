"""mandates, series, cited, timeline, diff: what people ask of the store, over the samples."""
import sqlite3
from html.parser import HTMLParser

import command
from command import CommandTest, harness

BEFORE = """A/RES/90/1

90/1. Ferries

The General Assembly,

Recalling its resolution 89/2 of 18 December 2034,

1. Requests the Secretary-General to count the ferries;

2. Urges Member States to rest their pilots at night;

3. Decides to close the old quay.
"""
AFTER = """A/RES/91/1

91/1. Ferries

The General Assembly,

Recalling its resolution 90/1 of 18 December 2035,

1. Urges Member States to rest all their pilots at night;

2. Requests the Secretary-General to count the ferries;

3. Welcomes <b>lamps</b> & "charts".
"""


class Page(HTMLParser):
    """Which text stands in which element."""

    def __init__(self):
        super().__init__()
        self.open, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in ('meta', 'br'):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else '', data))


class QuestionsTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.rapporteur('run', '--db', 'x.db', harness.SAMPLES)

    def ask(self, *arguments, expect=0):
        return self.json(arguments[0], '--db', 'x.db', *arguments[1:], expect=expect)

    def test_mandates_name_the_paragraph_that_answers(self):
        rows = self.ask('mandates', 'A/RES/92/165')
        self.assertTrue(rows)
        self.assertEqual({row['resolution'] for row in rows}, {'A/RES/92/165'})
        with sqlite3.connect(self.path('x.db')) as db:
            for row in rows:
                if row['status'] in ('answered', 'partial'):
                    text, = db.execute('SELECT text FROM chunk c JOIN document d USING (document_id) WHERE d.symbol = ? AND c.label = ?',
                                       (row['report'], row['paragraph'])).fetchone()
                    self.assertIn(row['evidence'], text)
        self.assertIn('answered', {row['status'] for row in rows})

    def test_mandates_by_addressee_status_and_due(self):
        everything = self.ask('mandates')
        by_actor = self.ask('mandates', '--addressee', 'sg')
        self.assertTrue(by_actor)
        self.assertEqual({row['addressee'] for row in by_actor}, {'Secretary-General'})
        self.assertEqual(by_actor, self.ask('mandates', '--addressee', 'secretary-general'))
        for status in ('answered', 'partial', 'silent', 'no report'):
            self.assertEqual(self.ask('mandates', '--status', status), [row for row in everything if row['status'] == status])
        self.assertEqual(self.ask('mandates', '--silent'), self.ask('mandates', '--status', 'silent'))
        due = next(row['due'] for row in everything if row['due'])
        self.assertIn(due, {row['due'] for row in self.ask('mandates', '--due', due.upper())})
        self.assertLess(len(self.ask('mandates', '--due', due)), len(everything))

    def test_series_are_listed_and_shown(self):
        names = [row['name'] for row in self.ask('series')]
        self.assertIn('States parties: untoc', names)
        points = [row for row in self.ask('series', 'untoc') if row['name'] == 'States parties: untoc']
        self.assertGreater(len(points), 1)
        self.assertEqual([row['as_of'] for row in points], sorted(row['as_of'] for row in points))
        self.assertEqual(points[1]['change'], points[1]['value'] - points[0]['value'])
        self.assertTrue(all(row['document'] and row['paragraph'] for row in points))

    def test_cited_by_symbol_or_its_end(self):
        rows = self.ask('cited', 'A/RES/91/120')
        self.assertTrue(rows)
        self.assertEqual(rows, self.ask('cited', '91/120'))
        self.assertEqual({row['cited'] for row in rows}, {'A/RES/91/120'})
        self.assertEqual(self.ask('cited', 'A/RES/1/1'), [])
        self.assertIn('nothing', self.rapporteur('cited', '--db', 'x.db', 'A/RES/1/1').stdout)

    def test_timeline_goes_forward(self):
        rows = self.ask('timeline', 'toc')
        self.assertTrue(rows)
        self.assertEqual([row['published'] for row in rows], sorted(row['published'] for row in rows))
        self.assertEqual({row['theme'].split('.')[0] for row in rows}, {'toc'})
        one = rows[0]['theme']
        self.assertEqual(self.ask('timeline', one), [row for row in rows if row['theme'] == one])

    def test_lifecycle_from_any_stage(self):
        rows = self.ask('lifecycle', 'A/RES/92/164')
        self.assertEqual([(row['stage'], row['became']) for row in rows],
                         [('draft', 'A/92/407, draft resolution I'), ('recommended', 'A/RES/92/164')])
        self.assertEqual(rows, self.ask('lifecycle', rows[0]['symbol']))
        self.assertEqual(self.ask('lifecycle', 'A/RES/1/1'), [])

    def test_why_theme_names_the_words_that_decided(self):
        with sqlite3.connect(self.path('x.db')) as db:
            rows = db.execute("SELECT d.symbol, c.label, c.text, c.section, f.code, f.score FROM classification f JOIN chunk c USING (chunk_id)"
                              " JOIN document d USING (document_id) WHERE f.scheme = 'theme' AND f.rank = 1 AND c.kind = 'paragraph'"
                              " AND d.symbol = 'A/93/121' LIMIT 5").fetchall()
        for symbol, label, text, section, code, score in rows:
            classes = self.ask('why-theme', symbol, label)
            self.assertEqual(classes[0]['code'], code)
            self.assertAlmostEqual(classes[0]['score'] / sum(c['score'] for c in classes if c['score'] > 0), score, places=6)
            for found in classes:
                self.assertAlmostEqual(found['score'], sum(term['part'] for term in found['terms']))
                for term in found['terms']:
                    if not term['term'].startswith('@'):
                        self.assertIn(term['term'].rstrip('*').lower(), (section if term['heading'] else text).lower())
        self.assertEqual({c['code'] for c in self.ask('why-theme', '--scheme', 'function', rows[0][0], rows[0][1])} - {
            'context', 'proceedings', 'activity', 'product', 'status', 'finance', 'recommendation'}, set())
        self.assertIn('no scheme', self.rapporteur('why-theme', '--db', 'x.db', '--scheme', 'x', 'A/93/121', '8', expect=1).stderr)
        self.assertIn('no paragraph', self.rapporteur('why-theme', '--db', 'x.db', 'A/93/121', '999', expect=1).stderr)

    def test_wrong_questions_are_explained(self):
        for wrong in (('cited',), ('lifecycle',), ('timeline',), ('mandates', 'a', 'b'), ('mandates', '--silent', '--status', 'partial'),
                      ('series', 'a', 'b'), ('diff', 'A/RES/91/120'), ('diff', '--json', '--html', 'a', 'b')):
            self.assertIn('rapporteur', self.rapporteur(wrong[0], '--db', 'x.db', *wrong[1:], expect=2).stderr)
        self.assertIn('no document', self.rapporteur('diff', '--db', 'x.db', 'A/RES/1/1', 'A/RES/1/2', expect=1).stderr)
        self.assertIn('nowhere.db', self.rapporteur('mandates', '--db', 'nowhere.db', expect=1).stderr)


class DiffTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.write('in/before.txt', BEFORE)
        self.write('in/after.txt', AFTER)
        self.rapporteur('run', '--db', 'x.db', 'in')

    def test_clauses_are_paired(self):
        found = self.json('diff', '--db', 'x.db', 'A/RES/90/1', 'A/RES/91/1')
        self.assertEqual((found['before'], found['after']), ('A/RES/90/1', 'A/RES/91/1'))
        fates = {(line['before'] or {}).get('label', '') + '>' + (line['after'] or {}).get('label', ''): line['fate'] for line in found['clauses']}
        self.assertEqual(fates['pp1>pp1'], 'changed')
        self.assertEqual({fates['1>2'], fates['2>1']}, {'same', 'moved and changed'} if fates['1>2'] == 'same' else {'moved', 'changed'})
        self.assertEqual((fates['3>'], fates['>3']), ('gone', 'new'))
        words = next(line['words'] for line in found['clauses'] if (line['before'] or {}).get('label') == '2')
        self.assertEqual([w['text'].strip() for w in words if w['fate'] == 'new'], ['all'])

    def test_text_marks_what_went_and_came(self):
        said = self.rapporteur('diff', '--db', 'x.db', 'A/RES/90/1', 'A/RES/91/1').stdout
        self.assertEqual(self.rapporteur('diff', '--db', 'x.db', '90/1', '91/1').stdout, said)
        self.assertIn('{+all +}', said)
        self.assertIn('[-Decides to close the old quay.-]', said)
        self.assertNotIn('\033', said)

    def test_the_page_shows_text_as_text(self):
        page = Page()
        page.feed(self.rapporteur('diff', '--db', 'x.db', '--html', 'A/RES/90/1', 'A/RES/91/1').stdout)
        page.close()
        self.assertEqual(page.open, [])
        self.assertIn(('ins', 'Welcomes <b>lamps</b> & "charts".'), page.texts)
        self.assertIn(('del', 'Decides to close the old quay.'), page.texts)


if __name__ == '__main__':
    command.main()
