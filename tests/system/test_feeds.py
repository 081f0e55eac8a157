"""What others' dashboards are given: the example subscriber, Datasette's metadata, Grafana's boards, each against a real database."""
import glob
import json
import os
import sqlite3
import subprocess
import sys

import command
from command import BINARIES, CommandTest, harness

DEPLOY = os.path.join(harness.ROOT, 'deploy')


class FeedsTest(CommandTest):
    def database(self):
        self.rapporteur('run', '--db', 'x.db', harness.SAMPLES)
        return sqlite3.connect(f'file:{self.path("x.db")}?mode=ro', uri=True)

    def test_queries_of_datasette(self):
        db = self.database()
        with open(os.path.join(DEPLOY, 'datasette', 'metadata.json'), encoding='utf8') as file:
            about = json.load(file)['databases']['rapporteur']
        tables = {name for name, in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
        self.assertEqual(set(about['tables']) - tables, set())
        for name, table in about['tables'].items():
            columns = {row[1] for row in db.execute(f'PRAGMA table_info ({name})')}
            named = {*table.get('units', ()), *table.get('facets', ()), table.get('label_column'), table.get('sort_desc')} - {None}
            self.assertEqual(named - columns, set(), name)
        given = {'actor': 'unodc', 'symbol': 'A/RES/91/120', 'words': 'report'}
        for name, query in about['queries'].items():
            rows = db.execute(query['sql'], {key: given[key] for key in query.get('params', ())}).fetchall()
            self.assertTrue(rows or name == 'silent_mandates', name)

    def test_queries_of_grafana(self):
        db = self.database()
        boards = glob.glob(os.path.join(DEPLOY, 'grafana', 'boards', '*.json'))
        self.assertGreaterEqual(len(boards), 2)
        for board in boards:
            with open(board, encoding='utf8') as file:
                panels = json.load(file)['panels']
            self.assertEqual(len({panel['id'] for panel in panels}), len(panels))
            for panel in panels:
                for target in panel['targets']:
                    answer = db.execute(target['queryText'])
                    names = [column[0] for column in answer.description]
                    self.assertTrue(set(target['timeColumns']) <= set(names), panel['title'])
                    rows = answer.fetchall()
                    self.assertTrue(rows or panel['title'] == 'Quarantine', panel['title'])
                    if target['timeColumns']:
                        self.assertIsInstance(rows[0][names.index('time')], int)

    def test_the_example_subscriber(self):
        pipeline = harness.Pipeline(BINARIES, self.path('service'), workers=1).start_all()
        self.addCleanup(pipeline.stop_all)
        subscriber = subprocess.Popen([sys.executable, os.path.join(harness.ROOT, 'doc', 'examples', 'subscribe.py'), pipeline.address('feed'),
                                       'document', 'finding.clause'], stdout=subprocess.PIPE, text=True)
        self.addCleanup(subscriber.stdout.close)
        self.addCleanup(subscriber.wait)
        self.addCleanup(subscriber.kill)
        topics, turn = set(), 0
        os.set_blocking(subscriber.stdout.fileno(), False)
        while topics != {'document', 'finding.clause'}:  # it may join after the first documents; the test's own timeout bounds this
            turn += 1
            pipeline.submit(self.write(f'{turn}.txt', command.RESOLUTION.replace('95/12', f'95/{turn}')))
            pipeline.wait_complete(turn)
            for line in subscriber.stdout.readlines():
                event = json.loads(line)
                topics.add(event['topic'])
                self.assertRegex(event['document_id'], '^[0-9a-f]{32}$')
                self.assertIn('verb' if event['topic'] == 'finding.clause' else 'state', event['report'])


if __name__ == '__main__':
    command.main()
