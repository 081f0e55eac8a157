#!/usr/bin/env python3
"""Strangers at the daemons' sockets: valid messages in absurd orders, mutated, cut, huge, empty and of many frames, of wrong
versions, and bytes that are no ZeroMQ at all, from many peers that come and go. While real documents pass through. The daemons
must go on as the processes that they are, within their memory; a document handed in at the end is stored, and the books balance.

  fuzz_sockets.py BIN [--seed N] [--seconds S]

A run with the same seed sends the same; what is answered, and so what is sent about it, may differ."""
import argparse
import hashlib
import os
import random
import re
import select
import socket
import sys
import tempfile
import time

import msgpack
import zmq

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..'))
import harness  # noqa: E402

(HELLO, WELCOME, REFUSE, WORK, DONE, FAIL, RETURN, HEARTBEAT, BYE, RESULT, OPEN, RECEIPT, NOTICE, SUBMIT, PIECE, ANSWER, COMMAND,
 REPORT, EVENT) = range(1, 20)
PEERS = 40
LARGE = 1 << 19
MEMORY_MIB = {'ingest': 600, 'sink': 900, 'worker': 400, 'child': 400}  # peaks; sanitizers get thrice as much
LOG_LINE = re.compile(rb'[0-9T:.Z-]{24} (error|warn|info|debug) [a-z]+ [a-z_]+(\.[a-z_]+)*( .*)?$')


def document(chance, **known):
    digest = hashlib.sha256(str(chance.randrange(50)).encode()).hexdigest()
    texts = {0: digest[:32], 2: 'played.txt', 4: '[]', 6: 'other', 11: 'en', 12: digest, 14: '1', 15: 'p', 16: '2030-01-01T00:00:00.000Z'}
    values = [texts.get(place, '') for place in range(17)]
    values[1] = chance.randrange(1, 60)
    return values + [1000, chance.randrange(1, 100)]


def chunk(ordinal, text='The quick brown text of a paragraph.'):
    return [ordinal, 4, '', str(ordinal), text, ['A heading'], 0, len(text), [], ['', '', '', []]]


class Stranger:
    """What is sent. Learns epochs, batches and documents from what it hears, so that it can be believed."""

    def __init__(self, chance):
        self.chance, self.epochs, self.works, self.ids = chance, [1], [], ['d' * 32]

    def number(self):
        return self.chance.choice([0, 1, 2, 3, 7, 255, 65536, 2**31, 2**32 - 1, 2**32, 2**63, 2**64 - 1, self.chance.randrange(1000)])

    def word(self):
        return self.chance.choice(['', 'worker', 'ingest', 'submitter', 'x' * 200, 'y' * 5000, '\x1b[31m\n', '%s%n', 'd' * 32, 'stage/1', '1.0',
                                   '2030-01-01', *self.ids[-3:]])

    def lease(self):
        if self.works and self.chance.random() < 0.6:
            work = self.chance.choice(self.works)
            return {1: work.get(1, 0), 2: work.get(2, 0), 3: work.get(3, 0)}
        return {1: self.chance.choice(self.epochs), 2: self.number(), 3: self.chance.choice([0, 1, 2, 2**32 - 1])}

    def runs(self):
        return [[self.chance.choice(self.ids), self.chance.randrange(5), self.chance.choice([0, 1, 5, 2**32 - 1])]
                for _ in range(self.chance.choice([0, 1, 3, 100, 5000]))]

    def body(self, kind):
        chance, n, w = self.chance, self.number, self.word
        if kind == HELLO:
            return {1: chance.choice([1, 0, 9]), 2: chance.choice([1, 2, 0, 99]), 3: chance.choice(['worker', 'ingest', 'submitter', w()]), 4: w(),
                    5: n(), 6: w(), 7: chance.choice([1, 4, 0, 2**32 - 1]), 8: chance.choice([65536, 0, 2**32 - 1]), 9: n()}
        if kind == WELCOME:
            return {1: 1, 2: n(), 3: chance.choice([500, 0, 2**32 - 1]), 4: chance.choice([2500, 0, 2**32 - 1]), 5: n()}
        if kind == WORK:
            return {1: chance.choice(self.epochs), 2: n(), 3: 1, 5: w(), 6: document(chance),
                    7: [chunk(i) for i in range(chance.choice([0, 1, 3, 64, 500]))]}
        if kind in (DONE, RETURN):
            return {**self.lease(), 4: n()}
        if kind == FAIL:
            return {**self.lease(), 4: chance.choice([0, 1, 2**32 - 1]), 5: w()}
        if kind == HEARTBEAT:
            return {1: n(), 2: n(), 3: n() & 0xffffffff, 4: chance.random() < 0.5}
        if kind == RESULT:
            body = {1: 1, **{key + 1: value for key, value in self.lease().items()}, 5: w(), 6: w(), 7: w(), 8: document(chance),
                    9: [[chunk(i), [[chance.randrange(12), 0, chance.choice([0, 5, 2**31]), 'The', w(), n()]], n()] for i in range(3)]}
            if self.works and chance.random() < 0.5:
                work = chance.choice(self.works)
                body[8] = work.get(6, document(chance))
            return body
        if kind in (OPEN, RECEIPT):
            return {1: n(), 2: self.runs(), 3: n(), 4: n(), 5: n()}
        if kind == NOTICE:
            return {1: n(), 2: document(chance), 3: chance.choice([0, 2**32 - 1]), 4: w(), 5: 3, 6: w(), 7: w(), 8: chance.choice(['', w()])}
        if kind == SUBMIT:
            return {1: w(), 2: chance.choice([0, 5, 100000, 2**40, n()]), 3: hashlib.sha256(str(n()).encode()).hexdigest(), 4: w(), 5: w(), 6: w(),
                    7: w()}
        if kind == PIECE:
            return {1: chance.choice([0, 5, n()]), 2: chance.randbytes(chance.choice([0, 5, 65536, 600000]))}
        if kind == COMMAND:  # but 'drain' and 'drop', which do what they say
            return {1: chance.choice(['status', 'wait', 'release', 'why', 'renew', w()]), 2: chance.choice(self.ids), 3: n() & 0xffffffff, 4: w(), 5: w()}
        return {1: w(), 2: w(), 3: w(), 4: n()}

    def frame(self, kind):
        chance = self.chance
        frame = msgpack.packb([kind, self.body(kind)])
        fate = chance.random()
        if fate < 0.55:
            return frame
        if fate < 0.70:  # some bytes are others
            frame = bytearray(frame)
            for _ in range(chance.randrange(1, 8)):
                frame[chance.randrange(len(frame))] = chance.randrange(256)
            return bytes(frame)
        if fate < 0.78:
            return frame[:chance.randrange(len(frame))]
        if fate < 0.84:
            return frame + chance.randbytes(chance.randrange(1, 100))
        if fate < 0.88:  # lengths that are not there
            return msgpack.packb([kind]) [:1] + bytes([kind]) + chance.choice([b'\xdf\xff\xff\xff\xff', b'\xdd\xff\xff\xff\xff', b'\x81' * 5000, b'\x91' * 5000])
        if fate < 0.92:
            return b''
        if fate < 0.925:
            return chance.randbytes(chance.choice([1 << 16, 1 << 20, 8 << 20]))
        return msgpack.packb(chance.choice([[99, {}], [kind, {200: 'x'}], [kind, []], {}, None, [kind, {1: [[]] * 1000}], [[kind], {}], 'words']))

    def hear(self, frame):
        try:
            kind, body = msgpack.unpackb(frame, strict_map_key=False)
        except (ValueError, TypeError, msgpack.UnpackException):
            return
        if kind == WORK:
            self.works = [*self.works[-20:], body]
            self.ids = [*self.ids[-20:], body[6][0]]
        if kind in (WELCOME, WORK) and isinstance(body.get(2 if kind == WELCOME else 1), int):
            self.epochs = [*self.epochs[-5:], body[2 if kind == WELCOME else 1]]


DOORS = {'work': (zmq.DEALER, [HELLO, DONE, FAIL, RETURN, HEARTBEAT, BYE]), 'results': (zmq.PUSH, [RESULT]),
         'receipts': (zmq.DEALER, [HELLO, OPEN, NOTICE, HEARTBEAT, BYE]), 'submit': (zmq.DEALER, [HELLO, SUBMIT, PIECE, COMMAND, BYE])}


class Crowd:
    def __init__(self, pipeline, chance):
        self.pipeline, self.chance, self.stranger = pipeline, chance, Stranger(chance)
        self.context, self.peers, self.sent = zmq.Context(), [], 0
        self.context.max_sockets = 1000

    def come(self):
        door = self.chance.choice(list(DOORS))
        peer = self.context.socket(DOORS[door][0])
        peer.setsockopt(zmq.LINGER, 0)
        peer.setsockopt(zmq.SNDHWM, 20)
        if self.chance.random() < 0.3 and DOORS[door][0] == zmq.DEALER:  # several come under one name
            peer.setsockopt(zmq.IDENTITY, self.chance.choice([b'one', b'two', b'x' * 255]))
        peer.connect(self.pipeline.address(door))
        self.peers.append((door, peer))

    def go(self):
        _, peer = self.peers.pop(self.chance.randrange(len(self.peers)))
        peer.close()

    def speak(self):
        door, peer = self.chance.choice(self.peers)
        kinds = DOORS[door][1] if self.chance.random() < 0.85 else list(range(0, 21))
        frames = [self.stranger.frame(self.chance.choice(kinds)) for _ in range(self.chance.choice([1, 1, 1, 1, 1, 1, 1, 2, 5]))]
        try:
            peer.send_multipart(frames, zmq.NOBLOCK)
            self.sent += 1
        except zmq.Again:
            pass
        if DOORS[door][0] != zmq.PUSH:
            self.listen(peer)

    def listen(self, peer):
        for _ in range(10):
            try:
                for frame in peer.recv_multipart(zmq.NOBLOCK):
                    self.stranger.hear(frame)
            except zmq.Again:
                return

    def shout(self):
        """Bytes that are no ZeroMQ, or begin as it does."""
        with socket.socket(socket.AF_UNIX) as raw:
            raw.settimeout(1)
            try:
                raw.connect(self.pipeline.address(self.chance.choice(list(DOORS)))[len('ipc://'):])
                greeting = b'\xff' + bytes(8) + b'\x7f\x03\x01' + b'NULL' + bytes(48)
                raw.sendall(self.chance.choice([b'', greeting[:self.chance.randrange(64)], greeting])
                            + self.chance.randbytes(self.chance.choice([0, 1, 64, 5000])))
            except OSError:
                pass

    def act(self):
        fate = self.chance.random()
        if len(self.peers) < 3 or (fate < 0.03 and len(self.peers) < PEERS):
            self.come()
        elif fate < 0.05:
            self.go()
        elif fate < 0.06:
            self.shout()
        else:
            self.speak()

    def disperse(self):
        for _, peer in self.peers:
            peer.close()
        self.context.destroy(0)


def text(number):
    return '\n\n'.join(['United Nations', f'A/RES/93/{number}', f'93/{number}. Rivers', 'The General Assembly,',
                        *(f'{n}. Requests the Secretary-General to report on river {n} of {number};' for n in range(1, 9))]) + '\n'


def hand_in(pipeline, number):
    with open(pipeline.path(f'new{number}'), 'w', encoding='utf8') as file:
        file.write(text(number))
    os.rename(pipeline.path(f'new{number}'), pipeline.path('inbox', f'{number}.txt'))


def stored(pipeline, number):
    import sqlite3
    with sqlite3.connect(f'file:{pipeline.db}?mode=ro', uri=True) as db:
        return db.execute("SELECT count(*) FROM document WHERE source = ? AND state = 'complete'", (f'{number}.txt',)).fetchone()[0]


def wait_for(fact, what, seconds=90):
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, what
        select.select([], [], [], 0.02)


def check_memory(pids, factor):
    for who, pid in pids.items():
        peak = harness.usage_of(pid)['peak_mib']
        print(f'  {who}: {peak:.0f} MiB at most')
        assert peak < MEMORY_MIB[who] * factor, f'{who} took {peak:.0f} MiB'


def check_logs(pipeline, kinds):
    for kind in kinds:
        with open(pipeline.path(kind + '.log'), 'rb') as log:
            for line in log.read().splitlines():
                assert LOG_LINE.match(line), (kind, line)


def besiege(binaries, chance, seconds, factor):
    """All four doors of a whole pipeline."""
    with tempfile.TemporaryDirectory(prefix='rapporteur-fuzz.') as folder:
        pipeline = harness.Pipeline(binaries, folder, workers=1)
        try:
            pipeline.start_all()
            pids = {kind: process.pid for kind, process in pipeline.running.items()}
            crowd, end, documents, turn = Crowd(pipeline, chance), time.monotonic() + seconds, 0, 0
            while time.monotonic() < end:
                crowd.act()
                turn += 1
                if turn % 400 == 1:
                    documents += 1
                    hand_in(pipeline, documents)
                for kind, process in pipeline.running.items():
                    assert process.poll() is None, f'{kind} ended with {process.returncode} after {turn} turns:\n{pipeline.log(kind)[-3000:]}'
            crowd.disperse()
            hand_in(pipeline, 9000)
            wait_for(lambda: stored(pipeline, 9000), 'the last document is not stored')
            report, code = pipeline.wait_balanced()
            assert code == 0, report
            print(f'  {crowd.sent} messages of {turn} turns, {documents} documents beside them')
            check_memory(pids, factor)
            check_logs(pipeline, pids)
            assert set(pipeline.stop_all().values()) == {0}
        finally:
            for process in pipeline.running.values():
                process.kill()
                process.wait()


def deceive(binaries, chance, seconds, factor):
    """A worker whose ingest is a stranger."""
    with tempfile.TemporaryDirectory(prefix='rapporteur-fuzz.') as folder:
        pipeline = harness.Pipeline(binaries, folder, workers=1)
        context, stranger, sent = zmq.Context(), Stranger(chance), 0
        ingest, sink = context.socket(zmq.ROUTER), context.socket(zmq.PULL)
        for one, name in ((ingest, 'work'), (sink, 'results')):
            one.setsockopt(zmq.LINGER, 0)
            one.bind(pipeline.address(name))
        try:
            process = pipeline.start('worker')
            wait_for(lambda: ingest.poll(0), 'nobody says hello')
            peer, first = ingest.recv_multipart()
            child, = harness.children_of(process.pid)
            assert msgpack.unpackb(first, strict_map_key=False)[0] == HELLO
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                kind = chance.choice([WELCOME, WELCOME, WORK, WORK, WORK, RECEIPT, HEARTBEAT, *range(0, 21)])
                frame = stranger.frame(kind)
                if len(frame) > LARGE:  # the worker is cut off by its own socket, for good: see doc/security.md
                    continue
                if not frame[1:2] == bytes([REFUSE]) and not (kind == WELCOME and frame[2:] and frame.find(b'\x01\x01') < 0):
                    ingest.send_multipart([peer, frame])  # not those that end it: a refusal, another version
                    sent += 1
                while ingest.poll(0):
                    peer, said = ingest.recv_multipart()
                    stranger.hear(said)
                while sink.poll(0):
                    sink.recv()
                assert process.poll() is None, pipeline.log('worker')[-3000:]
            converse(ingest, sink, stranger)
            print(f'  {sent} messages to a worker')
            log = pipeline.log('worker')
            assert not re.search('how=(killed|hung|failed)', log), log[-3000:]
            if harness.children_of(process.pid) == [child]:
                check_memory({'child': child}, factor)
            check_logs(pipeline, ['worker'])
            pipeline.stop('worker')
        finally:
            for running in pipeline.running.values():
                running.kill()
                running.wait()
            context.destroy(0)


def converse(ingest, sink, stranger):
    """Whoever says hello is welcomed, and does what an honest ingest gives it."""
    end, done, batch = time.monotonic() + 20, False, 77
    refused = set()
    while not done and time.monotonic() < end:
        if sink.poll(20):
            kind, body = msgpack.unpackb(sink.recv(), strict_map_key=False)
            done = kind == RESULT and body.get(2) == 4711 and body.get(3) == batch
        while ingest.poll(0):
            peer, said = ingest.recv_multipart()
            kind = msgpack.unpackb(said, strict_map_key=False)[0]
            if kind == HELLO:
                ingest.send_multipart([peer, msgpack.packb([WELCOME, {1: 1, 2: 4711, 3: 500, 4: 2500, 5: 4712}])])
                ingest.send_multipart([peer, msgpack.packb([WORK, {1: 4711, 2: batch, 3: 1, 5: '2030-01-01T00:00:00.000Z',
                                                                   6: document(stranger.chance), 7: [chunk(0)]}])])
            elif kind == HEARTBEAT and peer not in refused:  # it thinks that it is served: it is not any more
                refused.add(peer)
                ingest.send_multipart([peer, msgpack.packb([REFUSE, {1: 'unknown', 2: 1, 3: 1}])])
    assert done, 'the worker does not serve any more'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('binaries')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--seconds', type=float, default=6)
    options = parser.parse_args()
    binaries = os.path.abspath(options.binaries)
    with open(os.path.join(binaries, 'rapporteur-sink'), 'rb') as program:
        factor = 3 if b'__asan_init' in program.read() else 1
    for name, play in (('besiege', besiege), ('deceive', deceive)):
        print(f'{name}: seed {options.seed}, {options.seconds:g} s', flush=True)
        play(binaries, random.Random(f'{name} {options.seed}'), options.seconds, factor)


if __name__ == '__main__':
    main()
