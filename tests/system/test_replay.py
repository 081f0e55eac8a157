"""replay: stored documents through other rules, beside the old results; what would change; and switching over."""
import os
import shutil
import sqlite3

import command
from command import harness


class ReplayTest(command.CommandTest):
    def setUp(self):
        super().setUp()
        shutil.copytree(harness.RULES, self.path('rules'))

    def without(self, table, word):
        """New rules: one table has fewer lines."""
        name = self.path('rules', table)
        with open(name, encoding='utf8') as file:
            lines = file.readlines()
        kept = [line for line in lines if word not in line]
        self.assertLess(len(kept), len(lines))
        with open(name, 'w', encoding='utf8') as file:
            file.writelines(kept)

    def ask(self, sql, db):
        with sqlite3.connect(f'file:{self.path(db)}?mode=ro', uri=True) as opened:
            return opened.execute(sql).fetchall()

    def test_the_same_rules_find_the_same(self):
        self.rapporteur('run', '--db', 'x.db', harness.SAMPLES)
        before = harness.findings(self.path('x.db'))
        told = self.json('replay', '--db', 'x.db', '--pipeline', 'rules')
        self.assertEqual(told['documents'], {'compared': len(harness.sample_files()), 'different': 0, 'not_processed': 0})
        self.assertEqual((told['paragraphs'], told['more_paragraphs']), ([], False))
        self.assertEqual(told['before'], told['after'])
        for kind, sums in told['kinds'].items():
            self.assertEqual((sums['gone'], sums['new'], sums['changed']), (0, 0, 0), kind)
            self.assertEqual(sums['same'], self.ask(f'SELECT count(*) FROM {kind}', 'x.db')[0][0], kind)
        self.assertEqual(told['chunks']['same'], self.ask('SELECT count(*) FROM chunk', 'x.db')[0][0])
        # the old results are as they were, the new ones row for row the same
        self.assertEqual(harness.findings(self.path('x.db')), before)
        self.assertEqual(harness.findings(self.path('x.db.replay')), before)

    def test_what_would_change_beside_a_running_service(self):
        service = self.up()
        self.rapporteur('submit', '--data', 'service', *harness.sample_files())
        self.wait_idle()
        self.without('countries.tsv', 'Kenya')
        self.without('verbs.tsv', 'encourage')
        told = self.json('replay', '--data', 'service', '--pipeline', 'rules', '--all')
        kenya = self.ask("SELECT count(*) FROM place WHERE code = 'KEN'", 'service/rapporteur.db')[0][0]
        self.assertGreater(kenya, 1)
        self.assertEqual((told['kinds']['place']['gone'], told['kinds']['place']['new']), (kenya, 0))
        self.assertGreater(told['kinds']['clause']['gone'] + told['kinds']['clause']['changed'], 0)
        places = [(paragraph, difference) for paragraph in told['paragraphs'] for difference in paragraph['differences']
                  if difference['kind'] == 'place']
        self.assertEqual(len(places), kenya)
        for paragraph, difference in places:
            self.assertIn(difference['surface'], paragraph['text'])
            self.assertEqual((difference['what'], difference['before']['code'], difference['after']), ('gone', 'KEN', None))
        self.assertNotEqual(told['before'], told['after'])
        # no more paragraphs than asked for, sums over all
        first = self.json('replay', '--data', 'service', '--pipeline', 'rules', '--first', '1')
        self.assertEqual((len(first['paragraphs']), first['more_paragraphs'], first['kinds']), (1, True, told['kinds']))
        one = self.json('replay', '--data', 'service', '--pipeline', 'rules', 'A/92/407', '--into', 'one.db')
        self.assertEqual(one['documents']['compared'], 1)
        self.assertEqual(self.json('replay', '--data', 'service', '--pipeline', 'rules', '--sample', '3', '--into', 'three.db')
                         ['documents']['compared'], 3)
        people = self.rapporteur('replay', '--data', 'service', '--pipeline', 'rules', '--first', '2').stdout
        self.assertIn("'Kenya'", people)
        self.assertIn('--all tells all', people)
        # the service went on meanwhile, by its own rules
        self.assertTrue(self.json('status', '--data', 'service')['service']['idle'])
        self.assertEqual(self.ask("SELECT count(*) FROM place WHERE code = 'KEN'", 'service/rapporteur.db')[0][0], kenya)
        # other rules do not go into the same file
        self.without('countries.tsv', 'Tunisia')
        self.assertIn('other rules', self.rapporteur('replay', '--data', 'service', '--pipeline', 'rules', expect=1).stderr)
        self.assertIn('running', self.rapporteur('replay', '--adopt', '--data', 'service', expect=1).stderr)
        self.end(service)

    def test_switching_over(self):
        service = self.up()
        files = harness.sample_files()
        self.rapporteur('submit', '--data', 'service', *files)
        self.wait_idle()
        self.without('countries.tsv', 'Kenya')
        self.rapporteur('replay', '--data', 'service', '--pipeline', 'rules')
        self.write('later.txt', command.RESOLUTION)  # of 12 lighthouses in Kenya, taken after the replay
        self.rapporteur('submit', '--data', 'service', 'later.txt')
        self.wait_idle()
        self.end(service)
        self.rapporteur('replay', '--adopt', '--data', 'service')
        self.assertGreater(len(self.ask("SELECT 1 FROM place WHERE code = 'KEN'", 'service/rapporteur.db.before-replay')), 1)
        self.assertFalse(os.path.exists(self.path('service/replay.db')))
        service = self.up('service', '--rules', 'rules')
        self.rapporteur('audit', '--mend', '--data', 'service')
        books = self.json('audit', '--data', 'service')
        self.assertEqual((books['balanced'], books['stored'], books['lost'], books['unknown_to_journal']), (True, len(files) + 1, 0, 0))
        self.assertEqual(self.ask("SELECT count(*) FROM place WHERE code = 'KEN'", 'service/rapporteur.db'), [(0,)])
        self.assertEqual(len(self.ask('SELECT DISTINCT pipeline FROM provenance', 'service/rapporteur.db')), 1)
        self.assertEqual(harness.broken_spans(self.path('service/rapporteur.db')), [])
        self.end(service)
        self.rapporteur('replay', '--adopt', '--data', 'service', expect=1)  # there is no replay any more

    def test_other_programs(self):
        os.mkdir(self.path('programs'))
        for name in ('ingest', 'worker', 'sink'):
            shutil.copy(os.path.join(command.BINARIES, 'rapporteur-' + name), self.path('programs'))
        self.rapporteur('run', '--db', 'x.db', harness.sample_files()[0])
        told = self.json('replay', '--db', 'x.db', '--programs', 'programs')
        self.assertEqual((told['documents']['compared'], told['documents']['different']), (1, 0))
        self.rapporteur('replay', '--db', 'x.db', '--programs', 'nowhere', '--into', 'y.db', expect=1)
        self.rapporteur('replay', '--db', 'x.db', expect=2)
        self.rapporteur('replay', '--db', 'x.db', '--pipeline', 'nowhere', expect=1)
        self.rapporteur('replay', '--db', 'x.db', '--pipeline', 'rules', 'A/1/2', expect=1)


if __name__ == '__main__':
    command.main()
