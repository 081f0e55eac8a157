#!/usr/bin/env python3
"""The ingest against workers, a sink and submitters made of bare sockets, so that each turn of the protocol can be played out.

  test_ingest.py BIN [NAME...]

Every wait is for a message, a line of the log or the end of a process; a wait that is in vain fails the test."""
import hashlib
import json
import os
import re
import resource
import select
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
import harness  # noqa: E402

(HELLO, WELCOME, REFUSE, WORK, DONE, FAIL, RETURN, HEARTBEAT, BYE, RESULT, OPEN, RECEIPT, NOTICE, SUBMIT, PIECE, ANSWER, COMMAND,
 REPORT, EVENT) = range(1, 20)
PATIENCE_S = 60
WHOLE = 0xffffffff
TEXT = b'Report of the seminar\n\n' + b''.join(b'%d. The seminar considered item %d of its programme of work.\n\n' % (n, n)
                                               for n in range(1, 41))


class Body(dict):
    """A message's body: a key that is absent stands for zero or ''."""

    def __missing__(self, key):
        return 0


def ranges_of(*runs):
    return [list(run) for run in runs]


class Peer:
    """A DEALER at one of ingest's sockets, and what it was told and nobody has looked at."""

    def __init__(self, stage, name, beats=False):
        self.stage, self.beats, self.heard = stage, beats, []
        self.socket = stage.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(stage.address(name))
        stage.peers.append(self)

    def tell(self, kind, body=None):
        self.socket.send(msgpack.packb([kind, body or {}]))

    def expect(self, kind):
        """The next message, which must be of this kind."""
        self.stage.until(lambda: self.heard, f'message {kind}')
        got, body = self.heard.pop(0)
        assert got == kind, f'expected {kind}, got {got}: {body}'
        return body

    def close(self):
        self.stage.peers.remove(self)
        self.socket.close()


class Worker(Peer):
    def __init__(self, stage, name, incarnation=1, credit=8):
        super().__init__(stage, 'work', beats=True)
        self.hand = 0
        self.tell(HELLO, {1: 1, 2: 1, 3: 'worker', 4: name, 5: incarnation, 6: 'p', 7: credit, 8: 1 << 20})
        self.epoch = self.expect(WELCOME)[2]

    def work(self):
        body = self.expect(WORK)
        assert body[1] == self.epoch
        return body

    def done(self, work):
        self.tell(DONE, {1: work[1], 2: work[2], 3: work[3], 4: 10})


class Submitter(Peer):
    def __init__(self, stage):
        super().__init__(stage, 'submit')

    def offer(self, text, source='x.txt', size=None, sha256=None, **more):
        self.tell(SUBMIT, {1: source, 2: len(text) if size is None else size, 3: sha256 or hashlib.sha256(text).hexdigest(), **more})
        return self.expect(ANSWER)

    def submit(self, text, source='x.txt', piece=200000, more=None):
        self.tell(SUBMIT, {1: source, 2: len(text), 3: hashlib.sha256(text).hexdigest(), **(more or {})})
        answer = self.expect(ANSWER)
        while answer[1] == 'send':
            at = answer[4]
            self.tell(PIECE, {1: at, 2: text[at:at + piece]})
            answer = self.expect(ANSWER)
        return answer

    def command(self, command, document='', ordinal=0):
        self.tell(COMMAND, {1: command, 2: document, 3: ordinal})
        body = self.expect(REPORT)
        return body[1], json.loads(body[2])

    def status(self):
        return self.command('status')[1]


class Stage:
    """An ingest, and the sink that it believes in."""

    def __init__(self, binaries, folder):
        self.binaries, self.folder = binaries, folder
        self.log_path = os.path.join(folder, 'ingest.log')
        self.context = zmq.Context()
        self.peers, self.process = [], None
        self.sink = self.sink_peer = None
        self.incarnation, self.mute, self.told_sink = 1, False, []
        self.beat_at = 0

    def address(self, name):
        return 'ipc://' + os.path.join(self.folder, name)

    def start(self, *more, stdin=subprocess.DEVNULL):
        read_end, write_end = os.pipe()
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(
                [os.path.join(self.binaries, 'rapporteur-ingest'), '--journal', self.journal, '--work', self.address('work'),
                 '--submit', self.address('submit'), '--receipts', self.address('receipts'), '--rules', harness.RULES,
                 '--ready-fd', str(write_end), *more],
                stderr=log, stdin=stdin, pass_fds=(write_end,))
        os.close(write_end)
        ready = select.select([read_end], [], [], PATIENCE_S)[0] and os.read(read_end, 16)
        os.close(read_end)
        assert ready == b'READY\n', f'not ready: {self.log()}'
        return self

    @property
    def journal(self):
        return os.path.join(self.folder, 'journal.db')

    def open_sink(self):
        self.sink = self.context.socket(zmq.ROUTER)
        self.sink.setsockopt(zmq.LINGER, 0)
        self.sink.bind(self.address('receipts'))
        self.until(lambda: self.sink_peer, 'HELLO to the sink')
        return self

    def tell_sink_side(self, kind, body):
        self.sink.send_multipart([self.sink_peer, msgpack.packb([kind, body])])

    def receipt(self, *runs, **more):
        self.tell_sink_side(RECEIPT, {2: ranges_of(*runs), 4: self.incarnation, **more})

    def hear_sink(self):
        peer, frame = self.sink.recv_multipart()
        kind, body = msgpack.unpackb(frame, strict_map_key=False)
        body = Body(body)
        if kind == HELLO:
            assert body[3] == 'ingest'
            self.sink_peer = peer
            self.tell_sink_side(WELCOME, {1: 1, 5: self.incarnation})
        elif kind == HEARTBEAT:
            self.receipt()
        else:
            self.told_sink.append((kind, body))

    def until(self, fact, what, patience=PATIENCE_S):
        """Plays sink and living workers until `fact` holds."""
        end = time.monotonic() + patience
        while not fact():
            assert time.monotonic() < end, f'in vain: {what}\n{self.log()[-3000:]}'
            poller = zmq.Poller()
            for peer in self.peers:
                poller.register(peer.socket, zmq.POLLIN)
            if self.sink and not self.mute:
                poller.register(self.sink, zmq.POLLIN)
            ready = dict(poller.poll(50))
            for peer in self.peers:
                if peer.socket in ready:
                    kind, body = msgpack.unpackb(peer.socket.recv(), strict_map_key=False)
                    peer.heard.append((kind, Body(body)))
            if self.sink in ready:
                self.hear_sink()
            if time.monotonic() - self.beat_at > 0.4:
                self.beat_at = time.monotonic()
                for peer in self.peers:
                    if peer.beats:
                        peer.tell(HEARTBEAT, {2: peer.hand})

    def expect_sink(self, kind):
        self.until(lambda: any(got == kind for got, _ in self.told_sink), f'message {kind} to the sink')
        at = next(i for i, (got, _) in enumerate(self.told_sink) if got == kind)
        return self.told_sink.pop(at)[1]

    def log(self):
        with open(self.log_path, encoding='utf8', errors='replace') as log:
            return log.read()

    def expect_log(self, pattern):
        self.until(lambda: re.search(pattern, self.log()), f'log line {pattern}')

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        if self.process and self.process.poll() is None:
            self.kill()
        for peer in list(self.peers):
            peer.close()
        if self.sink:
            self.sink.close()
        self.context.term()


def chunks_of(work):
    return [chunk[0] for chunk in work[7]]


def run_of(work):
    ordinals = chunks_of(work)
    return work[6][0], ordinals[0], len(ordinals)


def do_all(stage, worker, document, chunks):
    """Does work of a document until all its chunks were seen; receipts all. Answers the ordinals in order."""
    seen = []
    while len(seen) < chunks:
        work = worker.work()
        assert work[6][0] == document, work[6]
        seen += chunks_of(work)
        worker.done(work)
        stage.receipt(run_of(work))
    return seen


def serve_until(stage, worker, fact, what):
    """Does all work and receipts it, until `fact` holds."""
    def served():
        while worker.heard:
            work = worker.work()
            worker.done(work)
            stage.receipt(run_of(work))
        return fact()
    stage.until(served, what)


#  --- stories -------------------------------------------------------------------


def test_a_document_goes_through(stage):
    stage.start()
    client = Submitter(stage)
    answer = client.submit(TEXT)
    assert answer[1] == 'taken' and answer[2] == hashlib.sha256(TEXT).hexdigest()[:32]
    worker = Worker(stage, 'w')
    stage.until(lambda: client.status()['documents']['split'] == 1, 'the reading')
    status = client.status()
    assert not status['sink']['alive'] and status['batches']['in_flight'] == 0 and not status['idle']
    client.tell(COMMAND, {1: 'wait'})
    assert not worker.heard  # no sink, no work
    stage.open_sink()
    seen = do_all(stage, worker, answer[2], status['chunks']['open'])
    assert seen == list(range(len(seen))) and len(seen) > 40, seen
    report = json.loads(client.expect(REPORT)[2])
    assert report['idle'] and report['documents'] == {'taken': 0, 'split': 0, 'complete': 1, 'quarantined': 0, 'dropped': 0}
    assert report['workers'][0]['id'] == 'w' and report['workers'][0]['chunks'] == len(seen)
    with sqlite3.connect(f'file:{stage.journal}?mode=ro', uri=True) as db:
        assert db.execute('SELECT state, chunks, receipted FROM document').fetchall() == [('complete', len(seen), len(seen))]
        assert db.execute('SELECT count(*) FROM batch').fetchone() == (0,)
        assert db.execute('SELECT count(*) FROM attempt').fetchone() == (0,)
    assert client.submit(TEXT)[1] == 'already'


def test_what_was_taken_survives_a_kill(stage):
    stage.start()
    client = Submitter(stage)
    taken = [client.submit(TEXT + b'%d' % n, source=f'{n}.txt')[2] for n in range(20)]
    stage.kill()
    stage.start().open_sink()
    worker = Worker(stage, 'w', credit=4)
    client = Submitter(stage)
    seen = {}
    while True:
        #  Receipts are taken in after the status was asked for: either may come first.
        stage.until(lambda: worker.heard or client.status()['documents']['complete'] == 20, 'work, or all complete')
        if not worker.heard:
            break
        work = worker.work()
        seen.setdefault(work[6][0], []).extend(chunks_of(work))
        worker.done(work)
        stage.receipt(run_of(work))
    assert list(seen) == taken  # in order of taking
    assert all(ordinals == list(range(len(ordinals))) for ordinals in seen.values())
    assert [work for work in worker.heard if work[0] == WORK] == []


def test_after_a_kill_the_sink_is_asked_before_anything_is_sent_again(stage):
    stage.start().open_sink()
    worker = Worker(stage, 'w')
    document = Submitter(stage).submit(TEXT)[2]
    first = worker.work()
    epoch = worker.epoch
    stage.kill()
    worker.close()
    stage.sink_peer = None
    stage.start()
    worker = Worker(stage, 'w', incarnation=2)
    assert worker.epoch == epoch + 1
    opened = stage.expect_sink(OPEN)
    assert [document, 0, len(chunks_of(first))] in opened[2], opened
    half = len(chunks_of(first)) // 2
    stage.tell_sink_side(RECEIPT, {1: opened[1], 2: [[document, 0, half]], 4: stage.incarnation})
    work = worker.work()
    assert work[2] == first[2] and work[3] == first[3] + 1 and work[1] == epoch + 1
    worker.done(work)
    stage.receipt((document, half, len(chunks_of(first)) - half))  # the sink names only what is new to it
    client = Submitter(stage)
    stage.until(lambda: client.status()['chunks']['stored'] >= len(chunks_of(first)), 'the batch')


def test_a_dead_workers_batches_go_to_others(stage):
    stage.start().open_sink()
    victim = Worker(stage, 'victim')
    document = Submitter(stage).submit(TEXT)[2]
    first = victim.work()
    victim.beats = False  # it hangs
    other = Worker(stage, 'other')
    again = other.work()
    assert again[2] == first[2] and again[3] == first[3] + 1, (first[2:4], again[2:4])
    assert chunks_of(again) == chunks_of(first)
    victim.done(first)  # too late: that acknowledges nothing, and it must say HELLO again
    assert victim.expect(REFUSE)[1] == 'unknown'
    stage.expect_log('worker.died worker=victim')
    other.done(again)
    stage.receipt(run_of(again))
    assert document == again[6][0]


def test_poison_ends_in_quarantine_and_can_be_released(stage):
    stage.start().open_sink()
    client = Submitter(stage)
    document = client.submit(TEXT)[2]
    stage.until(lambda: client.status()['documents']['split'] == 1, 'the reading')
    chunks, poison, deaths, incarnation = client.status()['chunks']['open'], 7, 0, 0
    while True:
        incarnation += 1
        worker = Worker(stage, 'w', incarnation=incarnation)
        while True:
            stage.until(lambda: worker.heard or any(kind == NOTICE for kind, _ in stage.told_sink), 'work or a notice')
            if not worker.heard:
                break
            work = worker.work()
            if poison in chunks_of(work):
                worker.hand = work[2]
                worker.tell(HEARTBEAT, {2: work[2]})
                deaths += 1
                break
            worker.done(work)
            stage.receipt(run_of(work))
        if any(kind == NOTICE for kind, _ in stage.told_sink):
            break
        worker.close()
    assert deaths == 5, deaths
    notice = stage.expect_sink(NOTICE)
    assert notice[2][0] == document and notice[3] == poison and 'died' in notice[4], notice
    again = stage.expect_sink(NOTICE)  # until it is receipted
    assert again[1] == notice[1]
    stage.tell_sink_side(RECEIPT, {3: notice[1], 4: stage.incarnation})
    client.tell(COMMAND, {1: 'wait'})
    serve_until(stage, worker, lambda: client.heard, 'idleness')
    report = json.loads(client.expect(REPORT)[2])
    assert report['documents']['quarantined'] == 1 and report['chunks']['stored'] == chunks - 1
    ok, why = client.command('release', document, 3)
    assert not ok and 'nothing' in why['error'], why
    stage.told_sink.clear()
    ok, why = client.command('release', document, poison)
    assert ok, why
    assert stage.expect_sink(NOTICE)[8]
    work = worker.work()
    assert work[4] and chunks_of(work) == [poison]
    worker.done(work)
    stage.receipt(run_of(work))
    stage.until(lambda: client.status()['documents']['complete'] == 1, 'the document')


def test_a_chunk_that_cannot_be_done_is_parted_from_the_others(stage):
    stage.start().open_sink()
    worker = Worker(stage, 'w')
    client = Submitter(stage)
    document = client.submit(TEXT)[2]
    fails = 0
    while fails < 3:
        work = worker.work()
        if 5 in chunks_of(work):
            worker.tell(FAIL, {1: work[1], 2: work[2], 3: work[3], 4: 5, 5: 'more findings than 8192'})
            fails += 1
            continue
        worker.done(work)
        stage.receipt(run_of(work))
    notice = stage.expect_sink(NOTICE)
    assert notice[3] == 5 and notice[4] == 'more findings than 8192' and notice[2][0] == document
    serve_until(stage, worker, lambda: client.status()['documents']['quarantined'] == 1, 'the rest')


def test_a_sink_that_restarts_is_asked(stage):
    stage.start().open_sink()
    worker = Worker(stage, 'w')
    document = Submitter(stage).submit(TEXT)[2]
    work = worker.work()
    worker.done(work)  # and the sink goes away with it
    stage.incarnation = 2
    opened = stage.expect_sink(OPEN)
    assert list(run_of(work)) in opened[2], opened
    stage.tell_sink_side(RECEIPT, {1: opened[1], 4: 2})
    again = worker.work()
    while again[2] != work[2]:
        again = worker.work()
    assert again[3] == work[3] + 1 and again[6][0] == document


def test_submissions_that_cannot_be(stage):
    stage.start()
    client = Submitter(stage)
    assert client.offer(b'abc', sha256='xyz')[1] == 'refused'
    assert client.offer(b'abc', sha256='A' * 64)[1] == 'refused'
    client.tell(SUBMIT, {1: 'x', 2: 3, 3: hashlib.sha256(b'abc').hexdigest(), 5: '2030-13-01'})
    assert 'YYYY-MM-DD' in client.expect(ANSWER)[3]
    client.tell(PIECE, {1: 0, 2: b'abc'})
    assert 'SUBMIT' in client.expect(ANSWER)[3]
    assert client.offer(b'abc', sha256='0' * 64)[1] == 'send'
    client.tell(PIECE, {1: 0, 2: b'abc'})
    assert 'sha256' in client.expect(ANSWER)[3]
    for offset, piece in ((1, b'bc'), (0, b'abcd'), (0, b'')):
        assert client.offer(b'abc')[1] == 'send'
        client.tell(PIECE, {1: offset, 2: piece})
        answer = client.expect(ANSWER)
        assert answer[1] == 'refused' and 'expected at 0' in answer[3], answer
    empty = client.offer(b'')
    assert empty[1] == 'quarantined' and 'empty' in empty[3], empty
    large = client.offer(b'abc', size=(256 << 20) + 1, sha256='1' * 64)
    assert large[1] == 'quarantined' and '268435456' in large[3], large
    assert client.offer(b'abc', size=3, sha256='1' * 64)[1] == 'quarantined'
    assert client.submit(TEXT)[1] == 'taken'
    status = client.status()
    assert status['documents']['quarantined'] == 2 and status['uploads'] == 0


def test_what_is_no_text_is_quarantined_with_its_reason(stage):
    stage.start().open_sink()
    client = Submitter(stage)
    bad = {b'\x7fELF' + bytes(range(256)) * 20: None, b'Fine at first, then \xff\xfe not UTF-8. ' * 30: None}
    for text in bad:
        assert client.submit(text)[1] == 'taken'
    for _ in bad:
        notice = stage.expect_sink(NOTICE)
        stage.tell_sink_side(RECEIPT, {3: notice[1], 4: stage.incarnation})
        assert notice[3] == WHOLE and notice[4] and notice[8] == 0, notice
        assert client.offer(next(text for text in bad if hashlib.sha256(text).hexdigest()[:32] == notice[2][0]))[1] == 'quarantined'
    client.tell(COMMAND, {1: 'wait'})
    assert json.loads(client.expect(REPORT)[2])['documents']['quarantined'] == 2


def test_many_submitters_at_once(stage):
    stage.start()
    texts = [TEXT * (20 + n) + b'%d' % n for n in range(12)]
    clients = [Submitter(stage) for _ in texts]
    for n, (client, text) in enumerate(zip(clients, texts)):
        client.tell(SUBMIT, {1: f'{n}.txt', 2: len(text), 3: hashlib.sha256(text).hexdigest()})
    at = [0] * len(texts)
    words = [None] * len(texts)
    while not all(word == 'taken' for word in words):
        stage.until(lambda: any(client.heard for client in clients), 'an answer')
        for n, client in enumerate(clients):
            if client.heard:
                answer = client.expect(ANSWER)
                words[n] = answer[1]
                if answer[1] == 'send':
                    assert answer[4] == at[n]
                    piece = texts[n][at[n]:at[n] + 7001]
                    at[n] += len(piece)
                    client.tell(PIECE, {1: answer[4], 2: piece})
                else:
                    assert answer[1] == 'taken', answer
    with sqlite3.connect(f'file:{stage.journal}?mode=ro', uri=True) as db:
        for n, text in enumerate(texts):
            body, size = db.execute('SELECT body, bytes FROM document WHERE source = ?', (f'{n}.txt',)).fetchone()
            pieces = db.execute('SELECT bytes FROM body WHERE piece / 1024 = ? ORDER BY piece', (body,)).fetchall()
            assert b''.join(piece[0] for piece in pieces) == text and size == len(text)


def test_an_upload_cut_off_leaves_nothing(stage):
    stage.start()
    client = Submitter(stage)
    text = TEXT * 1000
    assert client.offer(text)[1] == 'send'
    for at in range(0, 1500000, 500000):
        client.tell(PIECE, {1: at, 2: text[at:at + 500000]})
        assert client.expect(ANSWER)[4] == at + 500000
    stage.kill()
    stage.start()
    with sqlite3.connect(f'file:{stage.journal}?mode=ro', uri=True) as db:
        assert db.execute('SELECT (SELECT count(*) FROM body), (SELECT count(*) FROM document)').fetchone() == (0, 0)


def test_credit_is_kept(stage):
    stage.start().open_sink()
    worker = Worker(stage, 'w', credit=2)
    client = Submitter(stage)
    for n in range(6):
        client.submit(TEXT + b'%d' % n, source=str(n))
    first, second = worker.work(), worker.work()
    stage.until(lambda: client.status()['documents']['split'] == 6, 'the reading')
    assert client.status()['workers'][0]['held'] == 2 and not worker.heard
    worker.done(first)
    worker.work()
    assert client.status()['workers'][0]['held'] == 2 and not worker.heard
    assert second


def test_strangers_and_garbage_do_no_harm(stage):
    stage.start().open_sink()
    stranger = Peer(stage, 'work')
    stranger.tell(HEARTBEAT)
    assert stranger.expect(REFUSE)[1] == 'unknown'
    stranger.tell(HELLO, {1: 9, 2: 9, 3: 'worker', 4: 'x', 5: 1, 7: 1, 8: 1})
    refusal = stranger.expect(REFUSE)
    assert 'protocol' in refusal[1] and refusal[2] == 1 and refusal[3] == 1
    stranger.tell(HELLO, {1: 1, 2: 1, 3: 'tourist', 4: 'x', 5: 1, 7: 1, 8: 1})
    assert stranger.expect(REFUSE)[1]
    client = Submitter(stage)
    good = msgpack.packb([SUBMIT, {1: 'x', 2: 3, 3: 'a' * 64}])
    for frame in [b'', b'\x00', b'\xc1', b'\xdf\xff\xff\xff\xff', b'\x92\xc6', good + b'\x00', msgpack.packb([99, {}]),
                  msgpack.packb([DONE, {1: 'x'}]), msgpack.packb([COMMAND, {1: 'x' * 5000}])] + [good[:n] for n in range(len(good))]:
        for peer in (client, stranger):
            peer.socket.send(frame)
    stage.sink.send_multipart([stage.sink_peer, b'\xdf\xff\xff\xff\xff'])
    stage.sink.send_multipart([stage.sink_peer, msgpack.packb([RECEIPT, {2: [['x' * 32, 0, 1]], 3: 77, 4: 1}])])
    fresh = Submitter(stage)
    assert fresh.submit(TEXT)[1] == 'taken'
    ok, why = fresh.command('dance')
    assert not ok and 'known commands' in why['error']


def test_sigterm_drains(stage):
    stage.start().open_sink()
    worker = Worker(stage, 'w')
    client = Submitter(stage)
    document = client.submit(TEXT)[2]
    work = worker.work()
    stage.process.send_signal(signal.SIGTERM)
    stage.expect_log('ingest.draining')
    assert client.offer(b'late')[1] == 'refused'
    worker.done(work)
    stage.receipt(run_of(work))
    while worker.heard and worker.heard[0][0] == WORK:
        worker.heard.pop(0)
    stage.until(lambda: any(kind == BYE for kind, _ in worker.heard), 'BYE')
    assert stage.process.wait(PATIENCE_S) == 0
    with sqlite3.connect(f'file:{stage.journal}?mode=ro', uri=True) as db:
        chunks, receipted = db.execute('SELECT chunks, receipted FROM document').fetchone()
        opened, deaths = db.execute('SELECT sum(count), (SELECT coalesce(sum(deaths), 0) FROM attempt) FROM batch').fetchone()
        assert receipted == len(chunks_of(work)) and chunks == receipted + (opened or 0) and deaths == 0
    assert document


def test_standard_input_is_a_document(stage):
    read_end, write_end = os.pipe()
    stage.start('--stdin', 'piped.txt', stdin=read_end)
    os.close(read_end)
    os.write(write_end, TEXT[:100])
    os.write(write_end, TEXT[100:])
    os.close(write_end)
    client = Submitter(stage)
    stage.until(lambda: client.status()['documents']['split'] == 1, 'the document')
    assert client.offer(TEXT)[1] == 'already'


def test_the_inbox_is_watched(stage):
    box = os.path.join(stage.folder, 'inbox')
    os.mkdir(box)
    with open(os.path.join(box, 'before.txt'), 'wb') as file:
        file.write(TEXT)
    stage.start('--inbox', box)
    with open(os.path.join(box, 'after.txt'), 'wb') as file:
        file.write(TEXT + b'after')
    client = Submitter(stage)
    stage.until(lambda: client.status()['documents']['split'] == 2, 'both files')
    assert sorted(os.listdir(os.path.join(box, 'taken'))) == ['after.txt', 'before.txt']


def reader_of(stage):
    wardens = harness.children_of(stage.process.pid)
    return [reader for warden in wardens for reader in harness.children_of(warden)]


def test_a_reader_that_dies_costs_its_document_only(stage):
    stage.start()
    client = Submitter(stage)
    assert client.submit(TEXT)[1] == 'taken'
    stage.until(lambda: client.status()['documents']['split'] == 1, 'the first document')
    reader, = reader_of(stage)
    os.kill(reader, signal.SIGSTOP)
    assert client.submit(TEXT + b'second')[1] == 'taken'
    assert client.submit(TEXT + b'third')[1] == 'taken'
    stage.until(lambda: client.status()['reading'] == 2, 'the reader\'s queue')
    os.kill(reader, signal.SIGKILL)
    stage.until(lambda: client.status()['documents']['split'] == 3, 'all three, by another reader')
    assert reader_of(stage) != [reader]
    with sqlite3.connect(f'file:{stage.journal}?mode=ro', uri=True) as db:
        assert [row[0] for row in db.execute('SELECT deaths FROM document ORDER BY number')] == [0, 1, 0]


class Skipped(Exception):
    """The story cannot be told here, for the reason given."""


def is_sanitized(binaries):
    with open(os.path.join(binaries, 'rapporteur-ingest'), 'rb') as program:
        return b'__asan_init' in program.read()


def test_a_document_that_kills_its_reader_is_quarantined(stage):
    #  It dies of a bound on its address space, which the sanitizer reserves by the terabyte and spends on its own.
    if is_sanitized(stage.binaries):
        raise Skipped('a bound on address space means nothing under the address sanitizer')
    stage.start().open_sink()
    warden, = harness.children_of(stage.process.pid)
    with open(f'/proc/{warden}/statm', encoding='ascii') as statm:
        base = int(statm.read().split()[0]) * resource.getpagesize()
    small = base + (12 << 20)  # of memory: enough for small documents, not for a large one
    resource.prlimit(warden, resource.RLIMIT_AS, (small, resource.RLIM_INFINITY))
    client = Submitter(stage)
    large = client.submit(TEXT * 1500, source='large')
    assert large[1] == 'taken'
    assert client.submit(TEXT, source='small')[1] == 'taken'
    notice = stage.expect_sink(NOTICE)
    assert notice[2][0] == large[2] and notice[3] == WHOLE and '3 readers died' in notice[4], notice
    stage.until(lambda: client.status()['documents']['split'] == 1, 'the small document')
    for reader in reader_of(stage):
        os.kill(reader, signal.SIGKILL)
    resource.prlimit(warden, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    ok, why = client.command('release', large[2], WHOLE)
    assert ok, why
    stage.until(lambda: client.status()['documents']['split'] == 2, 'the large document')


def limit_files(stage, size):
    resource.prlimit(stage.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_disk_is_got_over(stage):
    stage.start().open_sink()
    worker = Worker(stage, 'w')
    client = Submitter(stage)
    first = client.submit(TEXT, source='first')[2]
    work = worker.work()
    limit_files(stage, 4096)
    answer = client.submit(TEXT * 30, source='second')
    assert answer[1] == 'refused' and 'journal cannot be written' in answer[3], answer
    stage.expect_log('journal.failed')
    limit_files(stage, resource.RLIM_INFINITY)
    stage.until(lambda: any(kind == REFUSE for kind, _ in worker.heard), 'the worker to be forgotten')
    worker.close()
    assert client.submit(TEXT * 30, source='second')[1] == 'taken'
    #  What was in flight is asked for, and goes on.
    opened = stage.expect_sink(OPEN)
    assert list(run_of(work)) in opened[2]
    worker = Worker(stage, 'w', incarnation=2)
    stage.tell_sink_side(RECEIPT, {1: opened[1], 4: stage.incarnation})
    serve_until(stage, worker, lambda: client.status()['documents']['complete'] == 2, 'both documents')
    assert client.offer(TEXT)[2] == first


def test_a_disk_that_stays_full_ends_the_process(stage):
    box = os.path.join(stage.folder, 'inbox')
    os.mkdir(box)
    stage.start('--give-up', '1', '--inbox', box)
    limit_files(stage, 4096)
    with open(os.path.join(box, 'a.txt'), 'wb') as file:
        file.write(TEXT)
    assert stage.process.wait(PATIENCE_S) == 1
    assert os.listdir(os.path.join(box, 'taken')) == [] and 'ingest.gave_up' in stage.log()
    stage.start('--inbox', box)
    client = Submitter(stage)
    stage.until(lambda: client.status()['documents']['split'] == 1, 'the file')


def test_killed_again_and_again_nothing_is_lost_or_doubled(stage):
    stage.start().open_sink()
    client, told, stored = Submitter(stage), {}, {}
    worker = Worker(stage, 'w')

    def play(seconds):
        """Submits and does work for a while; then the ingest is killed wherever it is."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = TEXT + b'%d' % len(told)
            answer = client.submit(text, source=f'{len(told)}.txt')
            assert answer[1] in ('taken', 'already'), answer
            told[answer[2]] = text
            serve()

    def serve():
        while worker.heard:
            kind, work = worker.heard.pop(0)
            if kind == WORK:
                stored.setdefault(work[6][0], (work[6], set()))[1].update(chunks_of(work))
                worker.done(work)
                stage.receipt(run_of(work))

    for life in range(2, 7):
        play(0.3)
        stage.kill()
        client.close()
        worker.close()
        stage.start()
        client = Submitter(stage)
        worker = Worker(stage, 'w', incarnation=life)
    while not client.status()['idle']:
        serve()
        for kind, body in stage.told_sink:
            if kind == OPEN:
                held = [[run[0], ordinal, 1] for run in body[2] for ordinal in range(run[1], run[1] + run[2])
                        if run[0] in stored and ordinal in stored[run[0]][1]]
                stage.tell_sink_side(RECEIPT, {1: body[1], 2: held, 4: stage.incarnation})
        stage.told_sink.clear()
    assert set(told) <= set(stored)
    for document, chunks in stored.values():
        assert chunks == set(range(document[18])), (document, sorted(chunks))
    numbers = [document[1] for document, _ in stored.values()]
    assert len(set(numbers)) == len(numbers)
    with sqlite3.connect(f'file:{stage.journal}?mode=ro', uri=True) as db:
        assert db.execute("SELECT count(*) FROM document WHERE state <> 'complete' OR chunks <> receipted").fetchone() == (0,)


def main():
    binaries, names = sys.argv[1], sys.argv[2:]
    failed = 0
    for name, story in list(globals().items()):
        if not name.startswith('test_') or (names and name[5:] not in names):
            continue
        with tempfile.TemporaryDirectory(prefix='ingest.') as folder:
            stage = Stage(binaries, folder)
            began = time.monotonic()
            try:
                story(stage)
                print(f'ok      {name[5:]} ({time.monotonic() - began:.1f} s)', flush=True)
            except Skipped as reason:
                print(f'skipped: {name[5:]}: {reason}', flush=True)
            except Exception:  # a story that fails must not hide the others
                failed += 1
                print(f'FAILED  {name[5:]}\n{traceback.format_exc()}', flush=True)
                if stage.process:
                    print('\n'.join(stage.log().splitlines()[-15:]))
            finally:
                stage.end()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
