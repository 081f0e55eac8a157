#!/usr/bin/env python3
"""What confines the daemons, asked of the daemons: each process of a running service is made to ask the kernel for what it must
not get (by ask_from, which traces it), and is seen to serve on.

  test_confine.py BIN"""
import errno
import os
import pwd
import re
import resource
import shutil
import subprocess
import sys
import unittest

import command
import harness

#  Numbers of system calls on x86-64.
OPENAT, SOCKET, CONNECT, LISTEN, FORK, EXECVE, PTRACE, SETUID, MOUNT, KEYCTL, UNSHARE, BPF, MPROTECT, IO_URING, MMAP, KILL = (
    257, 41, 42, 50, 57, 59, 101, 105, 165, 250, 272, 321, 10, 425, 9, 62)
AT_FDCWD = str(2**64 - 100)
WRITE, CREATE = 1, 0o100
NEWUSER = 0x10000000
SANITIZED = b'__asan_init' in open(os.path.join(command.BINARIES, 'rapporteur-sink'), 'rb').read()


def field(pid, name, task=None):
    with open(f'/proc/{pid}/task/{task or pid}/status', encoding='ascii') as status:
        return re.search(rf'^{name}:\s*(\S+)', status.read(), re.M).group(1)


def tasks(pid):
    return os.listdir(f'/proc/{pid}/task')


def all_below(pid):
    return [below for child in harness.children_of(pid) for below in (child, *all_below(child))]


class Confined(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = command.tempfile.mkdtemp(prefix='rapporteur-system.')
        cls.pipeline = harness.Pipeline(command.BINARIES, cls.folder, workers=1).start_all()
        cls.pipeline.submit(harness.sample_files()[0])
        cls.pipeline.wait_complete(1)
        ingest, worker, sink = (cls.pipeline.running[kind].pid for kind in ('ingest', 'worker', 'sink'))
        warden, = harness.children_of(ingest)
        cls.processes = {'ingest': ingest, 'worker': worker, 'sink': sink, 'warden': warden, 'reader': harness.children_of(warden)[0],
                         'child': harness.children_of(worker)[0]}
        cls.landlock = int(re.search(r'landlock=(\d+|no)', cls.pipeline.log('sink')).group(1).replace('no', '0'))
        cls.filtered = 'seccomp_rules=no' not in cls.pipeline.log('sink')

    @classmethod
    def tearDownClass(cls):
        try:
            cls.pipeline.submit(harness.sample_files()[1])  # whatever was asked of them, they serve
            cls.pipeline.wait_complete(2)
            report, code = cls.pipeline.wait_balanced()
            assert code == 0, report
            assert set(cls.pipeline.stop_all().values()) == {0}
        finally:
            for process in cls.pipeline.running.values():
                process.kill()
                process.wait()
            shutil.rmtree(cls.folder)

    def ask(self, who, call, *arguments):
        done = subprocess.run([os.path.join(command.BINARIES, 'ask_from'), str(self.processes[who]), str(call), *map(str, arguments)],
                              capture_output=True, text=True, check=False, timeout=60)
        if done.returncode == 77:
            self.skipTest(done.stderr.strip())
        self.assertEqual(done.returncode, 0, done.stderr)
        return int(done.stdout)

    def refused(self, who, call, *arguments, error=errno.EPERM):
        self.assertEqual(self.ask(who, call, *arguments), -error, f'{who}: call {call} {arguments}')

    def needs(self, what, name):
        if not what:
            self.skipTest(f'this kernel has no {name}')

    def test_every_thread_says_so(self):
        for who, pid in self.processes.items():
            for task in tasks(pid):
                self.assertEqual(field(pid, 'NoNewPrivs', task), '1', who)
                if self.filtered:
                    self.assertEqual(field(pid, 'Seccomp', task), '2', who)
                self.assertEqual(int(field(pid, 'CapEff', task), 16), 0, who)
                if os.geteuid() == 0:
                    self.assertEqual(int(field(pid, 'CapBnd', task), 16), 0, who)
            with open(f'/proc/{pid}/limits', encoding='ascii') as limits:
                self.assertRegex(limits.read(), r'Max core file size +0 +0')

    def test_one_line_a_daemon(self):
        for kind in ('ingest', 'worker', 'sink'):
            self.assertEqual(len(re.findall(rf'process.confined process={kind} uid=\d+ no_new_privs=yes', self.pipeline.log(kind))), 1)

    def test_what_nobody_needs(self):
        self.needs(self.filtered, 'seccomp filters')
        for who in self.processes:
            if not SANITIZED:
                self.refused(who, PTRACE, 16, os.getpid())
            self.refused(who, SETUID, 0)
            self.refused(who, MOUNT, 'none', '/tmp', 'tmpfs', 0, 0)
            self.refused(who, KEYCTL, 0, 0)
            self.refused(who, UNSHARE, NEWUSER)
            self.refused(who, BPF, 0, 0, 0)
            self.refused(who, IO_URING, 1, 0)
            self.refused(who, MMAP, 0, 4096, 6, 0x22, 2**64 - 1, 0)  # writable, executable
            self.refused(who, SOCKET, 17, 3, 0)                      # packets

    def test_who_starts_nothing(self):
        self.needs(self.filtered, 'seccomp filters')
        if SANITIZED:
            self.skipTest('sanitizers start processes themselves')
        for who in ('sink', 'child', 'ingest'):
            self.refused(who, FORK)
            self.refused(who, EXECVE, '/bin/true', 0, 0)
        self.refused('worker', EXECVE, '/bin/true', 0, 0)

    def test_readers_have_no_sockets(self):
        self.needs(self.filtered, 'seccomp filters')
        self.refused('reader', SOCKET, 2, 1, 0)
        self.refused('reader', SOCKET, 1, 1, 0)
        self.refused('child', LISTEN, 0, 1)

    def test_files_of_others(self):
        self.needs(self.landlock, 'Landlock')
        with command.tempfile.NamedTemporaryFile(prefix='rapporteur-secret.') as secret:
            os.chmod(secret.name, 0o666)
            for who in self.processes:
                self.refused(who, OPENAT, AT_FDCWD, secret.name, 0, error=errno.EACCES)
                self.refused(who, OPENAT, AT_FDCWD, secret.name, WRITE, error=errno.EACCES)
                self.refused(who, OPENAT, AT_FDCWD, secret.name + '.new', WRITE | CREATE, 0o600, error=errno.EACCES)
                self.refused(who, OPENAT, AT_FDCWD, '/etc/rapporteur.new', WRITE | CREATE, 0o600, error=errno.EACCES)

    def test_neither_journal_nor_database_for_who_reads_foreign_bytes(self):
        self.needs(self.landlock, 'Landlock')
        for who in ('warden', 'reader', 'worker', 'child'):
            for path in (self.pipeline.journal, self.pipeline.db):
                self.refused(who, OPENAT, AT_FDCWD, path, 0, error=errno.EACCES)
                self.refused(who, OPENAT, AT_FDCWD, path, WRITE, error=errno.EACCES)
        self.refused('child', OPENAT, AT_FDCWD, self.pipeline.path('cache', 'new'), WRITE | CREATE, 0o600, error=errno.EACCES)

    def test_nobody_outside_is_signalled(self):
        self.needs(self.landlock >= 6, 'Landlock of version 6')
        for who in self.processes:
            self.refused(who, KILL, os.getpid(), 0)

    def test_memory_of_those_who_read_foreign_bytes_is_bounded(self):
        if SANITIZED:
            self.skipTest('sanitizers need address space')
        for who in ('reader', 'child'):
            with open(f'/proc/{self.processes[who]}/limits', encoding='ascii') as limits:
                self.assertRegex(limits.read(), r'Max address space +\d+ ')


class Users(command.CommandTest):
    def sink(self, *arguments, **environment):
        return subprocess.run([os.path.join(command.BINARIES, 'rapporteur-sink'), '--db', self.path('x.db'), '--results',
                               'ipc://' + self.path('results'), '--receipts', 'ipc://' + self.path('receipts'), *arguments],
                              capture_output=True, text=True, check=False, env={**self.environment, 'RAPPORTEUR_USER': '', **environment},
                              timeout=60)

    def test_root_without_a_name_has_no_capabilities(self):
        if os.geteuid() != 0:
            self.skipTest('needs root')
        self.environment['RAPPORTEUR_USER'] = ''
        log = self.path('log')
        with open(log, 'w', encoding='utf8') as out:
            sink = subprocess.Popen([os.path.join(command.BINARIES, 'rapporteur-sink'), '--db', self.path('x.db'), '--results',
                                     'ipc://' + self.path('results'), '--receipts', 'ipc://' + self.path('receipts'), '--ready-fd', '1'],
                                    stdout=subprocess.PIPE, stderr=out, env=self.environment)
            self.assertEqual(sink.stdout.readline(), b'READY\n')
            self.assertEqual(int(field(sink.pid, 'CapEff'), 16), 0)
            self.assertEqual(int(field(sink.pid, 'CapBnd'), 16), 0)
            sink.terminate()
            self.assertEqual(sink.wait(), 0)
            sink.stdout.close()
        with open(log, encoding='utf8') as out:
            self.assertIn('process.root', out.read())

    def test_descriptors_that_it_may_have_it_takes(self):
        """Each worker that calls is one; shells begin with 1,024 or less."""
        sink = subprocess.Popen([os.path.join(command.BINARIES, 'rapporteur-sink'), '--db', self.path('x.db'), '--results',
                                 'ipc://' + self.path('results'), '--receipts', 'ipc://' + self.path('receipts'), '--ready-fd', '1'],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.environment,
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 1500)))
        self.assertEqual(sink.stdout.readline(), b'READY\n')
        with open(f'/proc/{sink.pid}/limits', encoding='ascii') as limits:
            self.assertRegex(limits.read(), r'Max open files +1500 +1500 ')
        sink.terminate()
        self.assertEqual(sink.wait(), 0)
        sink.stdout.close()

    def test_unknown_user(self):
        done = self.sink('--user', 'nobody-of-this-name')
        self.assertEqual(done.returncode, 2)
        self.assertIn("there is no user 'nobody-of-this-name'", done.stderr)

    def test_only_root_becomes_another(self):
        if os.geteuid() == 0:
            self.skipTest('needs a user who is not root')
        self.assertEqual(self.sink('--user', 'root').returncode, 2)

    def test_service_of_another_user(self):
        if os.geteuid() != 0:
            self.skipTest('needs root')
        nobody = pwd.getpwnam('nobody')
        os.chmod(self.folder, 0o755)
        for name in ('service', 'cache'):
            os.mkdir(self.path(name))
            os.chown(self.path(name), nobody.pw_uid, nobody.pw_gid)
        self.environment.pop('RAPPORTEUR_USER', None)
        if not reachable_by(nobody, command.BINARIES, harness.RULES):
            self.skipTest('programs or rules lie where the user nobody cannot go')
        service = self.up('service', '--user', 'nobody', '--workers', '1')
        self.write('doc.txt', command.RESOLUTION)
        self.rapporteur('submit', '--data', 'service', 'doc.txt')
        self.wait_idle()
        pids = [service.pid, *all_below(service.pid)]
        self.assertGreaterEqual(len(pids), 6)
        for pid in pids:
            self.assertEqual(field(pid, 'Uid'), str(nobody.pw_uid))
        self.assertEqual(os.stat(self.path('service', 'rapporteur.db')).st_uid, nobody.pw_uid)
        self.end(service)

    def test_unconfined_is_said_aloud(self):
        self.write('doc.txt', command.RESOLUTION)
        service = self.up('service', '--unconfined', '--workers', '1')
        self.rapporteur('submit', '--data', 'service', 'doc.txt')
        self.wait_idle()
        log = self.end(service)
        for kind in ('ingest', 'worker', 'sink'):
            self.assertIn(f'process.unconfined process={kind}', log)
        self.assertNotIn('process.confined', log)


def reachable_by(user, *paths):
    """Whether a process of that user could read them."""
    pid = os.fork()
    if pid == 0:
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        os._exit(0 if all(os.access(path, os.R_OK | os.X_OK) for path in paths) else 1)
    return os.waitpid(pid, 0)[1] == 0


if __name__ == '__main__':
    command.main()
