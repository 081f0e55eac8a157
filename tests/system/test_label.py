"""label: an operator's correction, and rules trained of it, by which the paragraph has the class that it was given."""
import csv
import json
import os
import subprocess
import sys
import unittest

import command
from command import CommandTest, harness

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))

#  Words that no rule knows, so that what is learned of them is seen alone.
REPORT = command.fed(
    'United Nations', 'A/95/300', 'Report of the Secretary-General', 'I. Introduction',
    '1. Beekeepers of the northern quay counted their hives in spring.',
    '2. The hives of the southern quay were counted by beekeepers too.',
    '3. Where beekeepers met, new hives were painted.',
    '4. No beekeepers were harmed, and all hives stood upright.',
    '5. Lanterns were hung upon the harbour walls at dusk.',
    '6. Beekeepers gave their hives names at the end of the year.')


class TestLabel(CommandTest):
    def setUp(self):
        super().setUp()
        self.write('a.txt', REPORT)
        self.write('b.txt', REPORT.replace('A/95/300', 'A/96/300').replace('quay', 'pier'))
        self.rapporteur('run', '--db', 'x.db', 'a.txt', 'b.txt')

    def label(self, *arguments, **more):
        return self.rapporteur('label', '--db', 'x.db', *arguments, **more)

    def rows(self):
        with open(self.path('x.db.labels.tsv'), encoding='utf8', newline='') as table:
            return list(csv.DictReader(table, delimiter='\t', quoting=csv.QUOTE_NONE))

    def test_a_label_is_kept_replaced_listed_and_taken_back(self):
        out = self.label('a', '1', '--theme', 'toc.tip,jus.child', '--function', 'product', '--flags', 'youth').stdout
        self.assertIn('-> toc.tip,jus.child', out)
        self.assertIn('-> product', out)
        self.assertIn('none -> youth', out)
        self.label('A/96/300', '2', '--flags', 'none')
        self.label('a', '1', '--theme', 'toc.env')
        first, second = sorted(self.rows(), key=lambda row: row['document'])
        self.assertEqual([first[name] for name in ('document', 'part', 'label', 'themes', 'function', 'flags')],
                         ['a', '', '1', 'toc.env', '', '?'])
        self.assertEqual([second[name] for name in ('document', 'label', 'themes', 'flags')], ['b', '2', '', ''])
        self.assertEqual(len(first['document_id']), 32)
        self.assertIn('toc.env', self.label('--list').stdout)
        self.label('a', '1', '--remove')
        self.assertEqual([row['document'] for row in self.rows()], ['b'])
        self.assertIn('no label', self.label('a', '1', '--remove', expect=1).stderr)

    def test_what_is_wrong_is_refused_and_changes_nothing(self):
        self.label('a', '1', '--theme', 'toc.env')
        before = self.rows()
        for arguments, said in ((('a', '1', '--theme', 'toc.nothing'), 'toc.nothing'),
                                (('a', '1', '--theme', 'none'), 'none'),
                                (('a', '1', '--theme', ''), None),
                                (('a', '1', '--theme', 'toc.tip,toc.tip'), 'twice'),
                                (('a', '1', '--theme', 'toc.tip,toc.som,toc.arms,toc.iff'), 'more than 3'),
                                (('a', '1', '--function', 'activity,status'), 'more than 1'),
                                (('a', '1', '--flags', 'none,youth'), 'none'),
                                (('a', '99', '--theme', 'toc.tip'), "labelled '99'"),
                                (('c', '1', '--theme', 'toc.tip'), "no document 'c'")):
            done = self.label(*arguments, expect=None)
            self.assertIn(done.returncode, (1, 2), arguments)
            self.assertIn(said or 'rapporteur', done.stderr)
        for arguments in ((), ('a',), ('a', '1'), ('a', '1', '--remove', '--theme', 'toc.tip'), ('--list', 'a')):
            self.label(*arguments, expect=2)
        self.assertEqual(self.rows(), before)
        self.assertEqual(self.rapporteur('label', '--db', 'y.db', '--list', expect=0).stdout, '')

    def train(self, *arguments, expect=0):
        done = subprocess.run([sys.executable, os.path.join(ROOT, 'script', 'train'), '--rules', harness.RULES, *arguments],
                              capture_output=True, text=True, cwd=self.folder, timeout=300, check=False)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def why(self, *arguments):
        done = self.rapporteur('why-theme', '--db', 'x.db', '--json', *arguments)
        return json.loads(done.stdout)

    def test_rules_trained_of_labels_give_the_class(self):
        for document in 'ab':
            for number in '1234':
                self.label(document, number, '--theme', 'toc.env', '--function', 'status')
            self.label(document, '5', '--theme', 'toc.sea', '--function', 'activity')
        self.assertNotIn('toc.env', [found['code'] for found in self.why('a', '6')])
        said = self.train('--db', 'x.db', '--labels', 'x.db.labels.tsv', '--out', 'own', '--least', '2', '--l1', '0')
        self.assertIn('10 labelled paragraphs', said)
        found = self.why('--rules', self.path('own'), 'a', '6')
        self.assertEqual(found[0]['code'], 'toc.env')
        self.assertIn('hives', [term['term'] for term in found[0]['terms']])
        self.rapporteur('run', '--db', 'z.db', '--rules', self.path('own'), 'a.txt')
        shown = self.rapporteur('show', '--db', 'z.db', 'a', '6').stdout
        self.assertIn('toc.env', shown)

    def test_training_says_what_it_cannot_use(self):
        self.label('a', '1', '--theme', 'toc.env')
        self.write('wrong.tsv', 'document\tpart\tlabel\tthemes\tfunction\tflags\na\t\t1\ttoc.nothing\t\t\n')
        self.assertIn('toc.nothing', self.train('--db', 'x.db', '--labels', 'wrong.tsv', '--out', 'own', expect=1))
        self.write('lost.tsv', 'document\tpart\tlabel\tthemes\tfunction\tflags\nelsewhere\t\t1\ttoc.tip\t\t\n')
        self.assertIn('no label has its text', self.train('--db', 'x.db', '--labels', 'lost.tsv', '--out', 'own', expect=1))
        self.assertIn('held out', self.train('--db', 'x.db', '--labels', 'x.db.labels.tsv', '--check'))


if __name__ == '__main__':
    unittest.main()
