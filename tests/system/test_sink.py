#!/usr/bin/env python3
"""The sink against an ingest and workers made of bare sockets.

  test_sink.py BIN

Every wait is for a message, a line of the log or the end of a process; a wait that is in vain fails the test."""
import ctypes
import os
import random
import re
import resource
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback

import msgpack
import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # noqa: E402,F401  (as root it tells daemons that they may go on)

HELLO, WELCOME, REFUSE, HEARTBEAT, BYE, RESULT, OPEN, RECEIPT, NOTICE, EVENT = 1, 2, 3, 8, 9, 10, 11, 12, 13, 19
PATIENCE_MS = 60000
WHOLE = 2**32 - 1
TEXT = 'Año 2030 – the Board “urges” all to heed A/RES/70/1.'


def document_id(number):
    return f'{number:032x}'


def document(number, chunks, symbol=''):
    values = [document_id(number), number, f'played-{number}.txt', symbol, '[]', 'A title', 'resolution', 'ga', '', '', '', 'en',
              'd' * 64, '', '1', 'p', '2030-01-01T00:00:00.000Z', 1000, chunks]
    assert len(values) == 19
    return values


def entry(ordinal, text=TEXT):
    chunk = [ordinal, 6, '', str(ordinal), text, ['A heading'], 0, 60, [], ['', '', '', []]]
    findings = [[1, 0, 8, 'A/RES/70/1', '', 'recalls', 'r', 0.9], [6, 4, 12, 'board', 'body', 'r']]
    return [chunk, findings, 17]


def result(number, chunks, ordinals, text=TEXT, worker='w1', protocol=1):
    return [RESULT, {1: protocol, 2: 1, 3: 1, 4: 1, 5: worker, 6: 'p', 7: '2030-01-01T00:00:00.000Z', 8: document(number, chunks),
                     9: [entry(ordinal, text) for ordinal in ordinals]}]


def unpack(frame):
    kind, body = msgpack.unpackb(frame, strict_map_key=False)
    return kind, body


class Stage:
    """A sink, a worker's socket and an ingest's."""

    def __init__(self, binaries, folder, flags=(), feed=False, file_limit=None):
        self.binaries, self.folder, self.flags, self.feed = binaries, folder, list(flags), feed
        self.db = os.path.join(folder, 'x.db')
        self.log_path = folder + '.log'  # beside it: the folder may be full
        self.context = zmq.Context()
        self.process = None
        self.start(file_limit)
        self.results = self.connect(zmq.PUSH, 'results')
        self.ingest = self.connect(zmq.DEALER, 'receipts')

    def address(self, name):
        return 'ipc://' + os.path.join(self.folder, name)

    def command(self):
        feed = ['--feed', self.address('feed')] if self.feed else []
        return [os.path.join(self.binaries, 'rapporteur-sink'), '--db', self.db, '--results', self.address('results'), '--receipts',
                self.address('receipts'), *feed, *self.flags]

    def start(self, file_limit=None):
        read_end, write_end = os.pipe()

        def limit():
            if file_limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, resource.RLIM_INFINITY))

        with open(self.log_path, 'ab') as log:
            # Signals as they are: a write beyond the limit is then an error, not a death.
            self.process = subprocess.Popen([*self.command(), '--ready-fd', str(write_end)], stderr=log, stdin=subprocess.DEVNULL,
                                            pass_fds=(write_end,), restore_signals=False, preexec_fn=limit)
        os.close(write_end)
        ready = select.select([read_end], [], [], PATIENCE_MS / 1000)[0] and os.read(read_end, 16)
        os.close(read_end)
        assert ready == b'READY\n', f'not ready: {self.log()}'

    def connect(self, kind, name):
        socket = self.context.socket(kind)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.SNDHWM, 10000)
        socket.connect(self.address(name))
        return socket

    def log(self):
        with open(self.log_path, encoding='utf8', errors='replace') as log:
            return log.read()

    def wait_log(self, pattern):
        until = time.monotonic() + PATIENCE_MS / 1000
        while not re.search(pattern, self.log()):
            assert time.monotonic() < until, f'no {pattern} in {self.log()[-2000:]}'
            assert self.process.poll() is None, f'ended with {self.process.returncode}: {self.log()[-2000:]}'
            select.select([], [], [], 0.01)

    def tell(self, message):
        self.ingest.send(msgpack.packb(message))

    def push(self, message):
        self.results.send(msgpack.packb(message))

    def hear(self, wanted=None):
        """The next message to ingest, of a kind if one is wanted."""
        while self.ingest.poll(PATIENCE_MS):
            kind, body = unpack(self.ingest.recv())
            if wanted in (None, kind):
                return kind, body
        raise AssertionError(f'nothing came; the log ends {self.log()[-2000:]}')

    def hello(self):
        self.tell([HELLO, {1: 1, 2: 1, 3: 'ingest', 4: 'played', 5: 7}])
        return self.hear(WELCOME)[1]

    def wait_stored(self, wanted):
        """Receipts until all of `wanted` (pairs of document number and ordinal) are told."""
        left = {(document_id(number), ordinal) for number, ordinal in wanted}
        while left:
            body = self.hear(RECEIPT)[1]
            for document, first, count in body.get(2, []):
                left -= {(document, ordinal) for ordinal in range(first, first + count)}

    def ask(self, *ranges):
        self.tell([OPEN, {1: 99, 2: [[document_id(number), first, count] for number, first, count in ranges]}])
        while True:
            body = self.hear(RECEIPT)[1]
            if body.get(1) == 99:
                return body

    def notice(self, number, notice, ordinal, released=''):
        body = {1: notice, 2: document(number, 2), 3: ordinal, 4: 'died', 5: 3, 6: '2030-01-01', 7: '2030-01-02'}
        self.tell([NOTICE, {**body, 8: released} if released else body])
        while self.hear(RECEIPT)[1].get(3) != notice:
            pass

    def rows(self, sql):
        with sqlite3.connect(f'file:{self.db}?mode=ro', uri=True) as db:
            return [tuple(row) for row in db.execute(sql)]

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(PATIENCE_MS / 1000)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.context.destroy(0)


def receipts_come_after_the_commit(stage):
    welcome = stage.hello()
    assert welcome[5] != 0
    stage.push(result(1, 3, [0, 1]))
    stage.wait_stored([(1, 0), (1, 1)])
    assert stage.rows('SELECT chunk_id & 1048575 FROM chunk ORDER BY 1') == [(0,), (1,)]  # whoever hears it can read it
    assert stage.rows('SELECT state, stored FROM document') == [('receiving', 2)]
    stage.push(result(1, 3, [2]))
    stage.wait_stored([(1, 2)])
    assert stage.rows('SELECT stored FROM document') == [(3,)]
    assert stage.rows('SELECT count(*) FROM citation c JOIN chunk t USING (chunk_id) '
                      'WHERE substr(t.text, c.start + 1, c."end" - c.start) = c.surface') == [(3,)]
    assert stage.stop() == 0
    assert stage.rows('SELECT state, linked FROM document') == [('complete', 1)]


def copies_change_nothing_and_are_receipted(stage):
    stage.hello()
    stage.push(result(1, 2, [0, 1]))
    stage.wait_stored([(1, 0), (1, 1)])
    stage.push(result(1, 2, [0, 1], text='Something else.'))
    stage.wait_stored([(1, 0), (1, 1)])
    assert stage.rows('SELECT DISTINCT text FROM chunk') == [(TEXT,)]
    assert stage.rows('SELECT count(*) FROM citation') == [(2,)]


def open_is_answered_from_the_table(stage):
    stage.hello()
    stage.push(result(1, 10, [0, 1, 5]))
    stage.push(result(2, 4, [3]))
    stage.wait_stored([(1, 5), (2, 3)])
    body = stage.ask((1, 0, 10), (2, 0, 3), (2, 3, 1), (3, 0, 100))
    assert body.get(2) == [[document_id(1), 0, 2], [document_id(1), 5, 1], [document_id(2), 3, 1]], body
    assert stage.ask((3, 0, 1)).get(2, []) == []


def heartbeats_tell_who_is_there(stage):
    incarnation = stage.hello()[5]
    stage.tell([HEARTBEAT, {}])
    assert stage.hear(RECEIPT)[1][4] == incarnation
    stage.tell([HELLO, {1: 2, 2: 9, 3: 'ingest'}])
    assert stage.hear(REFUSE)[1][2] == 1
    stage.tell([HELLO, {1: 1, 2: 1, 3: 'worker'}])
    stage.hear(REFUSE)


def foreign_input_is_refused_and_nothing_stops(stage):
    stage.hello()
    good = msgpack.packb(result(1, 300, list(range(3))))
    draw = random.Random(1)
    stage.push(result(7, 300, [0], worker='mallory', protocol=9))
    bad_span = result(7, 300, [0], worker='mallory')
    bad_span[1][9][0][1][0][2] = 10000
    stage.push(bad_span)
    stage.push(result(7, 3, [0, 5], worker='mallory'))
    stage.wait_log(r'result\.refused from=mallory document=0{31}7')
    for cut in range(len(good)):
        stage.results.send(good[:cut])
    for _ in range(500):
        wrong = bytearray(good)
        for _ in range(draw.randrange(1, 4)):
            wrong[draw.randrange(40)] = draw.randrange(256)
        stage.results.send(bytes(wrong))
        stage.ingest.send(draw.randbytes(draw.randrange(100)))
    stage.results.send_multipart([b'', good])
    stage.results.send(good + b'\0')
    stage.results.send(b'\x92\x0a' + b'\xdf\xff\xff\xff\xff')
    stage.tell([RESULT, {}])
    stage.push(result(2, 1, [0]))
    stage.wait_stored([(2, 0)])
    assert stage.rows("SELECT count(*) FROM chunk WHERE document_id = '%s'" % document_id(2)) == [(1,)]
    assert stage.stop() == 0
    refused = int(re.search(r'sink\.ended .*refused=(\d+)', stage.log())[1])
    assert refused > len(good), refused


def notices_quarantine_and_release(stage):
    stage.hello()
    stage.push(result(1, 2, [0]))
    stage.wait_stored([(1, 0)])
    stage.notice(1, 5, 1)
    assert stage.rows('SELECT state FROM document') == [('quarantined',)]
    assert stage.rows('SELECT ordinal, cause, attempts, released_at FROM quarantine') == [(1, 'died', 3, None)]
    stage.notice(1, 5, 1)  # told twice, receipted twice
    stage.notice(1, 6, 1, released='2030-01-03')
    assert stage.rows('SELECT state FROM document') == [('receiving',)]
    stage.push(result(1, 2, [1]))
    stage.wait_stored([(1, 1)])
    assert stage.stop() == 0
    assert stage.rows('SELECT state FROM document') == [('complete',)]


def a_kill_loses_nothing_that_was_receipted(stage):
    was = stage.hello()[5]
    receipted = set()
    for round_ in range(3):
        chunks = 400
        for first in range(0, chunks, 8):
            stage.push(result(round_ + 1, chunks, range(first, first + 8)))
        for document, first, count in stage.hear(RECEIPT)[1].get(2, []):
            receipted |= {(document, ordinal) for ordinal in range(first, first + count)}
        stage.stop(signal.SIGKILL)
        while stage.ingest.poll(0):  # what was on its way
            kind, body = unpack(stage.ingest.recv())
            for document, first, count in body.get(2, []) if kind == RECEIPT else []:
                receipted |= {(document, ordinal) for ordinal in range(first, first + count)}
        stage.start()
        now = stage.hello()[5]
        assert now != was
        was = now
        held = set()
        for document, first, count in stage.ask(*((number, 0, 400) for number in (1, 2, 3))).get(2, []):
            held |= {(document, ordinal) for ordinal in range(first, first + count)}
        assert receipted <= held, 'receipted, and gone'
    for number in (1, 2, 3):
        for first in range(0, 400, 8):
            stage.push(result(number, 400, range(first, first + 8)))
    stage.wait_stored([(number, ordinal) for number in (1, 2, 3) for ordinal in range(400)])
    assert stage.stop() == 0
    assert stage.rows('SELECT state, stored, chunks FROM document') == [('complete', 400, 400)] * 3
    assert stage.rows('SELECT count(*) FROM citation') == [(1200,)]
    assert stage.rows('PRAGMA integrity_check') == [('ok',)]


def the_feed_tells_of_documents_and_findings(binaries, folder):
    stage = Stage(binaries, folder, feed=True)
    try:
        feed = stage.context.socket(zmq.SUB)
        feed.setsockopt(zmq.LINGER, 0)
        feed.setsockopt(zmq.SUBSCRIBE, b'')
        feed.connect(stage.address('feed'))
        stage.hello()
        heard = {}
        for number in range(1, 10000):  # a subscription takes a moment: go on until one is heard of
            stage.push(result(number, 1, [0]))
            stage.wait_stored([(number, 0)])
            while feed.poll(0):
                topic, frame = feed.recv_multipart()
                heard[topic] = unpack(frame)
            if {b'document', b'finding.citation', b'finding.actor'} <= set(heard):
                break
        kind, body = heard[b'document']
        assert kind == EVENT and body[1] == 'document' and '"state":"complete"' in body[3] and body[2] in body[3], body
        kind, body = heard[b'finding.citation']
        assert body[1] == 'finding' and '"symbol":"A/RES/70/1"' in body[3] and '"label":"0"' in body[3], body
        assert stage.stop() == 0
    finally:
        stage.close()


def fill(stage):
    """Results, each receipted before the next, until one is not; answers how many were pushed."""
    for number in range(1, 2000):
        stage.push(result(number, 40, range(40), text=TEXT * 20))
        while not stage.ingest.poll(10):
            if 'store.failing' in stage.log():
                return number
        stage.wait_stored([(number, 39)])
    raise AssertionError('the disk was never full')


def starve_and_feed(stage, feed):
    stage.hello()
    pushed = fill(stage)
    stage.wait_log(r'store\.failing lasting_ms=[1-9]')  # tried once more, in vain
    incarnation = stage.ask((1, 0, 40))[4]
    feed()
    stage.wait_log(r'store\.recovered')
    for number in range(1, pushed + 1):  # as ingest does for what has no receipt
        stage.push(result(number, 40, range(40), text=TEXT * 20))
    stage.wait_stored([(number, ordinal) for number in range(1, pushed + 1) for ordinal in range(40)])
    assert stage.ask((1, 0, 1))[4] == incarnation, 'it was restarted'
    assert stage.stop() == 0
    assert stage.rows("SELECT count(*), sum(stored) FROM document WHERE state = 'complete'") == [(pushed, pushed * 40)]
    assert stage.rows('PRAGMA integrity_check') == [('ok',)]


def a_limit_on_files_is_waited_out(binaries, folder):
    stage = Stage(binaries, folder, file_limit=4 << 20)
    try:
        starve_and_feed(stage, lambda: resource.prlimit(stage.process.pid, resource.RLIMIT_FSIZE,
                                                        (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))
    finally:
        stage.close()


def a_full_disk_is_waited_out(binaries, folder):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b'tmpfs', folder.encode(), b'tmpfs', 0, b'size=6m') != 0:
        print(f'SKIPPED a_full_disk_is_waited_out: no tmpfs can be mounted here ({os.strerror(ctypes.get_errno())})')
        return
    stage = Stage(binaries, folder)
    try:
        starve_and_feed(stage, lambda: libc.mount(b'tmpfs', folder.encode(), b'tmpfs', 32, b'size=512m'))  # MS_REMOUNT
    finally:
        stage.close()
        libc.umount2(folder.encode(), 2)


def a_disk_that_stays_full_ends_it(binaries, folder):
    stage = Stage(binaries, folder, flags=['--give-up', '1'], file_limit=1 << 20)
    try:
        stage.hello()
        fill(stage)
        assert stage.process.wait(PATIENCE_MS / 1000) == 1
        assert 'store.given_up' in stage.log()
    finally:
        stage.close()


def a_second_sink_is_refused(stage):
    second = subprocess.run(stage.command(), capture_output=True, text=True, check=False)
    assert second.returncode == 2 and 'another sink' in second.stderr, second.stderr
    for wrong in (['--db'], ['--no-such'], []):
        done = subprocess.run([stage.command()[0], *wrong], capture_output=True, text=True, check=False)
        assert done.returncode == 2, wrong
    stage.hello()


PLAIN = [receipts_come_after_the_commit, copies_change_nothing_and_are_receipted, open_is_answered_from_the_table,
         heartbeats_tell_who_is_there, foreign_input_is_refused_and_nothing_stops, notices_quarantine_and_release,
         a_kill_loses_nothing_that_was_receipted, a_second_sink_is_refused]
OWN = [the_feed_tells_of_documents_and_findings, a_limit_on_files_is_waited_out, a_full_disk_is_waited_out,
       a_disk_that_stays_full_ends_it]


def play(test, binaries):
    folder = tempfile.mkdtemp(prefix='rap-sink-')
    try:
        if test in OWN:
            test(binaries, folder)
            return
        stage = Stage(binaries, folder)
        try:
            test(stage)
        finally:
            stage.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if os.path.exists(folder + '.log'):
            os.unlink(folder + '.log')


def main():
    failures = 0
    wanted = sys.argv[2:]
    for test in PLAIN + OWN:
        if wanted and test.__name__ not in wanted:
            continue
        try:
            play(test, sys.argv[1])
            print('ok', test.__name__, flush=True)
        except Exception:  # each test on its own
            failures += 1
            print('FAILED', test.__name__, flush=True)
            traceback.print_exc()
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
