#!/usr/bin/env python3
"""A worker in another language, written from doc/protocol.md: it says what documents a chunk names by their full symbols, and how
long the chunk is to read.

  worker.py --work ADDR --results ADDR [--keys DIR] [--id NAME] [--ready-fd N]

On --ready-fd it writes "READY" once an ingest has welcomed it. SIGTERM drains: what is under the hand is finished, the rest is
returned, and it ends with 0."""
import argparse
import collections
import glob
import os
import random
import re
import secrets
import signal
import sys
import time

import msgpack
import zmq

HELLO, WELCOME, REFUSE, WORK, DONE, FAIL, RETURN, HEARTBEAT, BYE, RESULT = range(1, 11)
PROTOCOL = 1
CLASSIFICATION, CITATION = 0, 1  # numbers of finding kinds
MESSAGE_BYTES_MAX = 1024 * 1024
FINDINGS_MAX = 8192  # a chunk
CREDIT_BATCHES, CREDIT_BYTES = 2, 512 * 1024

#  Places in a chunk's array.
ORDINAL, KIND, TEXT = 0, 1, 4

#  'A/RES/91/120', 'S/RES/2396(2017)', 'A/CONF.249/9', 'E/CN.15/2038/6': no repetition inside a repetition, so linear.
SYMBOL = re.compile(r'(?<![\w/.])(?:[AES]|ST|CTOC/COP|CAC/COSP)/[A-Z0-9][A-Za-z0-9./]{1,40}(?:\(\d{4}\))?')
TYPES = re.compile(r'\d')


def citations(text):
    for match in SYMBOL.finditer(text):
        symbol = match[0].rstrip('./')
        if TYPES.search(symbol):
            yield [CITATION, match.start(), match.start() + len(symbol), symbol, '', 'other', 'python:full symbol', 0.9]


def reading_time(text):
    """A scheme of our own: how long a person reads."""
    seconds = len(text.split()) * 60 // 230
    code = 'a moment' if seconds < 10 else 'a minute' if seconds <= 60 else 'longer'
    return [CLASSIFICATION, 0, 0, 'python.reading-time', code, 1.0, 1, 'python:words']


def extract(chunk):
    return [*citations(chunk[TEXT]), reading_time(chunk[TEXT])]


def key_file(path):
    """role, public-key and (of our own) secret-key of a file of keys."""
    with open(path, encoding='ascii') as file:
        return dict(re.findall(r'^\s*([\w-]+) = "(.*)"$', file.read(), re.MULTILINE))


def key_of(pattern, role):
    """The only key of a role."""
    found, = (key for key in map(key_file, glob.glob(pattern)) if key['role'] == role)
    return found


def seal(socket, keys, host):
    """CURVE, towards whoever has the host's key and nobody else."""
    own = key_of(os.path.join(keys, '*.secret'), 'worker')
    socket.curve_publickey, socket.curve_secretkey = own['public-key'].encode(), own['secret-key'].encode()
    socket.curve_serverkey = key_of(os.path.join(keys, 'allowed', '*.public'), host)['public-key'].encode()


class Unable(Exception):
    """This chunk cannot be done."""


class Worker:
    """Its loop is the only thing that sends heartbeats: a loop that hangs falls silent."""

    def __init__(self, options):
        self.options = options
        context = zmq.Context()
        self.work, self.results = context.socket(zmq.DEALER), context.socket(zmq.PUSH)
        for socket, address, queue, host in ((self.work, options.work, 64, 'ingest'), (self.results, options.results, 8, 'sink')):
            if options.keys and address.startswith('tcp://'):
                seal(socket, options.keys, host)
            socket.setsockopt(zmq.LINGER, 1000)
            socket.setsockopt(zmq.MAXMSGSIZE, MESSAGE_BYTES_MAX)
            socket.set_hwm(queue)
            socket.connect(address)
        self.queue = collections.deque()
        self.batch, self.ordinal, self.progress, self.blocked = 0, 0, 0, False
        self.draining = False
        self.call_anew()
        self.wake, wake_end = os.pipe()
        os.set_blocking(wake_end, False)
        signal.set_wakeup_fd(wake_end)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.drain_soon)

    def drain_soon(self, *_):
        self.draining = True

    #  --- the conversation with ingest ---------------------------------------

    def call_anew(self):
        """A worker that ingest does not know (any more) is another incarnation, and holds nothing."""
        self.epoch, self.incarnation = None, secrets.randbits(63) | 1
        self.lost = True
        self.queue.clear()
        self.heartbeat_s, self.backoff_s, self.due = 0.5, 0.25, 0.0

    def tell(self, kind, body):
        try:
            self.work.send(msgpack.packb([kind, body]), zmq.DONTWAIT)
        except zmq.Again:
            pass  # ingest learns from heartbeats and receipts what was lost

    def pulse(self):
        now = time.monotonic()
        if now < self.due:
            return
        if self.epoch is None:
            self.tell(HELLO, {1: PROTOCOL, 2: PROTOCOL, 3: 'worker', 4: self.options.id, 5: self.incarnation, 6: 'python-1',
                              7: CREDIT_BATCHES, 8: CREDIT_BYTES})
            self.due = now + self.backoff_s * random.uniform(0.5, 1.5)
            self.backoff_s = min(self.backoff_s * 2, 30)
        else:
            self.tell(HEARTBEAT, {1: self.progress, 2: self.batch, 3: self.ordinal, 4: self.blocked})
            self.due = now + self.heartbeat_s

    def welcomed(self, body):
        if body[1] != PROTOCOL:
            sys.exit(f'refused: protocol {body[1]} is not spoken here')
        if self.epoch is not None and self.epoch != body[2]:
            self.queue.clear()
            self.lost = True
        self.epoch, self.heartbeat_s, self.due = body[2], body.get(3, 500) / 1000, 0.0
        if self.options.ready_fd is not None:
            os.write(self.options.ready_fd, b'READY\n')
            os.close(self.options.ready_fd)
            self.options.ready_fd = None

    def hear(self):
        while True:
            try:
                frame = self.work.recv(zmq.DONTWAIT)
            except zmq.Again:
                return
            try:
                kind, body = msgpack.unpackb(frame, strict_map_key=False)[:2]
                self.told(kind, body)
            except (msgpack.UnpackException, ValueError, TypeError, KeyError) as error:
                print(f'dropped a message: {error!r}', file=sys.stderr, flush=True)

    def told(self, kind, body):
        if kind == WELCOME:
            self.welcomed(body)
        elif kind == BYE or (kind == REFUSE and body.get(1) == 'unknown'):
            if self.epoch is not None:
                self.call_anew()
        elif kind == REFUSE:
            sys.exit(f'refused: {body.get(1)}')
        elif kind == WORK and body[1] == self.epoch and body[2] and body[3] and len(body[6]) and len(body[7]):
            self.queue.append(body)

    def wait(self, room=False):
        poller = zmq.Poller()
        poller.register(self.work, zmq.POLLIN)
        poller.register(self.wake, zmq.POLLIN)
        if room:
            poller.register(self.results, zmq.POLLOUT)
        came = dict(poller.poll(max(0, int((self.due - time.monotonic()) * 1000) + 1)))
        if self.wake in came:
            os.read(self.wake, 64)

    #  --- work ---------------------------------------------------------------

    def hand_over(self, frame):
        """To the sink's socket; while that has no room the loop goes on. False: the batch is not ours to finish."""
        while not self.lost:
            try:
                self.results.send(frame, zmq.DONTWAIT)
                self.blocked = False
                return True
            except zmq.Again:
                self.blocked = True
                if self.draining:
                    break
                self.wait(room=True)
                self.hear()
                self.pulse()
        self.blocked = False
        return False

    def frames(self, body):
        """RESULT messages of a batch, none longer than a message may be."""
        head = {1: PROTOCOL, 2: body[1], 3: body[2], 4: body[3], 5: self.options.id, 6: 'python-1', 7: body.get(5, ''),
                8: body[6]}
        room = MESSAGE_BYTES_MAX - len(msgpack.packb(head)) - 64
        entries, size = [], 0
        for chunk in body[7]:
            self.ordinal = chunk[ORDINAL]
            began = time.monotonic()
            entry = [chunk, extract(chunk), 0]
            entry[2] = int((time.monotonic() - began) * 1e6)
            grown = len(msgpack.packb(entry))
            if grown > room or len(entry[1]) > FINDINGS_MAX:
                raise Unable('more findings than a message or a chunk may have')
            if entries and size + grown > room:
                yield msgpack.packb([RESULT, {**head, 9: entries}])
                entries, size = [], 0
            entries.append(entry)
            size += grown
            self.progress += 1
            self.hear()
            self.pulse()
        yield msgpack.packb([RESULT, {**head, 9: entries}])

    def do(self, body):
        identity = {1: body[1], 2: body[2], 3: body[3]}
        self.batch, self.lost = body[2], False
        began = time.monotonic()
        try:
            if all(self.hand_over(frame) for frame in self.frames(body)):
                self.tell(DONE, {**identity, 4: int((time.monotonic() - began) * 1e6)})
            elif not self.lost:
                self.tell(RETURN, identity)
        except Unable as cause:
            self.tell(FAIL, {**identity, 4: self.ordinal, 5: str(cause)})
        self.batch = self.ordinal = 0

    def run(self):
        while True:
            self.hear()
            self.pulse()
            if self.draining:
                break
            if self.queue:
                self.do(self.queue.popleft())
            else:
                self.wait()
        for body in self.queue:
            self.tell(RETURN, {1: body[1], 2: body[2], 3: body[3]})
        if self.epoch is not None:
            self.tell(BYE, {1: 'drained'})
        self.work.close()
        self.results.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--work', required=True)
    parser.add_argument('--results', required=True)
    parser.add_argument('--keys')
    parser.add_argument('--id', default='python')
    parser.add_argument('--ready-fd', type=int)
    Worker(parser.parse_args()).run()


if __name__ == '__main__':
    main()
