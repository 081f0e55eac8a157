#!/usr/bin/env python3
"""Versions beside each other: which protocols are agreed on; a worker of an earlier writer of the protocol beside ours; and
documents that were read partly with one pipeline and partly with another.

  test_versions.py BIN"""
import os
import select
import sqlite3
import subprocess
import sys
import tempfile

import msgpack
import zmq

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..'))
import harness  # noqa: E402

HELLO, WELCOME, REFUSE = 1, 2, 3
ROUNDS_MAX = 20


class Peer:
    def __init__(self, address):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(address)

    def ask(self, body):
        self.socket.send(msgpack.packb([HELLO, body]))
        assert self.socket.poll(60000), body
        return msgpack.unpackb(self.socket.recv(), strict_map_key=False)


def check_protocols(pipeline):
    """The highest that both speak; else a refusal that names what is spoken."""
    for number, (door, role) in enumerate((('work', 'worker'), ('submit', 'submitter'), ('receipts', 'ingest'))):
        for least, most, agreed in ((1, 1, 1), (0, 1, 1), (1, 9, 1), (0, 9, 1), (0, 0, None), (2, 3, None)):
            peer = Peer(pipeline.address(door))
            kind, body = peer.ask({1: least, 2: most, 3: role, 4: f'{role}{number}{least}{most}', 5: 7, 7: 1, 8: 1000, 77: 'later'})
            peer.socket.close()
            if agreed:
                assert (kind, body[1]) == (WELCOME, agreed), (door, least, most, kind, body)
            else:
                assert kind == REFUSE and (body[2], body[3]) == (1, 1), (door, least, most, kind, body)
                assert body[1] != 'unknown', body  # else a worker would call again and again


def start_older(pipeline):
    read_end, write_end = os.pipe()
    with open(pipeline.path('older.log'), 'ab') as log:
        process = subprocess.Popen(['/usr/bin/python3', os.path.join(HERE, '..', 'interop', 'older_worker.py'), '--work',
                                    pipeline.address('work'), '--results', pipeline.address('results'), '--id', 'older',
                                    '--ready-fd', str(write_end)], stdout=log, stderr=log, pass_fds=(write_end,))
    os.close(write_end)
    pipeline.running['older'] = process
    said = os.read(read_end, 64) if select.select([read_end], [], [], 60)[0] else b''
    os.close(read_end)
    assert b'READY' in said, pipeline.log('older')


def rows(pipeline, question):
    with sqlite3.connect(f'file:{pipeline.db}?mode=ro', uri=True) as db:
        return db.execute(question).fetchall()


def copies(pipeline, number):
    """The samples, made other documents by a line at the end."""
    os.makedirs(pipeline.path('copies'), exist_ok=True)
    paths = []
    for sample in harness.sample_files():
        paths.append(pipeline.path('copies', f'{number}_{os.path.basename(sample)}'))
        with open(sample, encoding='utf8') as text, open(paths[-1], 'w', encoding='utf8') as copy:
            copy.write(f'{text.read()}\nCopy number {number} for the files.\n')
    return paths


def hand_in(pipeline, number, count):
    files = copies(pipeline, number)
    pipeline.submit(*files)
    pipeline.wait_complete(count + len(files))
    return count + len(files)


def check_books(pipeline, count):
    report, code = pipeline.wait_balanced()
    assert code == 0 and report['balanced'] and (report['taken'], report['stored']) == (count, count), report
    assert harness.broken_spans(pipeline.db) == []
    assert rows(pipeline, 'SELECT count(*) FROM chunk') == rows(pipeline, 'SELECT count(*) FROM provenance')


def check_older_beside_ours(pipeline):
    start_older(pipeline)
    pipeline.start('worker')
    count, workers = 0, set()
    for number in range(ROUNDS_MAX):
        count = hand_in(pipeline, number, count)
        workers = {row[0] for row in rows(pipeline, 'SELECT DISTINCT worker FROM provenance')}
        if 'older' in workers and len(workers) > 1:
            break
    assert 'older' in workers and len(workers) > 1, workers
    check_books(pipeline, count)
    # what the older one does not say is empty, and what nobody knows is passed over
    assert rows(pipeline, "SELECT count(*) > 0 FROM citation c JOIN provenance p USING (chunk_id) WHERE p.worker = 'older'") == [(1,)]
    assert rows(pipeline, "SELECT DISTINCT c.rule, c.confidence, c.relation FROM citation c JOIN provenance p USING (chunk_id) "
                          "WHERE p.worker = 'older'") == [('', 0.0, '')]
    assert rows(pipeline, "SELECT count(*) FROM provenance WHERE worker = 'older' AND pipeline <> ''") == [(0,)]
    # provenance tells who read what; a document of two kinds is told
    told = {row[0] for row in rows(pipeline, 'SELECT document_id FROM dashboard_mixed')}
    found = {row[0] for row in rows(pipeline, 'SELECT document_id FROM chunk JOIN provenance USING (chunk_id) GROUP BY document_id '
                                              'HAVING count(DISTINCT pipeline) > 1')}
    assert told == found, (told, found)
    return count


def start_hanging(pipeline, words):
    """Ours, but it stops for ever at a chunk with these words."""
    read_end, write_end = os.pipe()
    command = pipeline.command('worker')
    with open(pipeline.path('worker.log'), 'ab') as log:
        pipeline.running['worker'] = subprocess.Popen([command[0] + '-faulty', *command[1:], '--ready-fd', str(write_end)], stdout=log, stderr=log,
                                                      pass_fds=(write_end,), env={**os.environ, 'RAPPORTEUR_FAULT_CHUNK': words + ':hang'})
    os.close(write_end)
    said = os.read(read_end, 64) if select.select([read_end], [], [], 60)[0] else b''
    os.close(read_end)
    assert b'READY' in said, pipeline.log('worker')


def check_mixed_is_told(pipeline, count):
    """Ours goes away while a document is half done: what is left of it goes to the older one, and everybody is told."""
    pipeline.stop('worker')
    pipeline.kill('older')
    start_hanging(pipeline, 'considered item 1000 of')
    with open(pipeline.path('long.txt'), 'w', encoding='utf8') as file:
        file.write('Report of the seminar\n\n' + ''.join(f'{n}. The seminar considered item {n} of its programme of work in Vienna.\n\n'
                                                        for n in range(1, 2000)))
    pipeline.submit(pipeline.path('long.txt'))
    while not rows(pipeline, "SELECT stored FROM document WHERE source LIKE '%long.txt' AND stored > 0"):
        select.select([], [], [], 0.005)
    pipeline.kill('worker')
    start_older(pipeline)
    pipeline.wait_complete(count + 1)
    check_books(pipeline, count + 1)
    mixed, = rows(pipeline, "SELECT source, pipelines FROM dashboard_mixed WHERE source LIKE '%long.txt'")
    assert mixed[1] == 2, mixed
    assert 'partly with one pipeline' in pipeline.rapporteur('status', '--data', pipeline.folder).stdout
    assert 'read_with' in pipeline.rapporteur('show', '--data', pipeline.folder, 'long.txt', '1').stdout
    why = pipeline.rapporteur('why', '--data', pipeline.folder, 'long.txt').stdout
    assert why.count('chunks are stored, read with') == 2, why


def main():
    with tempfile.TemporaryDirectory(prefix='rapporteur-versions.') as folder:
        pipeline = harness.Pipeline(sys.argv[1], folder, workers=1)
        try:
            pipeline.start('sink')
            pipeline.start('ingest')
            check_protocols(pipeline)
            print('ok      protocols are agreed on', flush=True)
            count = check_older_beside_ours(pipeline)
            print('ok      an older worker beside ours', flush=True)
            check_mixed_is_told(pipeline, count)
            print('ok      a document of two pipelines is told', flush=True)
            pipeline.stop('older')
            pipeline.stop_all()
        finally:
            for kind in list(pipeline.running):
                pipeline.kill(kind)


if __name__ == '__main__':
    main()
