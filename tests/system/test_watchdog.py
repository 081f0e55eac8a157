"""The watchdog of systemd is fed by progress: a loop that stands still is not fed. systemd is played by a socket."""
import os
import shutil
import signal
import socket
import subprocess
import time

import command
from command import CommandTest, harness

PERIOD_S = 2  # what systemd would wait for
HANG = os.path.join(command.BINARIES, 'hang.so')


class WatchdogTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.notices = {}
        self.daemons = {}
        for name in ('run', 'inbox', 'cache'):
            os.makedirs(self.path(name))

    def start(self, kind, preload=False):
        """A daemon of the service in our folder, watched."""
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notices.close)
        notices.bind(self.path(kind + '.notify'))
        notices.settimeout(60)
        self.notices[kind] = notices
        pipeline = harness.Pipeline(command.BINARIES, self.folder, workers=1)
        environment = {**self.environment, 'NOTIFY_SOCKET': self.path(kind + '.notify'), 'WATCHDOG_USEC': str(PERIOD_S * 1000000),
                       'RAPPORTEUR_HANG': self.path('hang')}
        if preload:
            environment['LD_PRELOAD'] = HANG
        with open(self.path(kind + '.log'), 'ab') as log:
            process = subprocess.Popen(pipeline.command(kind), env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.services.append(process)
        self.daemons[kind] = process
        self.hear(kind, b'READY=1')
        return process

    def hear(self, kind, what):
        """Until it says this; what it said."""
        while True:
            said = self.notices[kind].recv(4096)
            if what in said:
                return said

    def is_fed(self, kind):
        """Fed again, after all that it said up to now was read."""
        self.notices[kind].setblocking(False)
        try:
            while True:
                self.notices[kind].recv(4096)
        except BlockingIOError:
            pass
        self.notices[kind].settimeout(60)
        self.hear(kind, b'WATCHDOG=1')

    def starves(self, kind):
        """Not fed for longer than systemd would wait. What is on its way when it begins does not count."""
        end = time.monotonic() + 300  # until what hangs is reached
        fed = time.monotonic()
        while time.monotonic() - fed < PERIOD_S + 0.5:
            self.assertLess(time.monotonic(), end, 'it was fed on and on')
            self.notices[kind].settimeout(PERIOD_S + 0.5 - (time.monotonic() - fed) + 0.01)
            try:
                if b'WATCHDOG=1' in self.notices[kind].recv(4096):
                    fed = time.monotonic()
            except TimeoutError:
                pass

    def hang(self):
        self.write('hang', '')

    def go_on(self):
        os.unlink(self.path('hang'))

    def test_idle_daemons_are_fed_and_say_what_they_do(self):
        for kind in ('sink', 'ingest', 'worker'):
            self.start(kind)
        for kind in self.daemons:
            self.is_fed(kind)
            self.is_fed(kind)
        self.assertIn(b'1 workers', self.hear('ingest', b'STATUS=0 documents to read, 0 batches open, 0 in flight, 1 workers'))
        self.hear('worker', b'STATUS=1 children, 1 of them welcomed')
        self.hear('sink', b'STATUS=0 chunks stored since start')

    def test_a_stopped_loop_starves(self):
        process = self.start('sink')
        self.is_fed('sink')
        process.send_signal(signal.SIGSTOP)
        self.starves('sink')
        process.send_signal(signal.SIGCONT)
        self.is_fed('sink')

    def test_waiting_for_others_is_no_standstill(self):
        self.start('ingest')  # no sink, no worker
        shutil.copy(harness.sample_files()[0], self.path('inbox'))
        self.hear('ingest', b'0 workers; no sink')
        for _ in range(5):
            self.is_fed('ingest')

    def test_a_journal_that_hangs_starves_ingest_alone(self):
        for kind in ('sink', 'ingest', 'worker'):
            self.start(kind, preload=kind == 'ingest')
        self.is_fed('ingest')
        self.hang()
        shutil.copy(harness.sample_files()[0], self.path('inbox'))
        self.starves('ingest')
        self.is_fed('sink')
        self.is_fed('worker')
        self.go_on()
        self.is_fed('ingest')

    def test_a_store_that_hangs_starves_the_sink_alone(self):
        for kind in ('sink', 'ingest', 'worker'):
            self.start(kind, preload=kind == 'sink')
        self.is_fed('sink')
        self.hang()
        shutil.copy(harness.sample_files()[0], self.path('inbox'))
        self.starves('sink')
        self.is_fed('ingest')
        self.is_fed('worker')
        self.go_on()
        self.is_fed('sink')
        harness.Pipeline(command.BINARIES, self.folder).wait_complete(1, 60)

    def test_a_worker_whose_children_stand_still_starves(self):
        self.start('worker')
        self.is_fed('worker')
        children = [pid for pid in harness.children_of(self.daemons['worker'].pid)]
        for pid in children:
            os.kill(pid, signal.SIGSTOP)
        self.starves('worker')
        for pid in children:
            os.kill(pid, signal.SIGCONT)
        self.is_fed('worker')


if __name__ == '__main__':
    command.main()
