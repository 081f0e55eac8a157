#!/usr/bin/python3
"""A worker of one's own in Python: says of every chunk how long a person reads it, in the scheme example.reading-time.

    ./annotator.py --work ipc://run/annotate.ipc --results ipc://run/results.ipc

It is written from doc/protocol.md alone and needs python3-zmq and python3-msgpack. To make it yours, change SCHEME, PIPELINE
and classify(); all else is the conversation of section 4, which has to be so."""
import argparse
import os
import random
import secrets
import signal
import socket
import sys
import time

import msgpack
import zmq

SCHEME = 'example.reading-time'  # ours alone: it has a dot
PIPELINE = 'reading-time 1'      # another version of classify() is another name
PROTOCOL = 1
HELLO, WELCOME, REFUSE, WORK, DONE, FAIL, RETURN, HEARTBEAT, BYE, RESULT = range(1, 11)
ORDINAL, KIND, LABEL, TEXT = 0, 1, 3, 4  # places in a chunk, section 6.2
CLASSIFICATION = 0


def classify(chunk):
    """(code, score, rule) of each class of the chunk, best first; none is an answer, too."""
    seconds = len(chunk[TEXT].split()) * 60 // 230
    if seconds:
        yield 'a moment' if seconds < 10 else 'a minute' if seconds <= 60 else 'longer', 1.0, f'seconds:{seconds}'


class Annotator:
    """One loop does it all, so that heartbeats are proof of work: a loop that hangs falls silent."""

    def __init__(self, work, results, name, look=classify):
        self.name, self.look = name, look
        context = zmq.Context()
        self.work, self.results = context.socket(zmq.DEALER), context.socket(zmq.PUSH)
        for end, address in ((self.work, work), (self.results, results)):
            end.setsockopt(zmq.LINGER, 1000)
            end.set_hwm(64)
            end.connect(address)
        self.draining, self.progress = False, 0
        self.call_anew()
        self.wake, wake_end = os.pipe()  # signals interrupt the wait
        os.set_blocking(wake_end, False)
        signal.set_wakeup_fd(wake_end)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self, 'draining', True))

    def call_anew(self):
        """As another incarnation, that holds nothing."""
        self.epoch, self.incarnation, self.queue, self.hand = None, secrets.randbits(63) | 1, [], 0
        self.beat_s, self.call_s, self.due = 0.5, 0.25, 0.0

    def tell(self, kind, body):
        try:
            self.work.send(msgpack.packb([kind, body]), zmq.DONTWAIT)
        except zmq.Again:
            pass  # what is lost here is found out by the lease

    def pulse(self):
        """Calls, or beats, when it is time."""
        now = time.monotonic()
        if now < self.due:
            return
        if self.epoch is None:
            self.tell(HELLO, {1: PROTOCOL, 2: PROTOCOL, 3: 'annotator', 4: self.name, 5: self.incarnation, 6: PIPELINE,
                              7: 4, 8: 512 * 1024, 10: SCHEME})
            self.due = now + self.call_s * random.uniform(0.5, 1.5)
            self.call_s = min(self.call_s * 2, 30)
        else:
            self.tell(HEARTBEAT, {1: self.progress, 2: self.hand})
            self.due = now + self.beat_s

    def hear(self):
        while self.work.poll(0):
            kind, body = msgpack.unpackb(self.work.recv(), strict_map_key=False)[:2]
            if kind == WELCOME:
                if self.epoch not in (None, body[2]):
                    self.queue = []
                self.epoch, self.beat_s, self.due = body[2], body.get(3, 500) / 1000, 0.0
            elif kind == REFUSE and body.get(1) == 'unknown':
                if self.epoch is not None:
                    self.call_anew()
            elif kind == REFUSE:
                sys.exit(f'refused: {body.get(1)}')
            elif kind == WORK and body[1] == self.epoch:
                self.queue.append(body)

    def wait(self):
        poller = zmq.Poller()
        poller.register(self.work, zmq.POLLIN)
        poller.register(self.wake, zmq.POLLIN)
        if self.wake in dict(poller.poll(max(0, int((self.due - time.monotonic()) * 1000) + 1))):
            os.read(self.wake, 64)

    def do(self, work):
        """One RESULT is enough for a batch of ours: its chunks have 256 KiB at most, or are one."""
        epoch, batch, attempt = self.epoch, work[2], work[3]
        self.hand, entries = batch, []
        for chunk in work[7]:
            began = time.monotonic()
            try:
                found = [[CLASSIFICATION, 0, 0, SCHEME, code, score, rank, rule]
                         for rank, (code, score, rule) in enumerate(self.look(chunk), 1)]
            except Exception as error:  # pylint: disable=broad-exception-caught
                self.tell(FAIL, {1: epoch, 2: batch, 3: attempt, 4: chunk[ORDINAL], 5: repr(error)[:1000]})
                return
            entries.append([chunk, found, int((time.monotonic() - began) * 1e6)])
            self.progress += 1
            self.pulse()
        result = msgpack.packb([RESULT, {1: PROTOCOL, 2: epoch, 3: batch, 4: attempt, 5: self.name, 6: PIPELINE,
                                         7: work.get(5, ''), 8: work[6], 9: entries, 10: SCHEME}])
        while not self.results.poll(100, zmq.POLLOUT):  # the sink is not taking: wait, and go on beating
            self.hear()
            self.pulse()
            if self.draining or self.epoch != epoch:
                self.tell(RETURN, {1: epoch, 2: batch, 3: attempt})
                return
        self.results.send(result)
        self.tell(DONE, {1: epoch, 2: batch, 3: attempt})

    def run(self):
        while not self.draining:
            self.hear()
            self.pulse()
            if self.queue:
                self.do(self.queue.pop(0))
                self.hand = 0
            else:
                self.wait()
        for work in self.queue:
            self.tell(RETURN, {1: work[1], 2: work[2], 3: work[3]})
        self.tell(BYE, {1: 'drained'})
        self.work.close()
        self.results.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--work', required=True, help="the sink's address for annotators")
    parser.add_argument('--results', required=True, help='where the sink takes results')
    parser.add_argument('--id', default=f'{socket.gethostname()}-{os.getpid()}')
    options = parser.parse_args()
    Annotator(options.work, options.results, options.id).run()


if __name__ == '__main__':
    main()
