"""why: what a document waits for, who has it, and what was tried, from the ingest that runs and from the files alone."""
import os
import shutil
import time

import command
import harness
from test_quarantine import POISON, POISONED


class WhyTest(command.CommandTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path('bin'))
        for name, of in (('rapporteur', 'rapporteur'), ('rapporteur-worker', 'rapporteur-worker-faulty'),
                         ('rapporteur-ingest', 'rapporteur-ingest'), ('rapporteur-sink', 'rapporteur-sink')):
            shutil.copy(os.path.join(command.BINARIES, of), self.path('bin', name))
        self.pipeline = harness.Pipeline(self.path('bin'), self.path('service'), workers=1)
        self.addCleanup(self.stop)

    def stop(self):
        os.environ.pop('RAPPORTEUR_FAULT_CHUNK', None)
        for kind in list(self.pipeline.running):
            self.pipeline.kill(kind)

    def why(self, *words, **more):
        return self.json('why', '--data', 'service', *words, **more)

    def until(self, *words, fact):
        end = time.monotonic() + 60
        while True:
            told = self.why(*words)
            if fact(told):
                return told
            if time.monotonic() > end:
                self.fail(f'not within a minute: {told}')

    def hand_in(self, name, text):
        self.write(name, text)
        self.rapporteur('submit', '--data', 'service', name)

    def test_what_it_waits_for(self):
        self.pipeline.start('ingest')
        self.hand_in('good.txt', command.RESOLUTION)
        told = self.until('good.txt', fact=lambda told: told['waits_for'] == 'sink')
        self.assertIn('The sink is not heard of', ' '.join(told['sentences']))
        self.assertTrue(told['running'])
        self.pipeline.start('sink')
        told = self.until('good.txt', fact=lambda told: told['waits_for'] == 'worker')
        self.assertIn('There is no worker.', told['sentences'])
        self.assertEqual(told['chunks']['stored'], 0)
        self.hand_in('later.txt', POISONED)
        told = self.until('later.txt', fact=lambda told: told['state'] == 'split')
        self.assertEqual(told['before']['chunks'], self.why('good.txt')['chunks']['open'])
        self.pipeline.stop('ingest')
        told = self.why('good.txt')
        self.assertEqual((told['waits_for'], told['running'], told['service']), ('service', False, None))
        self.assertIn('not running', self.rapporteur('why', '--data', 'service', 'good.txt', '1').stdout)
        self.pipeline.start('ingest')
        self.pipeline.start('worker')
        told = self.until('good.txt', fact=lambda told: told['waits_for'] == 'nothing')
        self.assertEqual((told['state'], told['chunks']['open']), ('complete', 0))
        people = self.rapporteur('why', '--data', 'service', 'good.txt', '2').stdout
        self.assertRegex(people, r'stored since .* by worker .* at attempt 1, read with ')
        self.assertIn('no such chunk', self.rapporteur('why', '--data', 'service', 'good.txt', '999').stdout)
        self.rapporteur('why', '--data', 'service', 'nowhere.txt', expect=1)
        self.rapporteur('why', '--data', 'service', expect=2)
        self.rapporteur('why', '--data', 'service', 'good.txt', 'two', expect=2)

    def test_who_has_it_and_what_was_tried(self):
        os.environ['RAPPORTEUR_FAULT_CHUNK'] = f'{POISON}:hang'
        self.pipeline.start_all()
        self.hand_in('marsh.txt', POISONED)
        told = self.until('marsh.txt', fact=lambda told: told['service'] and
                          any(batch['state'] == 'leased' for batch in told['service']['batches']))
        self.assertEqual(told['waits_for'], 'worker')
        batch = next(batch for batch in told['service']['batches'] if batch['state'] == 'leased')
        self.assertTrue(any(f'worker {batch["worker"]} has it since' in sentence for sentence in told['sentences']), told)
        # the worker that hangs loses its lease; that is an attempt in vain
        told = self.until('marsh.txt', fact=lambda told: any(tried['outcome'] == 'died' for tried in told['tried']))
        death = next(tried for tried in told['tried'] if tried['outcome'] == 'died')
        self.assertTrue(death['worker'] and int(death['incarnation']) and death['held_ms'] > 0, death)
        self.pipeline.kill('worker')
        self.pipeline.kill('ingest')
        # the files tell it too
        told = self.why('marsh.txt')
        self.assertEqual((told['waits_for'], told['running']), ('service', False))
        self.assertIn(death, told['tried'])
        self.assertIn('died with this under its hand', self.rapporteur('why', '--data', 'service', 'marsh.txt').stdout)

    def test_what_was_not_taken_and_what_waits_for_a_person(self):
        self.write('service/inbox/later.txt', command.RESOLUTION)
        self.rapporteur('why', '--data', 'service', 'later.txt', expect=1)  # no journal yet: nothing is known
        self.pipeline.start_all()
        self.hand_in('empty.txt', 'x')
        self.write('empty2.txt', '')
        self.rapporteur('submit', '--data', 'service', 'empty2.txt', expect=3)
        told = self.why('empty2.txt')
        self.assertEqual((told['waits_for'], told['state']), ('person', 'quarantined'))
        self.rapporteur('quarantine', 'drop', '--data', 'service', 'empty2.txt', '--reason', 'it is empty')
        told = self.why('empty2.txt')
        self.assertEqual(told['waits_for'], 'nothing')
        self.assertTrue(any('was dropped at' in sentence and 'it is empty' in sentence for sentence in told['sentences']), told)
        self.pipeline.stop_all()
        self.write('service/inbox/coming.txt', command.RESOLUTION)
        self.assertEqual(self.why('coming.txt')['waits_for'], 'service')
        self.write('service/inbox/refused/strange.txt', '')
        self.write('service/inbox/refused/strange.txt.reason', 'a strange thing\n')
        self.assertIn('a strange thing', self.rapporteur('why', '--data', 'service', 'strange.txt').stdout)


if __name__ == '__main__':
    command.main()
