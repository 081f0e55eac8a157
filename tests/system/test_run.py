"""run, show, search and audit: one command from documents to answers."""
import os
import signal
import sqlite3
import subprocess

import command
from command import RESOLUTION, CommandTest, harness


class RunTest(CommandTest):
    def test_folder_becomes_database(self):
        report = self.json('run', '--db', 'x.db', harness.SAMPLES)
        files = harness.sample_files()
        self.assertEqual([d['path'] for d in report['documents']], files)
        self.assertEqual({d['state'] for d in report['documents']} - {'complete', 'superseded'}, set())
        self.assertGreater(report['chunks'], 10 * len(files))
        for kind in ('citation', 'clause', 'actor', 'classification'):
            self.assertGreater(report['findings'][kind], 0, kind)
        self.assertEqual(harness.broken_spans(self.path('x.db')), [])
        with sqlite3.connect(self.path('x.db')) as db:
            counts = db.execute('SELECT count(*), count(DISTINCT chunk_id), (SELECT sum(chunks) FROM document) FROM chunk').fetchone()
            self.assertEqual(counts, (report['chunks'],) * 3)
        books = self.json('audit', '--db', 'x.db')
        self.assertTrue(books['balanced'])
        self.assertEqual((books['taken'], books['stored'], books['in_flight'], books['quarantined']), (len(files), len(files), 0, 0))

    def test_again_changes_nothing(self):
        self.rapporteur('run', '--db', 'x.db', harness.SAMPLES)
        before = harness.findings(self.path('x.db'))
        report = self.json('run', '--db', 'x.db', harness.SAMPLES)
        self.assertTrue(all(d['already'] for d in report['documents']))
        self.assertEqual(harness.findings(self.path('x.db')), before)
        self.assertIn('already taken', self.rapporteur('run', '--db', 'x.db', harness.SAMPLES).stdout)

    def test_two_runs_agree(self):
        self.rapporteur('run', '--db', 'one.db', '--workers', '1', harness.SAMPLES)
        self.rapporteur('run', '--db', 'three.db', '--workers', '3', harness.SAMPLES)
        self.assertEqual(harness.findings(self.path('one.db')), harness.findings(self.path('three.db')))

    def test_sidecars_apply_and_are_no_documents(self):
        self.write('in/a.txt', 'Some words on lighthouses.\n')
        self.write('in/a.txt.meta', 'symbol: A/95/1\ndate: 2040-01-02\ntitle: Of lamps\nsource: https://example.org/a\n')
        self.write('in/sub/b.txt', 'Other words.\n')
        self.write('in/.hidden', 'Not to be read.\n')
        self.write('in/README.md', 'About this folder.\n')
        report = self.json('run', 'in')
        self.assertEqual([d['path'] for d in report['documents']], ['in/a.txt', 'in/sub/b.txt'])
        with sqlite3.connect(self.path('rapporteur.db')) as db:
            self.assertEqual(db.execute("SELECT source, published, title FROM document WHERE symbol = 'A/95/1'").fetchone(),
                             ('https://example.org/a', '2040-01-02', 'Of lamps'))
        self.write('in/a.txt.meta', 'symbl: A/95/1\n')
        self.write('in/a.txt', 'Changed words.\n')
        report = self.json('run', 'in', expect=3)
        self.assertIn('a.txt.meta:1: unknown key', report['documents'][0]['cause'])

    def test_bad_input_is_named_and_the_rest_goes_on(self):
        self.write('binary', b'\x00\x01\x02')
        self.write('empty', b'')
        self.write('latin', b'caf\xe9 and more words than one\n')
        self.write('good.txt', RESOLUTION)
        os.mkfifo(self.path('pipe'))
        report = self.json('run', 'binary', 'empty', 'latin', 'pipe', 'missing', 'good.txt', expect=3)
        states = {d['path']: d['state'] for d in report['documents']}
        self.assertEqual(states, {'binary': 'quarantined', 'empty': 'quarantined', 'latin': 'quarantined', 'pipe': 'refused',
                                  'missing': 'refused', 'good.txt': 'complete'})
        for document in report['documents'][:-1]:
            self.assertTrue(document['cause'], document)
        books = self.json('audit')
        self.assertTrue(books['balanced'])
        self.assertEqual((books['taken'], books['stored'], books['quarantined']), (4, 1, 3))

    def test_usage(self):
        self.rapporteur('run', expect=2)
        self.rapporteur('run', '--workers', '0', 'x', expect=2)
        self.rapporteur('frobnicate', expect=2)
        self.rapporteur(expect=2)
        self.assertIn('audit', self.rapporteur('--help').stdout)
        for verb in ('run', 'up', 'submit', 'status', 'audit', 'show', 'search', 'export', 'quarantine'):
            self.assertIn('usage: rapporteur ' + verb, self.rapporteur(verb, '--help').stdout)
        for verb in ('audit', 'show x', 'search x', 'quarantine list', 'status'):
            self.assertIn('--db FILE', self.rapporteur(*verb.split(), expect=2).stderr)

    def test_a_lost_database_is_noticed(self):
        self.write('good.txt', RESOLUTION)
        self.rapporteur('run', 'good.txt')
        os.remove(self.path('rapporteur.db'))
        done = self.rapporteur('run', 'good.txt', expect=1)
        self.assertIn('rapporteur.db.ingest', done.stderr)
        self.assertIn('remove the journal too', done.stderr)

    def test_no_rules_no_run(self):
        self.write('good.txt', RESOLUTION)
        done = self.rapporteur('run', '--rules', self.path('nowhere'), 'good.txt', expect=1)
        self.assertIn('nowhere', done.stderr)

    def test_killed_it_leaves_nothing_running(self):
        self.write('good.txt', RESOLUTION)
        os.mkdir(self.path('tmp'))
        self.environment['TMPDIR'] = self.path('tmp')
        running = subprocess.Popen([os.path.join(command.BINARIES, 'rapporteur'), 'run', '--log', 'info', 'good.txt'], cwd=self.folder,
                                   env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        daemons = set()
        for line in running.stderr:
            if 'daemon.started' in line:
                daemons.add(int(line.rsplit('pid=', 1)[1]))
            if len(daemons) == 3:
                break
        running.send_signal(signal.SIGKILL)
        running.wait()
        #  They hold the other end of its standard error: it ends when the last of them does.
        running.stderr.read()
        running.stderr.close()
        for pid in daemons:
            self.assertFalse(os.path.exists(f'/proc/{pid}/exe'), pid)
        report = self.json('run', 'good.txt')
        self.assertEqual(report['documents'][0]['state'], 'complete')


class AnswersTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.write('res.txt', RESOLUTION)
        self.write('evil.txt', 'Words \x1b[31mred\u202e and more of them.\n')
        self.rapporteur('run', 'res.txt', 'evil.txt')

    def test_show(self):
        shown = self.json('show', 'A/RES/95/12')
        self.assertEqual(shown['symbol'], 'A/RES/95/12')
        self.assertGreater(len(shown['text']), 4)
        for way in ('res.txt', 'res', shown['document_id'][:8], 'a/res/95/12'):
            self.assertEqual(self.json('show', way)['document_id'], shown['document_id'])
        first = self.json('show', 'res.txt', '1')['text']
        self.assertEqual([(c['kind'], c['label']) for c in first], [('operative', '1')])
        self.assertIn('clause', {f['finding'] for f in first[0]['findings']})
        self.assertIn('Requests', self.rapporteur('show', 'res.txt', '1').stdout)
        self.assertIn('no paragraph', self.rapporteur('show', 'res.txt', '99', expect=1).stderr)
        self.assertIn('no document', self.rapporteur('show', 'nothing', expect=1).stderr)

    def test_escapes_of_documents_do_not_reach_the_terminal(self):
        for done in (self.rapporteur('show', 'evil'), self.rapporteur('search', 'more'), self.rapporteur('show', 'x\x1b[2Jy', expect=1)):
            self.assertNotIn('\x1b', done.stdout + done.stderr)
            self.assertNotIn('\u202e', done.stdout + done.stderr)

    def test_search(self):
        hits = self.json('search', 'lamps', 'lit')
        self.assertEqual([(h['symbol'], h['label']) for h in hits], [('A/RES/95/12', '2')])
        self.assertIn('[lamps]', hits[0]['snippet'])
        self.assertEqual(self.json('search', 'lit lamps'), [])  # as a phrase
        self.assertEqual(self.json('search', 'lamps', 'nowhere'), [])
        self.assertEqual(self.json('search', '"', 'OR', '*'), [])  # no syntax, whatever is typed
        self.assertEqual(len(self.json('search', '--raw', 'lamps OR lighthouses', '--kind', 'operative')), 2)
        self.assertIn('syntax', self.rapporteur('search', '--raw', 'lamps OR', expect=1).stderr)

    def test_quarantine_and_release(self):
        self.assertEqual(self.json('quarantine', 'list'), [])
        self.write('binary', b'\x00\x01\x02')
        self.rapporteur('run', 'binary', expect=3)
        entry, = self.json('quarantine', 'list')
        self.assertEqual((entry['source'], entry['ordinal']), ('binary', None))
        self.assertIn(entry['cause'], self.rapporteur('quarantine', 'show', 'binary').stdout)
        #  Nothing has changed, so it comes back.
        self.rapporteur('quarantine', 'release', 'binary')
        again, = self.json('quarantine', 'list')
        self.assertEqual(again['source'], 'binary')
        self.rapporteur('quarantine', 'release', 'res.txt', expect=1)
        self.rapporteur('quarantine', 'show', 'nothing', expect=1)
        self.rapporteur('quarantine', 'release', expect=2)

    def test_audit_finds_what_was_lost(self):
        with sqlite3.connect(self.path('rapporteur.db')) as db:
            document_id, = db.execute("SELECT document_id FROM document WHERE symbol = 'A/RES/95/12'").fetchone()
            db.execute('DELETE FROM chunk WHERE document_id = ? AND ordinal = 3', (document_id,))
        books = self.json('audit', expect=4)
        self.assertFalse(books['balanced'])
        self.assertEqual((books['taken'], books['stored'], books['lost'], books['chunks']['lost']), (2, 1, 1, 1))
        lost, = books['documents']
        self.assertEqual((lost['document_id'], lost['state'], lost['lost']), (document_id, 'LOST', 1))
        self.assertIn('NOT BALANCED', self.rapporteur('audit', expect=4).stdout)
        with sqlite3.connect(self.path('rapporteur.db')) as db:
            db.execute('DELETE FROM chunk WHERE document_id <> ?', (document_id,))
        self.assertEqual(self.json('audit', expect=4)['lost'], 2)


if __name__ == '__main__':
    command.main()
