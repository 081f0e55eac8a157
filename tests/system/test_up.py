"""up, submit, status: the lasting service."""
import os
import shutil
import signal
import subprocess

import command
from command import RESOLUTION, CommandTest, harness


class UpTest(CommandTest):
    def test_inbox_and_submit(self):
        service = self.up()
        self.write('a.txt', RESOLUTION)
        done = self.rapporteur('submit', '--data', 'service', 'a.txt')
        self.assertIn('a.txt: taken', done.stdout)
        shutil.copy(harness.sample_files()[0], self.path('service', 'inbox'))
        self.assertIn('already taken', self.rapporteur('submit', '--data', 'service', 'a.txt').stdout)
        self.rapporteur('submit', '--data', 'service', '-', '--title', 'Spoken', input='Words from standard input.\n')
        self.environment['RAPPORTEUR_DATA'] = 'service'
        while self.json('audit')['taken'] < 3:
            pass  # the inbox is watched by another process; the test's own timeout bounds this
        self.wait_idle()
        books = self.json('audit')
        self.assertEqual((books['balanced'], books['taken'], books['stored']), (True, 3, 3))
        self.assertEqual(self.json('show', 'stdin')['title'], 'Spoken')
        self.assertTrue(self.json('search', 'lamps', 'lit'))
        self.end(service)
        status = self.json('status')
        self.assertFalse(status['running'])
        self.assertEqual(sum(status['documents'].values()), 3)
        self.assertEqual(harness.broken_spans(self.path('service', 'rapporteur.db')), [])

    def test_a_killed_daemon_comes_back(self):
        service = self.up()
        names = {}
        for pid in harness.children_of(service.pid):
            with open(f'/proc/{pid}/comm', encoding='utf8') as comm:
                names[comm.read().strip()[:15]] = pid
        files = harness.sample_files()
        for index, name in enumerate(('rapporteur-sink', 'rapporteur-inge', 'rapporteur-work')):
            os.kill(names[name], signal.SIGKILL)
            self.rapporteur('submit', '--data', 'service', '--timeout', '120', *files[3 * index:3 * index + 3])
        self.wait_idle()
        books = self.json('audit', '--data', 'service')
        self.assertEqual((books['balanced'], books['taken'], books['stored']), (True, 9, 9))
        log = self.end(service)
        #  One that comes back while the last child of the killed one still holds the files is started once more.
        self.assertGreaterEqual(log.count('daemon.ended'), 3, log[-3000:])

    def test_quarantine_is_released_in_a_running_service(self):
        service = self.up()
        self.rapporteur('submit', '--data', 'service', self.write('bad.txt', b'a\0b'), self.write('good.txt', RESOLUTION))
        self.wait_idle()
        done = self.rapporteur('quarantine', 'release', '--data', 'service', 'bad.txt')
        self.assertIn('processed again', done.stdout)
        self.wait_idle()
        waiting = self.json('quarantine', 'list', '--data', 'service')
        self.assertEqual([(entry['ordinal'], 'NUL at byte 1' in entry['cause']) for entry in waiting], [(None, True)])
        done = self.rapporteur('quarantine', 'release', '--data', 'service', 'good.txt', expect=1)
        self.assertRegex(done.stderr, r'not released: \S')
        self.assertIn(f"document.quarantined document={waiting[0]['document_id']}", self.end(service))

    def test_one_service_a_folder(self):
        service = self.up()
        done = self.rapporteur('up', '--data', 'service', expect=1)
        self.assertIn('runs on service already', done.stderr)
        self.end(service)

    def test_a_service_that_cannot_work_says_so(self):
        done = self.rapporteur('up', '--data', 'service', '--rules', 'nowhere', expect=1)
        self.assertIn('cannot work here', done.stderr)
        self.write('file', 'x')
        self.assertIn('no folder', self.rapporteur('up', '--data', 'file', expect=1).stderr)
        self.rapporteur('up', expect=2)

    def test_submit_says_what_to_do(self):
        service = self.up()
        self.write('good.txt', RESOLUTION)
        self.write('secret.txt', 'x')
        os.mkdir(self.path('folder'))
        with open(self.path('huge'), 'wb') as huge:
            huge.truncate(256 * 1024 * 1024 + 1)
        done = self.rapporteur('submit', '--data', 'service', 'missing', 'folder', 'huge', '/dev/null', 'good.txt', expect=3)
        told = dict(line.split(': ', 1) for line in done.stdout.splitlines())
        self.assertIn('is the name right', told['missing'])
        self.assertIn('rapporteur run', told['folder'])
        self.assertIn('256 MiB', told['huge'])
        self.assertIn('not a regular file', told['/dev/null'])
        self.assertTrue(told['good.txt'].startswith('taken'))
        self.assertIn('quarantined', self.rapporteur('submit', '--data', 'service', '-', input='', expect=3).stdout)
        self.rapporteur('submit', '--data', 'service', '--date', 'yesterday', '-', input='x y z', expect=3)
        self.rapporteur('submit', '--data', 'service', expect=2)
        self.rapporteur('submit', '--data', 'service', '--symbol', 'A/1', 'good.txt', 'missing', expect=2)
        self.end(service)

    def test_submit_waits_for_a_service_that_comes_back(self):
        self.write('good.txt', RESOLUTION)
        os.makedirs(self.path('service'))
        waiting = subprocess.Popen([os.path.join(command.BINARIES, 'rapporteur'), 'submit', '--data', 'service', '--timeout', '120', 'good.txt'],
                                   cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertIn('waiting', waiting.stderr.readline())
        service = self.up()
        out, _ = waiting.communicate(timeout=120)
        self.assertIn('taken', out)
        self.assertEqual(waiting.returncode, 0)
        self.end(service)
        done = self.rapporteur('submit', '--data', 'service', '--timeout', '1', 'good.txt', expect=3)
        self.assertIn('rapporteur up', done.stdout)


if __name__ == '__main__':
    command.main()
