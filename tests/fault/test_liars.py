#!/usr/bin/env python3
"""Workers that do not keep to the protocol, beside honest ones. Between a real worker and the rest stands a meddler, which has real
results and sends something else: garbage, twice, late, DONE without a result, DONE and FAIL and RETURN for what others hold, heartbeats for what
nobody gave it, a credit of four thousand million.

  test_liars.py BIN [--full] [--seed N]

One pack of all of them by default; with --full also each alone. (A worker that invents findings is believed: who may be a worker is
another question.)"""
import collections
import os
import subprocess
import tempfile
import threading
import time

import disturb
import harness
import msgpack
import zmq

HELLO, WELCOME, REFUSE, WORK, DONE, FAIL, RETURN, HEARTBEAT, BYE, RESULT = range(1, 11)
LIES = ('garbage', 'twice', 'late', 'no result', 'for others', 'credit', 'held by nobody')
MOST = 12  # of each lie: liars tire, or those that lose results would do so for ever


class Meddler(threading.Thread):
    """Ingest and sink to one worker, a worker to ingest and sink; tells one kind of lie."""

    def __init__(self, pipeline, lie, chance):
        super().__init__(daemon=True)
        self.pipeline, self.lie, self.chance = pipeline, lie, chance
        self.context = zmq.Context()
        self.folder = tempfile.mkdtemp(dir=pipeline.path('run'), prefix='l')
        self.near_work, self.near_results = self.bind(zmq.ROUTER, 'work'), self.bind(zmq.PULL, 'results')
        self.far_work, self.far_results = self.connect(zmq.DEALER, 'work'), self.connect(zmq.PUSH, 'results')
        self.worker, self.process = None, None
        self.told, self.ending = 0, False
        self.held_back, self.release_at = [], None
        self.seen = collections.deque(maxlen=64)  # batches that it was ever given: epoch, batch, attempt

    def address(self, name):
        return f'ipc://{self.folder}/{name}'

    def bind(self, kind, name):
        socket = self.context.socket(kind)
        socket.setsockopt(zmq.LINGER, 0)
        socket.bind(self.address(name))
        return socket

    def connect(self, kind, name):
        socket = self.context.socket(kind)
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(self.pipeline.address(name))
        return socket

    def start_worker(self):
        """A real one, of one child."""
        name = 'liar-' + self.lie.replace(' ', '-')
        command = [os.path.join(self.pipeline.binaries, 'rapporteur-worker'), '--work', self.address('work'), '--results',
                   self.address('results'), '--children', '1', '--rules', harness.RULES, '--cache', self.pipeline.path('cache'), '--id', name]
        with open(self.pipeline.path(name + '.log'), 'ab') as log:
            self.process = subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL, preexec_fn=self.pipeline.before('worker'))

    def run(self):
        poller = zmq.Poller()
        for socket in (self.near_work, self.near_results, self.far_work):
            poller.register(socket, zmq.POLLIN)
        while not self.ending:
            came = dict(poller.poll(20))
            if self.near_work in came:
                self.worker, frame = self.near_work.recv_multipart()
                self.says(frame, *msgpack.unpackb(frame, strict_map_key=False))
            if self.far_work in came:
                self.hears(self.far_work.recv())
            if self.near_results in came:
                self.results(self.near_results.recv())
            if self.release_at and time.monotonic() > self.release_at:
                self.release()
        self.context.destroy(0)

    def hears(self, frame):
        kind, body = msgpack.unpackb(frame, strict_map_key=False)
        if kind == WORK:
            self.seen.append((body[1], body[2], body[3]))
        if self.worker:
            self.near_work.send_multipart([self.worker, frame])

    def send(self, *messages):
        for message in messages:
            self.far_work.send(message if isinstance(message, bytes) else msgpack.packb(message))

    def lies(self):
        self.told += 1
        return self.told <= MOST

    def says(self, frame, kind, body):
        if self.lie == 'credit' and kind == HELLO:
            body.update({7: 2**32 - 1, 8: 2**32 - 1})
            self.told += 1
            frame = msgpack.packb([kind, body])
        if self.lie == 'late' and self.release_at:
            self.held_back.append((self.far_work, frame))  # and so falls silent
            return
        self.send(frame)
        if kind == DONE and self.lie == 'twice':
            self.told += 1
            self.send(frame, frame)
        if kind == HEARTBEAT and self.lie == 'for others' and self.seen:
            self.claim(*self.seen[-1])
        if kind == HEARTBEAT and self.lie == 'held by nobody' and self.seen:
            self.told += 1
            self.send([HEARTBEAT, {1: 2**63, 2: self.chance.randrange(1, 2**40), 3: 2**32 - 1}],
                      [HEARTBEAT, {1: 1, 2: self.seen[0][1], 3: 5, 4: True}])

    def claim(self, epoch, batch, attempt):
        """Of batches near those that it has, which others hold."""
        for other in range(max(1, batch - 20), batch + 20):
            identity = {1: epoch, 2: other, 3: attempt}
            if (epoch, other, attempt) not in self.seen:
                self.told += 1
                self.send([DONE, identity], [RETURN, identity], [FAIL, {**identity, 4: 2**32 - 1, 5: 'said a liar'}])

    def results(self, frame):
        if self.lie == 'garbage' and self.lies():
            bad = bytearray(frame)
            for _ in range(20):
                bad[self.chance.randrange(len(bad))] = self.chance.randrange(256)
            bad[self.chance.randrange(8)] ^= 0xff  # and surely no message any more
            self.far_results.send(self.chance.choice((bytes(bad), frame[:len(frame) // 2], self.chance.randbytes(5000))))
        elif self.lie == 'no result' and self.lies():
            pass
        elif self.lie == 'late' and self.told < 3 and not self.release_at:
            self.told += 1
            self.release_at = time.monotonic() + disturb.LEASE_S + 1
            self.held_back.append((self.far_results, frame))
        elif self.release_at:
            self.held_back.append((self.far_results, frame))
        else:
            for _ in range(3 if self.lie == 'twice' else 1):
                self.far_results.send(frame)

    def release(self):
        """All that was held back, when others have done it long since."""
        for socket, frame in self.held_back:
            socket.send(frame)
        self.held_back, self.release_at = [], None

    def end(self):
        self.process.kill()
        self.process.wait()
        self.ending = True
        self.join(10)


def play(options, folder, lies, groups, want):
    pipeline = disturb.Disturbed(options.binaries, folder, workers=1)
    pipeline.start('sink')
    pipeline.start('ingest')
    liars = [Meddler(pipeline, lie, options.chance) for lie in lies]
    for liar in liars:
        liar.start_worker()
        liar.start()
    disturb.wait_for(lambda: str(pipeline.status().get('workers')).count('liar-') == len(lies), 'all liars to be welcomed')
    began = time.monotonic()
    for turn, group in enumerate(groups):
        submission = pipeline.feed(group)
        if turn == len(groups) // 2:
            pipeline.start('worker')  # the honest one
        pipeline.collect(submission)
    pipeline.recovered(began)
    for liar in liars:
        pipeline.faults[liar.lie] += liar.told
        liar.end()
    disturb.judge('liars' if len(lies) > 1 else 'liars: ' + lies[0], pipeline, want)
    assert all(pipeline.faults[lie] for lie in lies), f'not every lie was told: {pipeline.faults}'


def main():
    options = disturb.options(__doc__)
    with tempfile.TemporaryDirectory(prefix='rap-liars.') as folder:
        groups = disturb.rounds(os.path.join(folder, 'documents'), 20 if options.full else 10)
        want = disturb.undisturbed(options.binaries, os.path.join(folder, 'a'), disturb.flat(groups))
        packs = [LIES, *([lie] for lie in LIES)] if options.full else [LIES]
        for number, lies in enumerate(packs):
            play(options, os.path.join(folder, str(number)), lies, groups, want)


main()
