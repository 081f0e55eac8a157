#!/usr/bin/env python3
"""The commands of doc/operations.md and doc/own-worker.md, run as they stand there, in their order, against a service of this
test's own: paths and addresses are mapped, comments cut off, nothing else is changed. A command that is not run here is named
below with the test that does run it, or with why none can; one that is in no list, or is in a list and no longer in the
text, fails.

  test_operations.py BIN"""
import contextlib
import glob
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # noqa: E402

BIN = None

#  Run elsewhere: beginning of the command, the test, and what must stand in that test for it to be so.
ELSEWHERE = {
    'operations.md': [
        ('cmake -S . -B build/install ', 'script/lib.sh', 'cmake --preset'),
        ('cmake --build build/install', 'script/lib.sh', 'cmake --build'),
        ('cmake --install build/install', 'tests/system/test_annotators.py', "'--install'"),
        ('cmake -S . -B build/package ', 'deploy/Dockerfile', 'cmake'),
        ('cmake --build build/package', 'deploy/Dockerfile', 'cmake'),
        ('(cd build/package && cpack -G DEB)', 'deploy/Dockerfile', 'cpack'),
        ('apt install ./build/package/rapporteur_*.deb', 'tests/container/package-steps', 'apt-get install'),
        ('systemctl ', 'tests/container/package-steps', 'systemctl start rapporteur.target'),
        ('docker-compose ', 'tests/container/test_compose.py', 'docker-compose'),
        ('docker cp ', 'tests/container/test_compose.py', 'inbox'),
        ('docker stack deploy', 'tests/container/test_swarm.py', "'stack', 'deploy'"),
        ('docker service scale', 'tests/container/test_swarm.py', "'service', 'scale'"),
        ('docker exec ', 'tests/container/test_swarm.py', "'docker', 'exec', '-i'"),
        ('docker run --rm --network none --user', 'tests/container/test_swarm.py', "'--network', 'none', '--user'"),
        ('kubectl apply -k', 'tests/container/test_kubernetes.py', "'kubectl', 'kustomize'"),
        ('rapporteur quarantine minimise ', 'tests/system/test_quarantine.py', 'minimise'),
        ('rapporteur quarantine reproduce ', 'tests/system/test_quarantine.py', 'reproduce'),
        ('rapporteur top ', 'tests/system/test_sight.py', "'top', '--data'"),
        ('rapporteur tap ', 'tests/system/test_sight.py', "'tap', *(("),
        ('rapporteur chaos ', 'tests/system/test_chaos.py', "'--yes-this-is-staging'"),
    ],
    'own-worker.md': [
        ('make', 'tests/system/test_annotators.py', "'make'"),
    ],
}
#  What no test of ours can run: it needs a machine that is not here.
NOWHERE = {
    'operations.md': [
        ('journalctl ', 'a systemd that is process 1'),
        ('runuser ', 'the user of the package'), ('cp report.txt /var/lib/rapporteur/inbox/', 'the user of the package'),
        ('docker run -d ', 'an engine'), ('docker node update ', 'a Swarm'), ('docker stack services ', 'a Swarm'),
        ('kubectl -n ', 'a cluster'),
    ],
    'own-worker.md': [],
}
#  Indented, and no command.
NO_COMMAND = {'operations.md': {'up', 'workers = 4', 'common', 'log = warn'}, 'own-worker.md': set()}


def commands_of(name):
    """Each indented line outside of lists, without its comment."""
    with open(os.path.join(harness.ROOT, 'doc', name), encoding='utf8') as text:
        for line in text:
            if line.startswith('    ') and line.strip() and not line.strip().startswith('#'):
                command = re.split(r'\s+# ', line.strip())[0]
                if command not in NO_COMMAND[name]:
                    yield command


def among(command, rows):
    return any(command == row[0].strip() or command.startswith(row[0]) for row in rows)


class Sandbox:
    """A folder in which the document's paths are, a service at the document's address, programs on the path."""

    def __init__(self, folder):
        self.folder, self.background = folder, []
        self.port = harness.free_ports(4)
        for name in ('srv', 'backup', 'etc', 'home', 'here', 'bin', 'cache'):
            os.makedirs(self.path(name))
        self.script('scp', 'from=${1#192.0.2.2:}; to=${2#192.0.2.2:}; from=${from#127.0.0.1:}; to=${to#127.0.0.1:}; mkdir -p "$to"; eval "cp $from $to"')
        for name in ('readability', 'annotator.py'):
            source = (os.path.join(BIN, 'own-worker-example') if name == 'readability'
                      else os.path.join(harness.ROOT, 'examples', 'own-worker', name))
            shutil.copy(source, self.path('here', name))
        samples = harness.sample_files()
        shutil.copy(samples[0], self.path('here', 'report.txt'))
        with open(self.path('here', 'scan.pdf'), 'wb') as scan:
            scan.write(b'\x00 no document of any kind\n')
        os.makedirs(self.path('here', 'documents'))
        for sample in samples[1:4]:
            shutil.copy(sample, self.path('here', 'documents'))
        with open(self.path('here', 'FILE'), 'w', encoding='utf8') as file:
            file.write('up\n    workers = 2\n')

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def script(self, name, text):
        with open(self.path('bin', name), 'w', encoding='utf8') as file:
            file.write('#!/bin/bash\n' + text + '\n')
        os.chmod(self.path('bin', name), 0o755)

    @property
    def environment(self):
        return {**os.environ, 'PATH': f'{self.path("bin")}:{BIN}:{os.environ["PATH"]}', 'HOME': self.path('home'),
                'RAPPORTEUR_RULES': harness.RULES, 'RAPPORTEUR_METRICS': ''}

    def mapped(self, command):
        for there, here in (('/srv/rapporteur', self.path('srv', 'rapporteur')), ('/srv/staging', self.path('srv', 'staging')),
                            ('/backup', self.path('backup')), ('/etc/rapporteur', self.path('etc', 'rapporteur')),
                            ('/var/cache/rapporteur', self.path('cache'))):
            command = command.replace(there, here)
        for offset in range(4):
            command = command.replace(f'192.0.2.2:{5701 + offset}', f'127.0.0.1:{self.port + offset}')
        return re.sub(r'--listen 192\.0\.2\.2$', f'--listen 127.0.0.1:{self.port}', command)

    def run(self, command, seconds=120, expect=0):
        done = subprocess.run(['bash', '-c', self.mapped(command)], cwd=self.path('here'), env=self.environment, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
        assert done.returncode == expect, f'{command}\nexit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}'
        return done.stdout

    def start(self, command, *more, wait=True):
        """In the background; `wait`: until it says that it is ready."""
        read_end, write_end = os.pipe()
        ready = f' --ready-fd {write_end}' if wait else ''
        with open(self.path('log'), 'ab') as log:
            process = subprocess.Popen(['bash', '-c', 'exec ' + ' '.join([self.mapped(command.rstrip(' &')), *more]) + ready],
                                       cwd=self.path('here'), env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, pass_fds=(write_end,))
        os.close(write_end)
        self.background.append(process)
        if wait:
            said = os.read(read_end, 16) if select.select([read_end], [], [], 120)[0] else b''
            assert b'READY' in said, self.log()
        os.close(read_end)
        return process

    def log(self):
        with open(self.path('log'), encoding='utf8', errors='replace') as log:
            return log.read()[-4000:]

    def stop(self, process):
        process.terminate()
        process.wait(60)
        self.background.remove(process)
        return process.returncode

    def wait_for(self, fact, what):
        end = time.monotonic() + 120
        while not fact():
            assert time.monotonic() < end, f'{what}\n{self.log()}'
            time.sleep(0.02)

    def end(self):
        for process in self.background:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        for process in self.background:
            process.wait(60)


class ListsTest(unittest.TestCase):
    def test_every_command_is_in_one_list(self):
        for name, steps in STEPS.items():
            commands = list(commands_of(name))
            for command in commands:
                here = command in steps
                others = among(command, ELSEWHERE[name]) + among(command, NOWHERE[name])
                with self.subTest(name=name, command=command):
                    self.assertEqual(here + others, 1, 'say how it is tested: here, elsewhere, or why nowhere')
            for command in steps:
                self.assertIn(command, commands, f'{name} does not say this any more')
            for beginning, *_ in ELSEWHERE[name] + NOWHERE[name]:
                self.assertTrue(any(among(command, [(beginning,)]) for command in commands), beginning)

    def test_what_is_run_elsewhere_is(self):
        for rows in ELSEWHERE.values():
            for command, test, fragment in rows:
                with open(os.path.join(harness.ROOT, test), encoding='utf8') as text:
                    self.assertIn(fragment, text.read(), f'{test}, for {command}')

    def test_what_is_run_nowhere_is_told(self):
        for name, rows in NOWHERE.items():
            for command, why in rows:
                print(f'{name}: not run by any test, needs {why}: {command}')


class Walk:
    """The document's commands in the document's order: what is done beside each to make it one that can be run."""

    def __init__(self, box):
        self.box, self.up, self.staging = box, None, None

    def start_up(self, command):
        if self.up:
            self.box.stop(self.up)
        self.up = self.box.start(command)

    def settle(self, _command=None):
        """Until all that was taken is stored or in quarantine."""
        self.box.wait_for(self.settled, 'all is settled')

    def settled(self):
        return json.loads(self.box.run('rapporteur audit --json --data /srv/rapporteur'))['in_flight'] == 0

    def keys_wait(self):
        self.box.wait_for(lambda: glob.glob(self.box.path('srv', 'rapporteur', 'keys', 'allowed', 'sink.public')), 'keys')


def up(walk, command):
    walk.start_up(command)


def settle_after(walk, command):
    walk.box.run(command)
    walk.settle()


def run(walk, command):
    walk.box.run(command)


def worker(walk, command):
    walk.box.stop(walk.box.start(command))


def submitter(walk, command):
    """As a submitter whose key was exchanged the same way."""
    box = walk.box
    box.run('rapporteur keygen --keys ~/keys --role submitter me')
    box.run('cp ~/keys/allowed/me.public /srv/rapporteur/keys/allowed/')
    box.run('cp /srv/rapporteur/keys/allowed/{ingest,sink}.public ~/keys/allowed/')
    box.run(command)


def at_hand(walk, command):
    walk.keys_wait()
    walk.box.run(command)


def hang_up(walk, command):
    os.kill(walk.up.pid, 0)
    walk.box.run(command.replace('PID', str(walk.up.pid)))
    walk.box.wait_for(lambda: 'config.reloaded' in walk.box.log(), 'it read its configuration again')


def quarantined(walk, command):
    """A document that cannot be read is there to be listed, shown, released and dropped."""
    if 'scan.pdf' not in walk.box.run('rapporteur quarantine list --data /srv/rapporteur'):
        walk.box.run('rapporteur submit --data /srv/rapporteur scan.pdf || true')
        walk.settle()
    walk.box.run(command.replace('report.txt', 'scan.pdf'))


def staging(walk, command):
    if command.startswith('rapporteur up'):
        walk.staging = walk.box.start(command)
    else:
        walk.box.run(command.rstrip(' &'))
        walk.box.stop(walk.staging)


def by_url(walk, command):
    with_page = walk.box.start('rapporteur-sink --db other.db --results ipc://r.ipc --receipts ipc://q.ipc',
                               f'--metrics 127.0.0.1:{walk.box.port + 3}')
    walk.box.run(command.replace('127.0.0.1:9763', f'127.0.0.1:{walk.box.port + 3}'))
    walk.box.stop(with_page)


def grep(walk, command):
    shown = walk.box.run('sqlite3 -readonly /srv/rapporteur/rapporteur.db "SELECT document_id FROM document LIMIT 1"').strip()
    walk.box.run(command.replace('3048a4c698b5d24b65dcb0673524a7a4', shown).replace('LOG', walk.box.path('log')))


def restore(walk, command):
    """From the backup into an empty place, as it says."""
    walk.box.stop(walk.up)
    os.rename(walk.box.path('srv', 'rapporteur'), walk.box.path('srv', 'lost'))
    walk.box.run(command)
    walk.up = None


def still(walk, command):
    if walk.up:
        walk.box.stop(walk.up)
        walk.up = None
    walk.box.run(command)
    walk.up = walk.box.start('rapporteur up --data /srv/rapporteur')


def annotator(walk, command):
    process = walk.box.start(command, wait=False)
    scheme = 'example.reading-time' if 'annotator' in command else 'example.readability'

    def through():
        rows = walk.box.run('rapporteur schemes --data /srv/rapporteur')
        found = re.search(rf'{re.escape(scheme)} +(\d+) +(\d+)', rows)
        return found and found[1] == found[2]
    walk.box.wait_for(through, f'{scheme} is through')
    assert walk.box.stop(process) == 0


def answered(walk, command):
    assert walk.box.run(command).strip(), f'no answer: {command}'


STEPS = {
    'own-worker.md': {
        './readability --work ipc:///srv/rapporteur/run/annotate.ipc --results ipc:///srv/rapporteur/run/results.ipc': annotator,
        './annotator.py --work ipc:///srv/rapporteur/run/annotate.ipc --results ipc:///srv/rapporteur/run/results.ipc': annotator,
        'sqlite3 -readonly /srv/rapporteur/rapporteur.db "SELECT code, count(*) FROM classification WHERE scheme = '
        '\'example.readability\' GROUP BY code"': answered,
        'rapporteur schemes --data /srv/rapporteur': answered,
        'rapporteur schemes --data /srv/rapporteur --remove example.readability': run,
    },
}
D = '--data /srv/rapporteur'
STEPS['operations.md'] = {
    f'rapporteur up {D}': up,
    'cp report.txt /srv/rapporteur/inbox/': settle_after,
    f'rapporteur submit {D} report.txt': settle_after,
    f'rapporteur status {D}': answered,
    f'rapporteur audit {D}': answered,
    'rapporteur-worker --work ipc:///srv/rapporteur/run/work.ipc --results ipc:///srv/rapporteur/run/results.ipc': worker,
    f'rapporteur up {D} --listen 192.0.2.2': up,
    'mkdir -p /etc/rapporteur': run,
    'mkdir -p deploy/keys': run,
    'mkdir -p deploy/kubernetes/keys': run,
    'rapporteur keygen --keys /etc/rapporteur/keys --role worker hall-2': run,
    'scp /etc/rapporteur/keys/allowed/hall-2.public 192.0.2.2:/srv/rapporteur/keys/allowed/': at_hand,
    "scp '192.0.2.2:/srv/rapporteur/keys/allowed/{ingest,sink}.public' /etc/rapporteur/keys/allowed/": at_hand,
    'rapporteur-worker --work tcp://192.0.2.2:5701 --results tcp://192.0.2.2:5702 --keys /etc/rapporteur/keys --cache '
    '/var/cache/rapporteur': worker,
    'rapporteur submit --submit tcp://192.0.2.2:5703 --keys ~/keys report.txt': submitter,
    'rapporteur config --example': answered,
    'rapporteur config --check --config FILE': run,
    f'rapporteur config {D}': answered,
    'kill -HUP PID': hang_up,
    f'rapporteur backup {D} /backup/2026-05-01': run,
    'cp -a /backup/2026-05-01 /srv/rapporteur': restore,
    f'rapporteur fsck {D}': run,
    f'rapporteur quarantine list {D}': run,
    f'rapporteur quarantine show {D} report.txt': quarantined,
    f'rapporteur quarantine release {D} report.txt': quarantined,
    f'rapporteur quarantine drop {D} scan.pdf --reason "without text; the second copy has it"': quarantined,
    f'rapporteur quarantine list --dropped {D}': answered,
    'rapporteur up --data /srv/staging &': staging,
    'rapporteur submit --data /srv/staging documents/*.txt &': staging,
    'grep 3048a4c698b5d24b65dcb0673524a7a4 LOG': grep,
    f'rapporteur health {D} --ready': answered,
    'rapporteur health --url http://127.0.0.1:9763': by_url,
    f'rapporteur fsck --repair {D}': still,
}


class WalkTest(unittest.TestCase):
    def setUp(self):
        #  Short: paths of sockets are.
        self.box = Sandbox(self.enterContext(tempfile.TemporaryDirectory(prefix='op-', dir='/tmp')))
        self.addCleanup(self.box.end)

    def walk(self, name, walk):
        for command in commands_of(name):
            if command in STEPS[name]:
                with self.subTest(command=command):
                    print(f'{name}: {command}', flush=True)
                    STEPS[name][command](walk, command)

    def test_operations(self):
        self.walk('operations.md', Walk(self.box))

    def test_own_worker(self):
        walk = Walk(self.box)
        walk.start_up(f'rapporteur up {D}')
        self.box.run(f'rapporteur submit {D} report.txt documents/*.txt')
        walk.settle()
        self.walk('own-worker.md', walk)


if __name__ == '__main__':
    BIN = os.path.abspath(sys.argv.pop(1))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    unittest.main()
