#!/usr/bin/env python3
"""Keys between machines, with real daemons over tcp: each role passes at its doors alone; a revoked worker is cut while the
run goes on, and nothing is lost; keys change without a stop; who does not judge keys does not serve.

  test_curve.py BIN"""
import glob
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

import zmq
from zmq.utils.monitor import recv_monitor_message

from command import BINARIES, CommandTest, harness, main

ROLES = ('ingest', 'sink', 'worker', 'submitter', 'reader')
#  door: its host's role, its guests', and what a guest's socket is
DOORS = {'work': ('ingest', 'worker', zmq.DEALER), 'results': ('sink', 'worker', zmq.PUSH),
         'receipts': ('sink', 'ingest', zmq.DEALER), 'submit': ('ingest', 'submitter', zmq.DEALER),
         'feed': ('sink', 'reader', zmq.SUB)}
NO_ZAP = os.path.join(BINARIES, '..', 'tests', 'system', 'no_zap.so')
PYTHON_WORKER = os.path.join(harness.ROOT, 'tests', 'interop', 'worker.py')


def key_file(path):
    with open(path, encoding='ascii') as file:
        return dict(re.findall(r'^\s*([\w-]+) = "(.*)"$', file.read(), re.MULTILINE))


class KeysTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, 0)

    def keygen(self, folder, name, role=None):
        self.rapporteur('keygen', '--keys', folder, *(['--role', role] if role else []), name)

    def admit(self, folder, name, to='server'):
        """As an operator does: two copies."""
        shutil.copy(self.path(folder, 'allowed', name + '.public'), self.path(to, 'allowed'))
        for host in ('ingest', 'sink'):
            if os.path.exists(self.path(to, 'allowed', host + '.public')):
                shutil.copy(self.path(to, 'allowed', host + '.public'), self.path(folder, 'allowed'))

    def wait_for(self, fact, what):
        end = time.monotonic() + 120
        while time.monotonic() < end:
            found = fact()
            if found:
                return found
            time.sleep(0.02)
        self.fail(f'not within two minutes: {what}')
        return None

    def handshake(self, address, kind, server, own=None):
        """What becomes of one handshake: the monitor's name for it."""
        guest = self.context.socket(kind)
        guest.linger = 0
        if own:
            guest.curve_serverkey = server.encode()
            guest.curve_publickey, guest.curve_secretkey = own
        monitor = guest.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH
                                           | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL)
        guest.connect(address)
        self.assertTrue(monitor.poll(60000), f'no handshake at {address}')
        event = recv_monitor_message(monitor)['event']
        guest.disable_monitor()
        monitor.close(0)
        guest.close(0)
        return zmq.Event(event).name


class Far(harness.Pipeline):
    """A pipeline whose sockets are all tcp, with keys."""

    def __init__(self, folder, keys):
        super().__init__(BINARIES, folder, workers=1)
        self.keys, self.first = keys, harness.free_ports(len(DOORS))

    def address(self, name):
        return f'tcp://127.0.0.1:{self.first + list(DOORS).index(name)}'

    def command(self, kind):
        if kind in ('ingest', 'sink'):
            return [*super().command(kind), '--keys', self.keys]
        return [os.path.join(self.binaries, 'rapporteur-worker'), '--work', self.address('work'), '--results',
                self.address('results'), '--children', '1', '--rules', harness.RULES, '--cache', self.path('cache'),
                '--id', kind, '--keys', os.path.join(os.path.dirname(self.keys), kind)]


class FarTest(KeysTest):
    """Daemons one by one."""

    def setUp(self):
        super().setUp()
        for host in ('ingest', 'sink'):
            self.keygen('server', host)
        for name, role in (('one', 'worker'), ('two', 'worker'), ('submitter', None), ('reader', None)):
            self.keygen(name, name, role)
            self.admit(name, name)
        self.pipeline = Far(self.path('data'), self.path('server'))
        self.addCleanup(self.kill_all)
        for kind in ('sink', 'ingest'):
            self.pipeline.start(kind)

    def kill_all(self):
        for kind in list(self.pipeline.running):
            self.pipeline.kill(kind)

    def own(self, begin):
        key = key_file(glob.glob(self.path(begin + '*.secret'))[0])
        return key['public-key'].encode(), key['secret-key'].encode()

    def submit(self, *files, expect=0):
        return self.rapporteur('submit', '--submit', self.pipeline.address('submit'), '--keys', 'submitter', '--timeout', '60',
                               *files, expect=expect)

    def status(self):
        return self.json('status', '--submit', self.pipeline.address('submit'), '--keys', 'submitter')['service']

    def copies(self, number):
        """The samples, made other documents by a line at the end."""
        os.makedirs(self.path('copies'), exist_ok=True)
        for path in harness.sample_files():
            with open(path, encoding='utf8') as sample:
                yield self.write(f'copies/{number}_{os.path.basename(path)}', sample.read() + f'\nCopy number {number} for the files.\n')

    def provenance(self, query):
        with sqlite3.connect(f'file:{self.pipeline.db}?mode=ro', uri=True) as db:
            return db.execute(query).fetchall()

    def balanced(self, count):
        self.pipeline.wait_complete(count)
        report, code = self.pipeline.wait_balanced()
        self.assertEqual(code, 0, report)
        self.assertEqual((report['taken'], report['quarantined'], report['in_flight']), (count, 0, 0), report)
        return report

    def test_each_role_passes_at_its_doors_alone(self):
        keys = {'ingest': self.own('server/ingest'), 'sink': self.own('server/sink'), 'worker': self.own('one/'),
                'submitter': self.own('submitter/'), 'reader': self.own('reader/'),
                'stranger': zmq.curve_keypair()}
        for door, (host, guest, kind) in DOORS.items():
            address, server = self.pipeline.address(door), key_file(self.path('server', 'allowed', host + '.public'))['public-key']
            for who, own in keys.items():
                with self.subTest(door=door, who=who):
                    self.assertEqual(self.handshake(address, kind, server, own),
                                     'HANDSHAKE_SUCCEEDED' if who == guest else 'HANDSHAKE_FAILED_AUTH')
            with self.subTest(door=door, who='plain'):
                #  which of the two depends on who notices first
                self.assertIn(self.handshake(address, kind, server), ('HANDSHAKE_FAILED_PROTOCOL', 'HANDSHAKE_FAILED_NO_DETAIL'))
            other = key_file(self.path('server', 'allowed', ('sink' if host == 'ingest' else 'ingest') + '.public'))['public-key']
            with self.subTest(door=door, who='one who takes it for another'):
                self.assertEqual(self.handshake(address, kind, other, keys[guest]), 'HANDSHAKE_FAILED_NO_DETAIL')

    def test_a_revoked_worker_is_cut_and_nothing_is_lost(self):
        self.pipeline.start('one')
        self.pipeline.start('two')
        self.wait_for(lambda: self.status()['workers_count'] == 2, 'two workers')
        count = 0
        for number in range(3):
            files = list(self.copies(number))
            self.submit(*files)
            count += len(files)
            if number == 0:
                began = time.monotonic()
                os.remove(self.path('server', 'allowed', 'one.public'))
        self.wait_for(lambda: [worker['id'] for worker in self.status()['workers']] == ['two/1'], 'one worker alone')
        cut = time.monotonic() - began
        self.wait_for(lambda: 'peer.refused door=results' in self.pipeline.log('sink'), 'the sink refuses it, too')
        self.balanced(count)
        #  What comes from now on is the other's work alone.
        files = list(self.copies(3))
        self.submit(*files)
        self.balanced(count + len(files))
        late = self.provenance("SELECT DISTINCT p.worker FROM provenance p JOIN chunk c USING (chunk_id) JOIN document d "
                               "USING (document_id) WHERE d.source LIKE '%/3\\_%' ESCAPE '\\'")
        self.assertEqual(late, [('two/1',)])
        self.assertEqual(self.provenance('SELECT count(*) FROM quarantine'), [(0,)])
        self.wait_for(lambda: 'refused our key' in self.pipeline.log('one'), 'it says so')
        #  And back again.
        self.admit('one', 'one')
        self.wait_for(lambda: self.status()['workers_count'] == 2, 'it is back')
        print(f'cut {cut:.1f} s after its file was gone', flush=True)

    def test_keys_change_without_a_stop(self):
        self.pipeline.start('one')
        count = 0
        pids = {kind: process.pid for kind, process in self.pipeline.running.items()}
        #  The worker's: the new one is admitted, taken up, and then the old one revoked.
        self.keygen('fresh', 'renewed', 'worker')
        self.admit('fresh', 'renewed')
        os.rename(self.path('fresh', 'renewed.secret'), self.path('one', 'one.secret'))
        self.wait_for(lambda: 'peer=renewed' in self.pipeline.log('ingest'), 'the new key is in use')
        os.remove(self.path('server', 'allowed', 'one.public'))
        files = list(self.copies(0))
        self.submit(*files)
        self.balanced(count := count + len(files))
        #  Ingest's and the sink's: every machine is told.
        for host in ('ingest', 'sink'):
            self.keygen('newer', host)
            for folder in ('server', 'one', 'submitter'):
                shutil.copy(self.path('newer', 'allowed', host + '.public'), self.path(folder, 'allowed'))
            shutil.copy(self.path('newer', host + '.secret'), self.path('server'))
        files = list(self.copies(1))
        self.submit(*files)
        self.balanced(count + len(files))
        self.assertIn('endpoint.renewed', self.pipeline.log('sink'))
        self.assertEqual(pids, {kind: process.pid for kind, process in self.pipeline.running.items()})
        self.assertTrue(all(process.poll() is None for process in self.pipeline.running.values()))
        self.assertEqual(self.provenance('SELECT count(*) FROM quarantine'), [(0,)])

    def test_faulty_files_admit_nobody_and_stop_nobody(self):
        self.write('server/allowed/broken.public', 'role = "root"\n')
        os.chmod(self.path('server/allowed/broken.public'), 0o644)
        self.wait_for(lambda: 'key.refused' in self.pipeline.log('ingest'), 'it is told')
        shutil.copy(self.path('server/allowed/one.public'), self.path('server/allowed/twice.public'))
        self.pipeline.start('one')
        self.pipeline.start('two')
        self.wait_for(lambda: 'refused our key' in self.pipeline.log('one'), 'a key in two files counts in none')
        self.wait_for(lambda: self.status()['workers_count'] == 1, 'the other works')
        listed = self.rapporteur('keygen', '--keys', 'server', '--list', expect=1)
        self.assertIn('broken.public: line 1: no such role', listed.stderr)
        self.assertIn('two', listed.stdout)
        done = self.rapporteur('status', '--submit', self.pipeline.address('submit'), '--keys', 'two', expect=2)
        self.assertIn('no secret key of role submitter', done.stderr)
        done = self.rapporteur('status', '--submit', self.pipeline.address('submit'), expect=1)
        self.assertIn('admits by key', done.stderr)
        done = self.rapporteur('status', '--submit', self.pipeline.address('work'), '--keys', 'submitter', expect=1)
        self.assertIn('refused our key', done.stderr)


class StartTest(KeysTest):
    def ingest(self, *arguments, **environment):
        return subprocess.run([os.path.join(BINARIES, 'rapporteur-ingest'), '--journal', self.path('journal.db'), '--submit',
                               'ipc://' + self.path('submit.ipc'), '--receipts', 'ipc://' + self.path('receipts.ipc'), '--user', 'root',
                               *arguments] if os.geteuid() == 0 else
                              [os.path.join(BINARIES, 'rapporteur-ingest'), '--journal', self.path('journal.db'), '--submit',
                               'ipc://' + self.path('submit.ipc'), '--receipts', 'ipc://' + self.path('receipts.ipc'), *arguments],
                              capture_output=True, text=True, check=False, timeout=120, cwd=self.folder,
                              env=dict(self.environment, **environment))

    def test_who_does_not_judge_keys_does_not_serve(self):
        self.assertTrue(os.path.exists(NO_ZAP), NO_ZAP)
        self.keygen('server', 'ingest')
        done = self.ingest('--work', f'tcp://127.0.0.1:{harness.free_ports(1)}', '--keys', 'server', LD_PRELOAD=NO_ZAP,
                           ASAN_OPTIONS='verify_asan_link_order=0')
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("a stranger's key was let in when it was tried", done.stderr)
        self.assertNotIn('ingest.ready', done.stderr)

    def test_beyond_loopback_only_with_keys(self):
        done = self.ingest('--work', f'tcp://0.0.0.0:{harness.free_ports(1)}')
        self.assertEqual(done.returncode, 1)
        self.assertIn('without keys', done.stderr)

    def test_a_secret_that_others_may_read_is_refused(self):
        self.keygen('server', 'ingest')
        os.chmod(self.path('server', 'ingest.secret'), 0o640)
        done = self.ingest('--work', f'tcp://127.0.0.1:{harness.free_ports(1)}', '--keys', 'server')
        self.assertEqual(done.returncode, 1)
        self.assertIn('others may use it (mode 0640)', done.stderr)

    def test_keygen_says_what_is_wrong(self):
        self.keygen('k', 'sink')
        self.assertEqual(os.stat(self.path('k', 'sink.secret')).st_mode & 0o777, 0o600)
        self.assertIn('is there already', self.rapporteur('keygen', '--keys', 'k', 'sink', expect=1).stderr)
        self.assertIn('is no role', self.rapporteur('keygen', '--keys', 'k', 'bob', expect=2).stderr)
        self.assertIn('no name', self.rapporteur('keygen', '--keys', 'k', '--role', 'worker', '../x', expect=1).stderr)
        self.assertIn('which folder', self.rapporteur('keygen', 'sink', expect=2).stderr)


class UpTest(KeysTest):
    """A service that listens: workers, people and readers elsewhere join it."""

    def test_other_machines_join(self):
        port = harness.free_ports(4)
        for name, role in (('one', 'worker'), ('python', 'worker'), ('submitter', None), ('reader', None)):
            self.keygen(name, name, role)
        service = self.up('service', '--listen', f'127.0.0.1:{port}', '--workers', '1')
        for name in ('one', 'python', 'submitter', 'reader'):
            self.admit(name, name, 'service/keys')
        #  A Python worker that is refused does not call again; ours does.
        for name in ('python', 'submitter', 'reader'):
            self.wait_for(lambda name=name: self.log().count(f'key.allowed peer={name}') == 2, f'{name} is allowed by both')
        work, results = f'tcp://127.0.0.1:{port}', f'tcp://127.0.0.1:{port + 1}'
        for name, command in (('one', [os.path.join(BINARIES, 'rapporteur-worker'), '--children', '1', '--rules', harness.RULES,
                                       *(['--user', 'root'] if os.geteuid() == 0 else [])]),
                              ('python', ['/usr/bin/python3', PYTHON_WORKER])):
            with open(self.path(name + '.log'), 'wb') as log:
                self.services.append(subprocess.Popen([*command, '--work', work, '--results', results, '--id', name, '--keys', self.path(name)],
                                                      stderr=log, stdin=subprocess.DEVNULL))
        far = ('--submit', f'tcp://127.0.0.1:{port + 2}', '--keys', 'submitter')
        self.wait_for(lambda: self.json('status', *far)['service']['workers_count'] == 3, 'workers are in')
        feed = self.context.socket(zmq.SUB)
        reader = key_file(self.path('reader', 'reader.secret'))
        feed.curve_serverkey = key_file(self.path('reader', 'allowed', 'sink.public'))['public-key'].encode()
        feed.curve_publickey, feed.curve_secretkey = reader['public-key'].encode(), reader['secret-key'].encode()
        feed.subscribe('document')
        feed.connect(f'tcp://127.0.0.1:{port + 3}')
        self.wait_for(lambda: 'door=feed' in self.log(), 'the reader is in')
        done = self.rapporteur('submit', *far, *harness.sample_files())
        self.assertEqual(done.stdout.count(': taken'), len(harness.sample_files()))
        self.assertTrue(feed.poll(60000), 'nothing on the feed')
        self.assertEqual(feed.recv_multipart()[0], b'document')
        feed.close(0)
        self.wait_idle()
        self.assertEqual(self.json('audit', '--data', 'service')['lost'], 0)
        self.assertIn('not released', self.rapporteur('quarantine', 'release', *far, '0' * 32, expect=1).stderr)
        for other in self.services[1:]:
            other.send_signal(signal.SIGTERM)
            self.assertEqual(other.wait(60), 0)
        self.end(service)


if __name__ == '__main__':
    main()
