"""What could not be processed, as a person needs it: what was tried, the shortest text that does it, releasing and dropping."""
import json
import os
import shutil
import sqlite3

import command

#  The worker of these tests dies of a chunk with this word, and so does the command when it tries one (workers/fault.h).
POISON = 'quagmire'
POISONED = command.fed('United Nations', 'A/RES/95/77', 'Resolution adopted by the General Assembly on 3 December 2040',
                       '95/77. Marshes', 'The General Assembly,', 'Recalling its resolution 94/3 of 2 December 2039,',
                       '1. Requests the Secretary-General to report on marshes in Kenya by 2041;',
                       f'2. Notes that a {POISON} of 12 hectares was drained, and that it cost 3 million dollars;',
                       '3. Encourages Member States to keep their feet dry.')


class QuarantineTest(command.CommandTest):
    def setUp(self):
        super().setUp()
        built, command.BINARIES = command.BINARIES, self.path('bin')
        self.addCleanup(setattr, command, 'BINARIES', built)
        os.mkdir(self.path('bin'))
        for name, of in (('rapporteur', 'rapporteur-faulty'), ('rapporteur-worker', 'rapporteur-worker-faulty'),
                         ('rapporteur-ingest', 'rapporteur-ingest'), ('rapporteur-sink', 'rapporteur-sink')):
            shutil.copy(os.path.join(built, of), self.path('bin', name))
        self.fault('crash')

    def fault(self, what):
        self.environment.pop('RAPPORTEUR_FAULT_CHUNK', None)
        if what:
            self.environment['RAPPORTEUR_FAULT_CHUNK'] = f'{POISON}:{what}'

    def ask(self, sql, db):
        with sqlite3.connect(f'file:{self.path(db)}?mode=ro', uri=True) as opened:
            return opened.execute(sql).fetchall()

    def poisoned(self, db='x.db'):
        self.write('marsh.txt', POISONED)
        self.rapporteur('run', '--db', db, '--workers', '2', 'marsh.txt', expect=3)
        return db

    def test_a_chunk_that_kills_in_a_service(self):
        service = self.up('service', '--workers', '2')
        self.write('marsh.txt', POISONED)
        self.write('good.txt', command.RESOLUTION)
        self.rapporteur('submit', '--data', 'service', 'marsh.txt', 'good.txt')
        report = self.wait_idle()
        # it blocks nobody: of its own document all else is in, and all of the others
        self.assertEqual(report['service']['documents']['complete'], 1)
        self.assertEqual(report['service']['chunks']['quarantined'], 1)
        self.assertEqual(report['quarantined'], 1)
        entry, = self.json('quarantine', 'list', '--data', 'service')
        self.assertIn('died', entry['cause'])

        shown, = self.json('quarantine', 'show', '--data', 'service', 'marsh.txt')
        self.assertEqual((shown['kind'], shown['label']), ('operative', '2'))
        self.assertIn(POISON, shown['text'])
        deaths = [tried for tried in shown['tried'] if tried['outcome'] == 'died']
        self.assertGreaterEqual(len(deaths), 4, shown)  # with others, then three times alone
        self.assertTrue(all(tried['worker'] and int(tried['incarnation']) for tried in deaths), deaths)
        self.assertGreaterEqual(len({tried['incarnation'] for tried in deaths}), 2)
        self.assertEqual([tried['ended_at'] for tried in deaths], sorted(tried['ended_at'] for tried in deaths))
        people = self.rapporteur('quarantine', 'show', '--data', 'service', 'marsh.txt').stdout
        self.assertEqual(people.count('died with this under its hand'), len(deaths))
        self.assertIn('operative 2', people)

        # dropped, with its reason, and not forgotten
        ordinal = str(entry['ordinal'])
        self.rapporteur('quarantine', 'drop', '--data', 'service', 'marsh.txt', ordinal, expect=2)
        done = self.rapporteur('quarantine', 'drop', '--data', 'service', 'marsh.txt', ordinal, '--reason', 'a scan; nobody reads it')
        self.assertIn('dropped', done.stdout)
        report = self.wait_idle()
        self.assertEqual((report['service']['documents']['dropped'], report['service']['chunks']['dropped']), (1, 1))
        self.assertEqual(report['service']['chunks']['quarantined'], 0)
        self.assertEqual((report['quarantined'], report['dropped']), (0, 1))
        self.assertIn('dropped from it: 1', self.rapporteur('status', '--data', 'service').stdout)
        books = self.json('audit', '--data', 'service')
        self.assertEqual((books['balanced'], books['taken'], books['stored'], books['quarantined'], books['dropped'], books['chunks']['dropped']),
                         (True, 2, 1, 0, 1, 1))
        self.assertEqual(self.json('quarantine', 'list', '--data', 'service'), [])
        dropped, = self.json('quarantine', 'list', '--dropped', '--data', 'service')
        self.assertEqual(dropped['dropped_reason'], 'a scan; nobody reads it')
        self.assertTrue(dropped['dropped_by'] and dropped['dropped_at'])
        self.assertEqual(self.ask('SELECT ordinal, dropped_reason, dropped_by FROM dashboard_dropped', 'service/rapporteur.db'),
                         [(entry['ordinal'], dropped['dropped_reason'], dropped['dropped_by'])])
        self.assertEqual(self.ask('SELECT state FROM document WHERE source LIKE "%marsh.txt"', 'service/rapporteur.db'), [('dropped',)])
        self.assertEqual(self.ask('SELECT quarantined, dropped FROM dashboard_overview', 'service/rapporteur.db'), [(0, 1)])
        self.assertEqual(self.ask('SELECT * FROM dashboard_quarantine', 'service/rapporteur.db'), [])
        self.rapporteur('quarantine', 'drop', '--data', 'service', 'marsh.txt', '--reason', 'twice', expect=1)
        self.end(service)

        # with the service stopped, what was dropped is taken back; the next start processes it
        self.fault(None)
        self.rapporteur('quarantine', 'release', '--data', 'service', 'marsh.txt', expect=1)  # all that is in quarantine: nothing
        self.rapporteur('quarantine', 'release', '--data', 'service', 'marsh.txt', ordinal)
        service = self.up()
        report = self.wait_idle()
        self.assertEqual((report['service']['documents']['complete'], report['service']['documents']['dropped']), (2, 0))
        self.assertEqual(self.ask('SELECT * FROM dashboard_dropped', 'service/rapporteur.db'), [])
        books = self.json('audit', '--data', 'service')
        self.assertEqual((books['balanced'], books['stored'], books['dropped']), (True, 2, 0))
        self.end(service)

    def test_the_shortest_text_that_kills(self):
        db = self.poisoned()
        told = self.json('quarantine', 'minimise', '--db', db, 'marsh.txt', '--output', 'it.json')
        self.assertEqual((told['outcome'], told['text'], told['minimal']), ('died', POISON, True))
        self.assertEqual(told['bytes'], len(POISON))
        with open(self.path('it.json'), encoding='utf8') as file:
            written = json.load(file)
        self.assertEqual((written['text'], written['signal']), (POISON, 6))
        self.assertIn('12 hectares', written['text_before'])
        self.assertIn('happens here too', self.rapporteur('quarantine', 'reproduce', 'it.json').stdout)
        # another way to end is not the same
        self.fault('hang')
        again = self.rapporteur('quarantine', 'reproduce', 'it.json', '--limit', '1', expect=1).stdout
        self.assertIn('hangs', again)
        # a text that hangs, as far as the time goes
        for seconds in ('4', '40', '400'):  # a busy machine needs longer until something was left out
            hung = self.json('quarantine', 'minimise', '--db', db, 'marsh.txt', '--output', 'hung.json', '--limit', '1', '--seconds', seconds)
            self.assertEqual(hung['outcome'], 'hung')
            if hung['bytes'] < hung['bytes_before']:
                break
        self.assertLess(hung['bytes'], hung['bytes_before'])
        self.assertIn(POISON, hung['text'])
        # where nothing is wrong, that is said
        self.fault(None)
        self.assertIn('does not happen here', self.rapporteur('quarantine', 'reproduce', 'it.json', expect=1).stdout)
        self.assertIn('does not happen here', self.rapporteur('quarantine', 'minimise', '--db', db, 'marsh.txt', expect=1).stderr)
        self.write('no.json', '{"reproducer": 2}')
        self.rapporteur('quarantine', 'reproduce', 'no.json', expect=1)
        broken = dict(written, chunk=written['chunk'][:-2])
        self.write('broken.json', json.dumps(broken))
        self.assertIn('broken.json', self.rapporteur('quarantine', 'reproduce', 'broken.json', expect=1).stderr)

    def test_a_whole_document_is_dropped(self):
        self.write('empty.txt', '')
        self.write('good.txt', command.RESOLUTION)
        self.rapporteur('run', '--db', 'x.db', 'empty.txt', 'good.txt', expect=3)
        self.assertIn('as a whole', self.rapporteur('quarantine', 'minimise', '--db', 'x.db', 'empty.txt', expect=1).stderr)
        self.rapporteur('quarantine', 'drop', '--db', 'x.db', 'empty.txt', '--reason', 'there is nothing in it')
        books = self.json('audit', '--db', 'x.db')
        self.assertEqual((books['balanced'], books['taken'], books['stored'], books['quarantined'], books['dropped']), (True, 2, 1, 0, 1))
        self.assertEqual(self.ask('SELECT state FROM document ORDER BY bytes', 'x.db'), [('dropped',), ('complete',)])
        document, = self.json('run', '--db', 'x.db', 'empty.txt', expect=3)['documents']
        self.assertEqual(document['state'], 'dropped')
        # a database that is lost is told of it again
        os.remove(self.path('x.db'))
        self.rapporteur('audit', '--db', 'x.db', '--mend')
        books = self.json('audit', '--db', 'x.db')
        self.assertEqual((books['balanced'], books['stored'], books['dropped']), (True, 1, 1))
        self.assertEqual(self.ask('SELECT dropped_reason FROM quarantine', 'x.db'), [('there is nothing in it',)])


if __name__ == '__main__':
    command.main()
