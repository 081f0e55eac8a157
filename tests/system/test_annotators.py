"""annotators: classifiers of one's own beside our workers: every chunk once in each scheme, whoever dies on the way."""
import contextlib
import importlib.util
import multiprocessing
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # pylint: disable=wrong-import-position

BINARIES = None
EXAMPLES = os.path.join(harness.ROOT, 'examples', 'own-worker')
SPEC = importlib.util.spec_from_file_location('annotator', os.path.join(EXAMPLES, 'annotator.py'))
annotator = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(annotator)
C_SCHEME, PYTHON_SCHEME = 'example.readability', annotator.SCHEME


class Service(harness.Pipeline):
    annotators = True


def stumble(chunk):
    """Dies over one chunk of each document, fails another."""
    if chunk[annotator.ORDINAL] == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if chunk[annotator.ORDINAL] == 5:
        raise ValueError('five is not for me')
    yield from annotator.classify(chunk)


def be_stumbling(work, results, name):
    annotator.Annotator(work, results, name, look=stumble).run()


class AnnotatorsTest(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix='annotators-'))
        self.service = Service(BINARIES, folder, workers=1)
        self.others = []
        self.addCleanup(self.end)
        self.service.start_all()
        samples = harness.sample_files()
        self.before, self.after = samples[:2], samples[2:4]

    def end(self):
        for process in self.others:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.service.stop_all()

    def ask(self, sql, *values):
        with contextlib.closing(sqlite3.connect(f'file:{self.service.db}?mode=ro', uri=True)) as db:
            return db.execute(sql, values).fetchall()

    def wait_for(self, fact, what, seconds=120):
        end = time.monotonic() + seconds
        while not fact():
            self.assertLess(time.monotonic(), end, f'{what}; {self.service.log("sink")[-3000:]}')
            time.sleep(0.02)

    def start(self, program, *more):
        process = subprocess.Popen([*program, '--work', self.service.address('annotate'), '--results',
                                    self.service.address('results'), *more], stderr=subprocess.DEVNULL)
        self.others.append(process)
        return process

    def start_c(self, *more):
        return self.start([os.path.join(BINARIES, 'own-worker-example')], *more)

    def start_python(self, *more):
        return self.start(['/usr/bin/python3', os.path.join(EXAMPLES, 'annotator.py')], *more)

    def take(self, files, settled):
        self.service.submit(*files)
        self.service.wait_complete(settled)

    def missing(self, scheme):
        return self.ask('SELECT count(*) FROM chunk WHERE chunk_id NOT IN (SELECT chunk_id FROM annotation WHERE scheme = ?)',
                        scheme)[0][0]

    def wait_annotated(self, scheme):
        self.wait_for(lambda: self.missing(scheme) == 0, f'{scheme} has been through all')

    def check_once(self, scheme):
        """No chunk twice, and nothing but what the classifier says of the very texts."""
        twice = self.ask('SELECT chunk_id FROM annotation WHERE scheme = ? GROUP BY chunk_id HAVING count(*) > 1', scheme)
        self.assertEqual(twice, [])
        ranks = self.ask('SELECT chunk_id, rank FROM classification WHERE scheme = ? GROUP BY 1, 2 HAVING count(*) > 1', scheme)
        self.assertEqual(ranks, [])

    def expect_reading_times(self):
        said = dict(self.ask('SELECT chunk_id, code FROM classification WHERE scheme = ?', PYTHON_SCHEME))
        for chunk_id, text in self.ask('SELECT chunk_id, text FROM chunk'):
            expected = next(annotator.classify({annotator.TEXT: text}), (None,))[0]
            self.assertEqual(said.get(chunk_id), expected, text[:80])

    def balanced(self):
        report, code = self.service.wait_balanced()
        self.assertEqual(code, 0, report)

    def test_documents_from_before_and_after(self):
        self.take(self.before, 2)
        findings = harness.findings(self.service.db)
        self.start_c()
        self.start_python()
        self.wait_annotated(C_SCHEME)
        self.wait_annotated(PYTHON_SCHEME)
        self.assertEqual(harness.findings(self.service.db)['clause'], findings['clause'])
        self.take(self.after, 4)
        for scheme in (C_SCHEME, PYTHON_SCHEME):
            self.wait_annotated(scheme)
            self.check_once(scheme)
        self.expect_reading_times()
        codes = {code for code, in self.ask('SELECT DISTINCT code FROM classification WHERE scheme = ?', C_SCHEME)}
        self.assertTrue(codes and codes <= {'easy', 'plain', 'hard', 'very-hard'}, codes)
        self.assertGreater(self.ask("SELECT count(*) FROM classification WHERE scheme = 'theme'")[0][0], 0)
        self.balanced()

    def test_killed_and_the_sink_killed(self):
        self.take(self.before, 2)
        for turn in range(4):
            process = self.start_python('--id', 'same')
            self.wait_for(lambda n=turn: self.service.log('sink').count('annotator.hello') > n, 'it is welcome')
            if turn == 1:
                self.service.kill('sink')
                self.service.start('sink')
            elif turn == 2:
                self.service.submit(*self.after)
            process.kill()
            process.wait()
        self.start_python('--id', 'last')
        self.service.wait_complete(4)
        self.wait_annotated(PYTHON_SCHEME)
        self.check_once(PYTHON_SCHEME)
        self.expect_reading_times()
        self.balanced()

    def test_what_kills_is_set_aside(self):
        """Whoever restarts it, as an operator's unit would: it gets past what it dies over."""
        self.take(self.before[:1], 1)
        context = multiprocessing.get_context('fork')

        def start():
            process = context.Process(target=be_stumbling, daemon=True,
                                      args=(self.service.address('annotate'), self.service.address('results'), 'stumbling'))
            process.start()
            return process
        process = start()

        def passed():
            nonlocal process
            if not process.is_alive():
                process.join()
                process = start()
            return self.missing(PYTHON_SCHEME) == 0
        self.wait_for(passed, 'all but what kills is annotated')
        process.terminate()
        process.join()
        aside = self.ask('SELECT chunk_id & 1048575, cause FROM annotation WHERE cause IS NOT NULL ORDER BY 1')
        self.assertEqual([ordinal for ordinal, _ in aside], [3, 5])
        self.assertIn('five is not for me', aside[1][1])
        self.check_once(PYTHON_SCHEME)
        self.balanced()

    def test_our_workers_wait_for_nobody(self):
        """An annotator that takes work and stands still holds nothing up."""
        process = self.start_c()
        self.wait_for(lambda: 'annotator.hello' in self.service.log('sink'), 'it is welcome')
        process.send_signal(signal.SIGSTOP)
        self.take(self.before, 2)
        self.balanced()
        process.send_signal(signal.SIGCONT)
        self.wait_annotated(C_SCHEME)

    def test_it_drains(self):
        self.take(self.before, 2)
        for turn, start in enumerate((self.start_c, self.start_python)):
            process = start()
            self.wait_for(lambda n=turn: self.service.log('sink').count('annotator.hello') > n, 'it is welcome')
            process.terminate()
            self.assertEqual(process.wait(30), 0)

    def test_removed_and_made_again(self):
        self.take(self.before, 2)
        self.start_python()
        process = self.start_c()
        self.wait_annotated(C_SCHEME)
        self.wait_annotated(PYTHON_SCHEME)
        remove = ('schemes', '--data', self.service.folder, '--remove', C_SCHEME)
        refused = self.service.rapporteur(*remove, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn('stop them first', refused.stderr)
        process.terminate()
        process.wait()
        self.wait_for(lambda: re.search(rf'annotator\.gone .*scheme={re.escape(C_SCHEME)} ', self.service.log('sink')), 'the sink has heard that it is gone')
        listed = self.service.rapporteur('schemes', '--data', self.service.folder).stdout
        self.assertIn(C_SCHEME, listed)
        self.service.rapporteur(*remove)
        self.assertEqual(self.ask('SELECT count(*) FROM classification WHERE scheme = ?', C_SCHEME), [(0,)])
        self.assertEqual(self.ask('SELECT count(*) FROM annotation WHERE scheme = ?', C_SCHEME), [(0,)])
        self.assertNotIn(C_SCHEME, self.service.rapporteur('schemes', '--data', self.service.folder).stdout)
        self.assertEqual(self.missing(PYTHON_SCHEME), 0)
        self.start_c()
        self.wait_annotated(C_SCHEME)
        self.check_once(C_SCHEME)
        self.balanced()

    def test_who_is_not_let_in(self):
        import msgpack  # pylint: disable=import-outside-toplevel
        import zmq  # pylint: disable=import-outside-toplevel
        with zmq.Context() as context, context.socket(zmq.DEALER) as peer:
            peer.connect(self.service.address('annotate'))
            hello = {1: 1, 2: 1, 3: 'annotator', 4: 'x', 5: 7, 6: 'p', 7: 1, 8: 1 << 16}
            for role, scheme in (('worker', 'a.b'), ('annotator', ''), ('annotator', 'theme'), ('annotator', 'A.b'),
                                 ('annotator', '.ab'), ('annotator', 'x' * 60 + '.abcde')):
                peer.send(msgpack.packb([annotator.HELLO, {**hello, 3: role, 10: scheme}]))
                kind, body = msgpack.unpackb(peer.recv(), strict_map_key=False)
                self.assertEqual(kind, annotator.REFUSE, (role, scheme))
                self.assertNotEqual(body[1], 'unknown')
            peer.send(msgpack.packb([annotator.HEARTBEAT, {1: 1}]))
            self.assertEqual(msgpack.unpackb(peer.recv(), strict_map_key=False), [annotator.REFUSE, {1: 'unknown', 2: 1, 3: 1}])


class LibraryTest(unittest.TestCase):
    """The example built as its author would: from what is installed, by pkg-config."""

    def test_the_example_builds_from_what_is_installed(self):
        build = os.path.dirname(BINARIES)
        with open(os.path.join(build, 'CMakeCache.txt'), encoding='utf8') as cache:
            if any(line.startswith('RAPPORTEUR_SANITIZE:') and line.strip().split('=')[1] for line in cache):
                self.skipTest('a library with sanitizers is nobody\'s to link')
        with tempfile.TemporaryDirectory() as root:
            subprocess.run(['cmake', '--install', build, '--component', 'dev'], env={**os.environ, 'DESTDIR': root},
                           check=True, stdout=subprocess.DEVNULL)
            folder, = [at for at, _, names in os.walk(root) if 'rapporteur.pc' in names]
            example, = [at for at, _, names in os.walk(root) if 'readability.c' in names]
            done = subprocess.run(['make', '-C', example, 'CFLAGS=-Wall -Wextra -Wpedantic -Werror -std=c11'], check=False,
                                  capture_output=True, text=True,
                                  env={**os.environ, 'PKG_CONFIG_PATH': folder, 'PKG_CONFIG_SYSROOT_DIR': root})
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            usage = subprocess.run([os.path.join(example, 'readability'), '--help'], check=True, capture_output=True, text=True)
            self.assertIn('--work', usage.stdout)
            wrong = subprocess.run([os.path.join(example, 'readability')], check=False, capture_output=True, text=True)
            self.assertEqual(wrong.returncode, 2)
            with open(os.path.join(example, 'readability.c'), encoding='utf8') as source:
                self.assertLess(len(source.readlines()), 110, 'about a hundred lines')


if __name__ == '__main__':
    BINARIES = os.path.abspath(sys.argv.pop(1))
    unittest.main()
