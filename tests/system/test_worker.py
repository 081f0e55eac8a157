#!/usr/bin/env python3
"""The worker against an ingest and a sink made of bare sockets, so that each turn of the protocol can be played out.

  test_worker.py BIN

Every wait is for a message, a line of the log or the end of a process; a wait that is in vain fails the test."""
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import traceback

import msgpack
import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # noqa: E402

HELLO, WELCOME, REFUSE, WORK, DONE, FAIL, RETURN, HEARTBEAT, BYE, RESULT = range(1, 11)
PATIENCE_MS = 60000
EPOCH = 4711


def document(chunks=100):
    texts = {0: 'd' * 32, 2: 'played.txt', 4: '[]', 6: 'other', 11: 'en', 12: 'd' * 64, 14: '1', 15: 'p', 16: '2030-01-01T00:00:00.000Z'}
    values = [texts.get(place, '') for place in range(17)]
    values[1] = 1
    return values + [1000, chunks]


def chunk(ordinal, text='The quick brown text of a paragraph.', kind=4):
    return [ordinal, kind, '', str(ordinal), text, ['A heading'], 0, len(text), [], ['', '', '', []]]


def work(batch, chunks, attempt=1, epoch=EPOCH, particulars=None):
    return [WORK, {1: epoch, 2: batch, 3: attempt, 4: False, 5: '2030-01-01T00:00:00.000Z', 6: particulars or document(), 7: chunks}]


class Body(dict):
    """A message's body: a key that is absent stands for zero or ''."""

    def __missing__(self, key):
        return 0


def unpack(frame):
    kind, body = msgpack.unpackb(frame, strict_map_key=False)
    return kind, Body(body)


class Stage:
    """A worker, and the sockets that it believes to be ingest and sink."""

    def __init__(self, binaries, folder, children=1, sink=True, program='rapporteur-worker', environment=None):
        self.folder = folder
        self.log_path = os.path.join(folder, 'worker.log')
        self.context = zmq.Context()
        self.ingest = self.context.socket(zmq.ROUTER)
        self.ingest.setsockopt(zmq.LINGER, 0)
        self.ingest.bind(self.address('work'))
        self.sink = None
        if sink:
            self.open_sink()
        read_end, write_end = os.pipe()
        with open(self.log_path, 'wb') as log:
            self.process = subprocess.Popen(
                [os.path.join(binaries, program), '--work', self.address('work'), '--results', self.address('results'),
                 '--children', str(children), '--rules', harness.RULES, '--cache', os.path.join(folder, 'cache'), '--id', 'stage',
                 '--ready-fd', str(write_end)],
                stderr=log, stdin=subprocess.DEVNULL, pass_fds=(write_end,), env={**os.environ, **(environment or {})})
        os.close(write_end)
        ready = select.select([read_end], [], [], PATIENCE_MS / 1000)[0] and os.read(read_end, 16)
        os.close(read_end)
        assert ready == b'READY\n', f'not ready: {self.log()}'

    def address(self, name):
        return 'ipc://' + os.path.join(self.folder, name)

    def open_sink(self):
        self.sink = self.context.socket(zmq.PULL)
        self.sink.setsockopt(zmq.LINGER, 0)
        self.sink.bind(self.address('results'))

    def log(self):
        with open(self.log_path, encoding='utf8') as log:
            return log.read()

    def hear(self, *kinds):
        """The next message of one of these kinds (heartbeats are otherwise passed over): peer, kind, body."""
        while True:
            assert self.ingest.poll(PATIENCE_MS), f'no {kinds}: {self.log()}'
            peer, frame = self.ingest.recv_multipart()
            kind, body = unpack(frame)
            if kind in kinds:
                return peer, kind, body
            assert kind == HEARTBEAT, f'{kind} {body} instead of {kinds}: {self.log()}'

    def result(self):
        assert self.sink.poll(PATIENCE_MS), f'no RESULT: {self.log()}'
        kind, body = unpack(self.sink.recv())
        assert kind == RESULT
        return body

    def say(self, peer, message):
        self.ingest.send_multipart([peer, message if isinstance(message, bytes) else msgpack.packb(message)])

    def welcome(self, peer, epoch=EPOCH, heartbeat_ms=50):
        self.say(peer, [WELCOME, {1: 1, 2: epoch, 3: heartbeat_ms, 4: 2500}])

    def begin(self):
        peer, _, body = self.hear(HELLO)
        self.welcome(peer)
        return peer, body

    def child(self):
        """Process number of the only child."""
        return harness.children_of(self.process.pid)[0]

    def wait_log(self, pattern):
        """Until the log has it: the worker beats meanwhile, and each message is an occasion to look."""
        while not re.search(pattern, self.log()):
            assert self.process.poll() is None and self.ingest.poll(PATIENCE_MS), f'no "{pattern}": {self.log()}'
            self.ingest.recv_multipart()

    def wait_end(self):
        code = self.process.wait(PATIENCE_MS / 1000)
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.context.destroy(0)


def test_hello_names_the_worker(stage):
    peer, hello = stage.begin()
    assert hello[1] <= 1 <= hello[2] and hello[3] == 'worker' and hello[4] == 'stage/1', hello
    assert hello[5] != 0 and '+' in hello[6] and hello[7] >= 1 and hello[8] >= 65536, hello
    _, _, beat = stage.hear(HEARTBEAT)
    assert beat[1] == 0 and beat[2] == 0 and not beat[4], beat
    assert stage.hear(HEARTBEAT)[0] == peer


def test_work_comes_back_as_results(stage):
    peer, hello = stage.begin()
    sent = [chunk(7), chunk(8, 'Zażółć gęślą jaźń in Vienna, 3 May 2021.'), chunk(9, '')]
    stage.say(peer, work(5, sent, attempt=2))
    body = stage.result()
    assert (body[2], body[3], body[4], body[5], body[6]) == (EPOCH, 5, 2, 'stage/1', hello[6]), body
    assert body[8] == document() and [entry[0] for entry in body[9]] == sent
    assert all(isinstance(entry[1], list) and isinstance(entry[2], int) for entry in body[9])
    _, kind, done = stage.hear(DONE, FAIL)
    assert kind == DONE and (done[1], done[2], done[3]) == (EPOCH, 5, 2), done
    while stage.hear(HEARTBEAT)[2][1] != 3:  # progress
        pass


def test_batches_are_done_in_order(stage):
    peer, _ = stage.begin()
    for batch in range(1, 31):
        stage.say(peer, work(batch, [chunk(batch)]))
    assert [stage.result()[3] for _ in range(30)] == list(range(1, 31))
    assert [stage.hear(DONE)[2][2] for _ in range(30)] == list(range(1, 31))


def test_long_batches_are_split_into_messages(stage):
    peer, _ = stage.begin()
    sent = [chunk(ordinal, 'word ' * 13000) for ordinal in range(14)]
    stage.say(peer, work(1, sent))
    entries, messages = [], 0
    while len(entries) < len(sent):
        entries += stage.result()[9]
        messages += 1
    assert [entry[0] for entry in entries] == sent and messages >= 1
    stage.hear(DONE)


def test_work_of_another_epoch_is_not_done(stage):
    peer, _ = stage.begin()
    stage.say(peer, work(1, [chunk(1)], epoch=EPOCH - 1))
    stage.say(peer, work(2, [chunk(2)]))
    assert stage.hear(DONE)[2][2] == 2 and stage.result()[3] == 2


def fill(stage, peer):
    """Sends batches until the worker is blocked by the sink that takes nothing; the number sent, those DONE."""
    sent, done = 0, []
    blocked = False
    while not blocked:
        for _ in range(4):
            sent += 1
            stage.say(peer, work(sent, [chunk(sent)]))
        for _ in range(3):
            _, kind, body = stage.hear(DONE, HEARTBEAT)
            if kind == DONE:
                done.append(body[2])
            else:
                blocked = blocked or body[4]
        assert sent < 1000, 'never blocked'
    return sent, done


def test_drain_returns_what_is_not_done(stage):
    peer, _ = stage.begin()
    sent, done = fill(stage, peer)
    stage.process.terminate()
    returned = []
    while True:
        _, kind, body = stage.hear(DONE, RETURN, BYE)
        if kind == BYE:
            break
        (done if kind == DONE else returned).append(body[2])
    assert returned and sorted(done + returned) == list(range(1, sent + 1)), (sent, done, returned)
    assert stage.wait_end() == 0, stage.log()


def test_blocked_worker_beats_and_goes_on(stage):
    peer, _ = stage.begin()
    sent, done = fill(stage, peer)
    for _ in range(5):
        assert stage.hear(HEARTBEAT)[2][4]
    stage.open_sink()
    while len(done) < sent:
        done.append(stage.hear(DONE)[2][2])
    assert sorted(stage.result()[3] for _ in range(sent)) == list(range(1, sent + 1))
    while stage.hear(HEARTBEAT)[2][4]:
        pass


def test_drain_when_idle(stage):
    stage.begin()
    stage.process.send_signal(signal.SIGINT)
    stage.hear(BYE)
    assert stage.wait_end() == 0


def test_drain_before_any_welcome(stage):
    stage.hear(HELLO)
    stage.process.terminate()
    assert stage.wait_end() == 0


def test_refused_version_backs_off(stage):
    peer, _, first = stage.hear(HELLO)
    stage.say(peer, [REFUSE, {1: 'too old', 2: 7, 3: 9}])
    peer, _, second = stage.hear(HELLO)  # the parent tries again, later
    assert second[5] != first[5], 'the same incarnation'
    log = stage.log()
    assert re.search(r'worker\.refused .*too old.*protocol_there=7-9.*protocol_here=1-1', log), log
    assert 'how=refused' in log, log
    stage.welcome(peer)
    stage.say(peer, work(1, [chunk(1)]))
    stage.hear(DONE)


def test_unknown_worker_begins_anew(stage):
    peer, first = stage.begin()
    stage.hear(HEARTBEAT)
    for _ in range(3):
        stage.say(peer, [REFUSE, {1: 'unknown'}])
    peer, _, second = stage.hear(HELLO)
    assert second[5] != first[5] and second[4] == first[4]
    stage.welcome(peer, epoch=EPOCH + 1)
    stage.say(peer, work(1, [chunk(1)], epoch=EPOCH + 1))
    assert stage.hear(DONE)[2][1] == EPOCH + 1
    assert stage.process.poll() is None and 'child.ended' not in stage.log()


def test_lost_ingest_is_found_again(stage):
    stage.begin()
    stage.hear(HEARTBEAT)
    stage.ingest.close()
    stage.ingest = stage.context.socket(zmq.ROUTER)
    stage.ingest.setsockopt(zmq.LINGER, 0)
    stage.ingest.bind(stage.address('work'))
    peer, _, _ = stage.hear(HEARTBEAT)  # from one that the new ingest does not know
    stage.say(peer, [REFUSE, {1: 'unknown'}])
    peer, _, _ = stage.hear(HELLO)
    stage.welcome(peer, epoch=EPOCH + 1)
    stage.say(peer, work(1, [chunk(1)], epoch=EPOCH + 1))
    stage.hear(DONE)


def test_malformed_work_is_refused(stage):
    peer, _ = stage.begin()
    good = chunk(3)
    bad_kind = chunk(4, kind=99)
    mark_beyond = chunk(5)
    mark_beyond[8] = [1000, 1]
    stage.say(peer, work(1, [good, bad_kind]))
    stage.say(peer, work(2, [mark_beyond]))
    stage.say(peer, work(3, [good], particulars='no document'))
    stage.say(peer, work(4, []))
    answers = [stage.hear(FAIL)[2] for _ in range(4)]
    assert [answer[2] for answer in answers] == [1, 2, 3, 4], answers
    assert answers[0][4] == 4 and answers[2][4] == 3, answers
    assert all(answer[5] for answer in answers), 'a FAIL without a cause'


def test_garbage_is_survived(stage):
    peer, _ = stage.begin()
    frame = msgpack.packb(work(6, [chunk(1)]))
    for garbage in (b'', b'\x00', b'\xc1' * 50, frame[:10], frame + b'\x00', msgpack.packb([99, {}]), msgpack.packb([WORK, 5]),
                    b'\x92\x04\xdf\xff\xff\xff\xff', b'\xdd\xff\xff\xff\xff' * 20, msgpack.packb([WORK, {1: 'x'}])):
        stage.say(peer, garbage)
    stage.ingest.send_multipart([peer, frame, frame])  # more frames than a message has
    stage.say(peer, work(8, [chunk(1)]))
    answers = []
    while not answers or answers[-1][0] != DONE:
        _, kind, body = stage.hear(DONE, FAIL)
        answers.append((kind, body[2]))
    assert answers[-1] == (DONE, 8) and set(answers[:-1]) <= {(FAIL, 6)}, answers
    assert stage.result()[3] == 8
    assert 'message.malformed' in stage.log() and 'child.ended' not in stage.log()


def test_work_cut_short_is_failed_by_number(stage):
    peer, _ = stage.begin()
    frame = msgpack.packb(work(6, [chunk(1)], attempt=3))
    stage.say(peer, frame[:-40])
    fail = stage.hear(FAIL)[2]
    assert (fail[1], fail[2], fail[3]) == (EPOCH, 6, 3), fail


def test_killed_child_is_replaced(stage):
    _, first = stage.begin()
    os.kill(stage.child(), signal.SIGKILL)
    peer, _, second = stage.hear(HELLO)
    assert second[4] == first[4] and second[5] != first[5]
    assert 'how=killed' in stage.log()
    stage.welcome(peer)
    stage.say(peer, work(1, [chunk(1)]))
    stage.hear(DONE)


def test_children_end_with_their_parent(stage):
    stage.begin()
    child = stage.child()
    stage.process.kill()
    stage.hear(BYE)
    pidfd = os.pidfd_open(child) if os.path.exists(f'/proc/{child}') else None
    assert pidfd is None or select.select([pidfd], [], [], PATIENCE_MS / 1000)[0], 'the child lives on'


def test_every_child_is_a_worker_of_its_own(stage):
    hellos = [stage.hear(HELLO)[2] for _ in range(3)]
    assert sorted(hello[4] for hello in hellos) == ['stage/1', 'stage/2', 'stage/3']
    assert len({hello[5] for hello in hellos}) == 3


def test_crashing_chunk_costs_its_child_only(stage):
    peer, first = stage.begin()
    stage.say(peer, work(1, [chunk(1), chunk(2, 'here is the POISON itself')]))
    peer, _, second = stage.hear(HELLO)
    assert second[5] != first[5] and 'how=killed' in stage.log()
    stage.welcome(peer)
    stage.say(peer, work(2, [chunk(1)]))
    assert stage.hear(DONE)[2][2] == 2


def test_hung_child_is_ended(stage):
    peer, first = stage.begin()
    stage.say(peer, work(1, [chunk(1), chunk(2, 'here is the POISON itself')]))
    peer, _, second = stage.hear(HELLO)
    assert second[5] != first[5] and 'how=hung' in stage.log(), stage.log()


#  How a test's worker differs from the usual.
STAGES = {
    'test_drain_returns_what_is_not_done': {'sink': False},
    'test_blocked_worker_beats_and_goes_on': {'sink': False},
    'test_every_child_is_a_worker_of_its_own': {'children': 3},
    'test_crashing_chunk_costs_its_child_only': {'program': 'rapporteur-worker-faulty',
                                                 'environment': {'RAPPORTEUR_FAULT_CHUNK': 'POISON:crash'}},
    'test_hung_child_is_ended': {'program': 'rapporteur-worker-faulty', 'environment': {'RAPPORTEUR_FAULT_CHUNK': 'POISON:hang'}},
}


def test_bad_usage_is_told(binaries):
    program = os.path.join(binaries, 'rapporteur-worker')
    address = ['--work', 'ipc:///nonexistent/w', '--results', 'ipc:///nonexistent/r']
    for arguments, code, word in (([], 2, '--work'), ([*address, '--children', '0'], 2, 'children'), ([*address, '--nonsense'], 2, 'nonsense'),
                                  ([*address, '--rules', '/nonexistent'], 1, '/nonexistent')):
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == code and word in done.stderr, (arguments, done)


def main():
    binaries, chosen = sys.argv[1], sys.argv[2:]
    failed = 0
    tests = {name: test for name, test in globals().items() if name.startswith('test_')}
    for name, test in tests.items():
        if chosen and name not in chosen:
            continue
        with tempfile.TemporaryDirectory() as folder:
            stage = None
            try:
                if name == 'test_bad_usage_is_told':
                    test(binaries)
                else:
                    stage = Stage(binaries, folder, **STAGES.get(name, {}))
                    test(stage)
                print(f'ok     {name}')
            except Exception:  # every test is told of, whatever it died of
                failed += 1
                print(f'FAILED {name}')
                traceback.print_exc(file=sys.stdout)
            finally:
                if stage:
                    stage.close()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
