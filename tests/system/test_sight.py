#!/usr/bin/env python3
"""top on a real terminal, and tap, while a service works: what they show, what ends them, what is hostile.

  test_sight.py BIN"""
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
import unittest

import command
from command import RESOLUTION, CommandTest, harness
from test_hostile_text import EVIL, harmless
from test_hostile_text import RESOLUTION as EVIL_RESOLUTION

HAS_TMUX = shutil.which('tmux') is not None


def wait_for(fact, what, seconds=60):
    end = time.monotonic() + seconds
    seen = fact()
    while not seen and time.monotonic() < end:
        time.sleep(0.02)
        seen = fact()
    if not seen:
        raise AssertionError(f'not within {seconds} s: {what() if callable(what) else what}')
    return seen


class Terminal:
    """A shell in a tmux of its own that runs one command between two looks at the terminal's settings."""

    made = 0

    def __init__(self, test, arguments, width=80, height=24):
        Terminal.made += 1  # a server each: one that is about to end must not be asked for a session
        self.socket = test.path(f'tmux-{Terminal.made}.sock')
        self.before, self.after = test.path('before'), test.path('after')
        self.test = test
        run = shlex.join([os.path.join(command.BINARIES, 'rapporteur'), *arguments])
        script = f'echo before; stty -g > {self.before}; {run}; echo "ended $?"; stty -g > {self.after}; echo "done"; cat'
        self.tmux('-f', '/dev/null', 'new-session', '-d', '-x', str(width), '-y', str(height), 'sh', '-c', script)
        test.addCleanup(self.tmux, 'kill-server', check=False)

    def tmux(self, *arguments, check=True):
        environment = dict(self.test.environment, TERM='xterm-256color', LC_ALL='C.UTF-8')
        environment.pop('TMUX', None)
        environment.pop('NO_COLOR', None)
        done = subprocess.run(['tmux', '-u', '-S', self.socket, *arguments], capture_output=True, check=False, env=environment,
                              stdin=subprocess.DEVNULL, cwd=self.test.folder, timeout=60)
        if check and done.returncode:
            raise AssertionError(f'tmux {arguments}: {done.stderr.decode()}')
        return done.stdout.decode('utf8')

    def text(self):
        return self.tmux('capture-pane', '-p')

    def wait(self, fact, what):
        """Until the screen has a text, or something is true of it; answers the screen."""
        is_so = fact if callable(fact) else lambda text: fact in text
        return wait_for(lambda: (lambda text: text if is_so(text) else None)(self.text()), lambda: f'{what}:\n{self.text()}')

    def press(self, *keys):
        self.tmux('send-keys', *keys)

    def resize(self, width, height):
        self.tmux('resize-window', '-x', str(width), '-y', str(height))

    def state(self):
        return self.tmux('display-message', '-p', '#{alternate_on} #{cursor_flag} #{keypad_cursor_flag}').strip()

    def process(self):
        """Of top, a child of the shell."""
        shell = int(self.tmux('display-message', '-p', '#{pane_pid}'))
        return wait_for(lambda: next(iter(harness.children_of(shell)), None), 'top runs')

    def wait_restored(self, status):
        text = self.wait('done', 'top has ended')
        self.test.assertIn(f'ended {status}', text)
        self.test.assertIn('before', text)  # the screen of before is back
        self.test.assertEqual(self.state(), '0 1 0')
        with open(self.before, encoding='ascii') as before, open(self.after, encoding='ascii') as after:
            self.test.assertEqual(before.read(), after.read())
        return text


class SightTest(CommandTest):
    def pipeline(self, workers=2, worker_id=None):
        class Ours(harness.Pipeline):
            def command(self, kind):
                flags = ['--log', 'warn'] + (['--id', worker_id] if worker_id and kind == 'worker' else [])
                return [*super().command(kind), *flags]
        made = Ours(command.BINARIES, self.path('service'), workers)
        self.addCleanup(lambda: [made.kill(kind) for kind in list(made.running)])
        return made

    def program(self):
        return os.path.join(command.BINARIES, 'rapporteur')


@unittest.skipUnless(HAS_TMUX, 'tmux is not installed')
class TopScreenTest(SightTest):
    def test_numbers_move_and_the_terminal_comes_back(self):
        self.pipeline().start_all()
        terminal = Terminal(self, ['top', '--data', 'service'])
        text = terminal.wait(lambda text: all(line in text for line in ('workers   2 alive', 'ingest    alive', 'sink      alive')),
                             'all stages are there')
        self.assertIn('stored    0 documents', text)
        files = harness.sample_files()
        self.rapporteur('submit', '--data', 'service', *files)
        terminal.wait(f'stored    {len(files)} documents', 'the documents are seen')
        terminal.wait(lambda text: re.search(r'chunks [1-9]', text), 'rates are seen')
        terminal.wait(lambda text: re.search(r'taken to stored p50 \d', text), 'latencies are seen')
        terminal.press('q')
        terminal.wait_restored(0)

    def test_keys_and_sizes(self):
        self.pipeline().start_all()
        terminal = Terminal(self, ['top', '--data', 'service'])
        terminal.wait('order: rate', 'the picture')
        terminal.press('s')
        terminal.wait('order: name', 'another order')
        terminal.press('h')
        terminal.wait('this help, and back', 'help')
        terminal.press('h')
        terminal.wait('backlog', 'the picture again')
        terminal.press('p')
        terminal.wait('[paused]', 'paused')
        terminal.press('p')
        terminal.wait(lambda text: '[paused]' not in text, 'not paused')
        for width, height in ((40, 10), (20, 5), (10, 2), (120, 40), (80, 24)):
            terminal.resize(width, height)
            text = terminal.wait(lambda text, h=height: 'rapporteur'[:10] in text and len(text.rstrip('\n').split('\n')) <= h,
                                 f'a picture in {width}x{height}')
            self.assertTrue(all(len(line) <= width for line in text.split('\n')), text)
        terminal.wait(lambda text: 'worker ' in text and 'q quit' in text, 'all of it again')
        terminal.press('q')
        terminal.wait_restored(0)

    def test_a_long_list_of_workers(self):
        pipeline = self.pipeline(workers=8)
        pipeline.start_all()
        terminal = Terminal(self, ['top', '--data', 'service'], height=17)
        terminal.wait(lambda text: re.search(r' 1-\d of 8', text), 'all workers')
        terminal.press('s')  # by name, so that they keep their places
        first = terminal.wait('order: name', 'by name')
        terminal.press('NPage')
        second = terminal.wait(lambda text: re.search(r' [2-7]-\d of 8', text), 'further down')
        self.assertNotEqual(first, second)
        terminal.press('End')
        terminal.wait(lambda text: re.search(r'8-8 of 8', text), 'the last')
        terminal.press('Home')
        terminal.wait(lambda text: re.search(r' 1-\d of 8', text), 'the first')
        terminal.press('q')
        terminal.wait_restored(0)

    def test_ingest_goes_and_comes_back(self):
        pipeline = self.pipeline().start_all()
        terminal = Terminal(self, ['top', '--data', 'service'])
        terminal.wait('workers   2 alive', 'all stages are there')
        pipeline.kill('ingest')
        terminal.wait('GONE for', 'ingest is gone')
        pipeline.start('ingest')
        terminal.wait(lambda text: 'started 2 times' in text and 'workers   2 alive' in text, 'all is as before')
        pipeline.kill('sink')
        terminal.wait('sink      GONE', 'the sink is gone')
        pipeline.start('sink')
        terminal.wait('sink      alive', 'the sink is back')
        pipeline.kill('worker')
        terminal.wait('workers   NONE', 'the workers are gone')
        terminal.press('q')
        terminal.wait_restored(0)

    def test_signals_and_crashes_leave_the_terminal_as_it_was(self):
        self.pipeline(workers=1).start_all()
        for number, status in ((signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGSEGV, 139), (signal.SIGABRT, 134)):
            with self.subTest(signal=number):
                terminal = Terminal(self, ['top', '--data', 'service'])
                terminal.wait('backlog', 'the picture')
                self.assertEqual(terminal.state()[0], '1')
                os.kill(terminal.process(), number)
                terminal.wait_restored(status)
                terminal.tmux('kill-server', check=False)

    def test_names_of_workers_are_shown_not_obeyed(self):
        name = '\x1b[31mred\x1b]0;title\x07\u202e\n' + 'w' * 30
        pipeline = self.pipeline(workers=1, worker_id=name)
        pipeline.start_all()
        terminal = Terminal(self, ['top', '--data', 'service'], width=120)
        text = terminal.wait('[31mred', 'the name as text')
        harmless(self, text.encode(), 'top')
        self.assertNotEqual(terminal.tmux('display-message', '-p', '#{pane_title}').strip(), 'title')
        terminal.press('q')
        terminal.wait_restored(0)
        for form in ((), ('--json',)):
            done = self.rapporteur('top', '--data', 'service', '--once', *form)
            harmless(self, done.stdout.encode(), ('top', form))

    def test_who_cannot_be_drawn_on_is_told(self):
        self.pipeline(workers=1).start_all()
        terminal = Terminal(self, ['top', '--data', 'service'])
        terminal.press('q')
        terminal.wait_restored(0)
        terminal.tmux('kill-server', check=False)
        self.environment['TERM'] = 'no-such-terminal'
        done = self.rapporteur('top', '--data', 'service', expect=2)
        self.assertIn('--once', done.stderr)


class TopTest(SightTest):
    def test_one_picture_and_numbers(self):
        port = harness.free_ports(3)
        service = self.up('service', '--workers', '2', '--metrics', str(port), '--no-dashboard')
        files = harness.sample_files()
        self.rapporteur('submit', '--data', 'service', *files)
        self.wait_idle()
        numbers = self.json('top', '--data', 'service', '--once', '--metrics', str(port))
        self.assertEqual(numbers['documents_complete'], len(files))
        for stage in ('ingest', 'worker', 'sink'):
            self.assertEqual((numbers[stage]['alive'], numbers[stage]['well']), (True, True), numbers[stage])
        self.assertEqual(len(numbers['workers']), 2)
        self.assertIsNotNone(numbers['a_second']['findings'])
        self.assertGreater(numbers['disk_free'], 0)
        self.assertIsNone(self.json('top', '--data', 'service', '--once')['a_second']['findings'])
        text = self.rapporteur('top', '--data', 'service', '--once').stdout
        self.assertIn(f'stored    {len(files)} documents', text)
        self.assertIn('workers   2 alive', text)
        report = self.json('status', '--data', 'service')['service']
        self.assertEqual(report['metrics']['ingest_documents_taken_total'], len(files))
        self.assertEqual(report['health'], {'healthy': True, 'ready': True, 'why': 'ok'})
        self.assertIsNone(report['oldest'])
        self.end(service)
        done = self.rapporteur('top', '--data', 'service', '--once', expect=1)
        self.assertIn('GONE', done.stdout)

    def test_what_is_held_and_waits_is_told(self):
        pipeline = self.pipeline(workers=1)
        for kind in ('sink', 'ingest'):
            pipeline.start(kind)
        self.rapporteur('submit', '--data', 'service', *harness.sample_files())
        waiting = wait_for(lambda: (lambda n: n if n['batches_open'] else None)(self.json('top', '--data', 'service', '--once')), 'a backlog')
        self.assertGreaterEqual(waiting['oldest_ms'], 0)
        self.assertEqual(waiting['worker'], {'alive': False, 'well': False, 'why': 'none is known'})
        pipeline.start('worker')
        child = harness.children_of(pipeline.running['worker'].pid)
        wait_for(lambda: self.json('status', '--data', 'service')['service']['idle'], 'all is stored')
        for each in child:
            os.kill(each, signal.SIGSTOP)
        try:
            self.rapporteur('submit', '--data', 'service', self.write('more.txt', RESOLUTION))
            held = wait_for(lambda: next((w for w in self.json('status', '--data', 'service')['service']['workers'] if w['held']), None),
                            'the worker holds something')
            self.assertEqual(held['first'], 0)
            self.assertGreaterEqual(held['held_ms'], 0)
            self.assertRegex(held['document'], '^[0-9a-f]{32}$')
        finally:
            for each in child:
                os.kill(each, signal.SIGCONT)

    def test_no_progress_is_seen_by_health(self):
        """Workers that are heard of and get nothing done: ingest is well as long as others are slow, and stuck after its bound."""
        pipeline = self.pipeline(workers=1)
        command_of = pipeline.command
        pipeline.command = lambda kind: command_of(kind) + (['--stuck-after', '1'] if kind == 'ingest' else [])
        pipeline.start_all()
        wait_for(lambda: self.rapporteur('health', '--data', 'service', expect=None).stdout == 'ok\n', 'all is well')  # a second is soon over
        #  The sink lives and is heard of, but never stores: what it would write is locked.
        import sqlite3
        with sqlite3.connect(pipeline.db, isolation_level=None) as db:
            db.execute('BEGIN IMMEDIATE')
            self.rapporteur('submit', '--data', 'service', self.write('more.txt', RESOLUTION))
            wait_for(lambda: re.match('(stuck: no progress for|failing)', self.rapporteur('health', '--data', 'service', expect=None).stdout),
                     'health says that nothing gets done')
            db.execute('ROLLBACK')

    def test_wrong_usage(self):
        self.assertIn('no terminal', self.rapporteur('top', '--data', 'x', expect=2).stderr)
        self.assertIn('not PORT', self.rapporteur('top', '--data', 'x', '--once', '--metrics', 'x:y', expect=2).stderr)
        self.rapporteur('top', '--data', 'x', '--once', '--interval', '0', expect=2)
        self.assertIn('there are classification', self.rapporteur('tap', '--data', 'x', '--kind', 'claws', expect=2).stderr)
        self.assertIn('give one of them', self.rapporteur('tap', '--data', 'x', '--feed', 'ipc:///x', expect=2).stderr)


class TapTest(SightTest):
    def tap(self, *arguments, data=True):
        """Once it listens."""
        out, err = self.path('tap.out'), self.path('tap.err')
        with open(out, 'wb') as stdout, open(err, 'wb') as stderr:
            tap = subprocess.Popen([self.program(), 'tap', *(('--data', 'service') if data else ()), *arguments], cwd=self.folder,
                                   env=self.environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
        self.services.append(tap)
        wait_for(lambda: 'listening' in self.said(), self.said)
        return tap

    def said(self):
        with open(self.path('tap.err'), encoding='utf8') as err:
            return err.read()

    def shown(self):
        with open(self.path('tap.out'), encoding='utf8') as out:
            return out.read()

    def test_filtered_while_documents_arrive(self):
        self.pipeline().start_all()
        tap = self.tap('--kind', 'clause,document', '--count', '12')
        self.rapporteur('submit', '--data', 'service', *harness.sample_files())
        self.assertEqual(tap.wait(60), 0)
        lines = self.shown().splitlines()
        self.assertEqual(len(lines), 12)
        for line in lines:
            self.assertRegex(line, r'^\S+ +\S* +(clause +.*base=\w+.*"|document +state=)')
        self.assertIn('A/', lines[0])  # the symbol, not the id
        self.assertNotIn('\x1b', self.shown())
        harmless(self, self.shown().encode(), 'tap')

    def test_themes_actors_documents_and_json(self):
        self.pipeline().start_all()
        files = harness.sample_files()
        tap = self.tap('--actor', 'sg', '--json', '--count', '3')
        self.rapporteur('submit', '--data', 'service', *files)
        self.assertEqual(tap.wait(60), 0)
        for line in self.shown().splitlines():
            event = json.loads(line)
            self.assertIn(event['topic'], ('finding.actor', 'finding.clause'))
            self.assertIn('sg', (event['report'].get('actor'), event['report'].get('addressee_actor')))
            self.assertTrue(event['report']['surface'])
            self.assertGreater(event['sequence'], 0)
        tap = self.tap('--document', 'A/RES/95/12', '--kind', 'place', '--count', '1')
        self.rapporteur('submit', '--data', 'service', self.write('other.txt', RESOLUTION.replace('95/12', '95/13')))
        self.rapporteur('submit', '--data', 'service', self.write('it.txt', RESOLUTION))
        self.assertEqual(tap.wait(60), 0)
        self.assertRegex(self.shown(), r'^A/RES/95/12 +1 +place +code=\w+ .*"Kenya"\n$')

    def test_the_sink_goes_and_comes_back(self):
        pipeline = self.pipeline().start_all()
        tap = self.tap('--kind', 'document', '--count', '2')
        self.rapporteur('submit', '--data', 'service', self.write('a.txt', RESOLUTION))
        wait_for(lambda: len(self.shown().splitlines()) == 1, self.said)
        pipeline.kill('sink')
        wait_for(lambda: 'the sink is away' in self.said(), self.said)
        pipeline.start('sink')
        wait_for(lambda: 'the sink is back' in self.said(), self.said)
        self.rapporteur('submit', '--data', 'service', self.write('b.txt', RESOLUTION.replace('95/12', '95/13')))
        self.assertEqual(tap.wait(60), 0)
        self.assertIn('A/RES/95/13', self.shown())

    def test_hostile_documents_are_shown_not_obeyed(self):
        self.pipeline().start_all()
        for more in ((), ('--json',)):
            tap = self.tap('--count', '8', *more)
            self.rapporteur('submit', '--data', 'service', self.write('evil.txt', EVIL_RESOLUTION + '\n\n' + ' '.join(more) + EVIL))
            self.assertEqual(tap.wait(60), 0)
            harmless(self, self.shown().encode(), ('tap', more))
            for line in self.shown().splitlines() if more else ():
                json.loads(line)

    def test_readers_have_keys(self):
        port = harness.free_ports(4)
        service = self.up('service', '--workers', '1', '--no-dashboard', '--listen', f'127.0.0.1:{port}')
        self.rapporteur('keygen', '--keys', 'mine', '--role', 'reader', 'watcher')
        shutil.copy(self.path('service', 'keys', 'allowed', 'sink.public'), self.path('mine', 'allowed'))
        arguments = ('--feed', f'tcp://127.0.0.1:{port + 3}', '--kind', 'document', '--count', '1', '--keys', 'mine')
        self.assertIn('refused our key', self.rapporteur('tap', *arguments, expect=1).stderr)
        shutil.copy(self.path('mine', 'allowed', 'watcher.public'), self.path('service', 'keys', 'allowed'))
        wait_for(lambda: self.log().count('key.allowed peer=watcher') == 2, self.log)  # by both
        tap = self.tap(*arguments, data=False)
        self.rapporteur('submit', '--data', 'service', self.write('a.txt', RESOLUTION))
        self.assertEqual(tap.wait(60), 0)
        self.assertIn('state=complete', self.shown())
        self.rapporteur('keygen', '--keys', 'far', '--role', 'submitter', 'operator')
        shutil.copy(self.path('service', 'keys', 'allowed', 'ingest.public'), self.path('far', 'allowed'))
        shutil.copy(self.path('far', 'allowed', 'operator.public'), self.path('service', 'keys', 'allowed'))
        wait_for(lambda: self.log().count('key.allowed peer=operator') == 2, self.log)  # by both
        numbers = self.json('top', '--submit', f'tcp://127.0.0.1:{port + 2}', '--keys', 'far', '--once')
        self.assertEqual((numbers['documents_complete'], numbers['disk_free']), (1, None))
        self.end(service)


if __name__ == '__main__':
    if not HAS_TMUX:
        print('skipped: the tests of the screen: tmux is not installed', flush=True)
    command.main()
