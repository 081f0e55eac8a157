#!/usr/bin/env python3
"""A worker in Python, written from doc/protocol.md, beside one of ours and alone: samples/ pass through real daemons, the
account balances, and what it found is stored and linked like anything else.

  test_python_worker.py BIN"""
import os
import select
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..'))
import harness  # noqa: E402

ROUNDS_MAX = 20  # of the samples, until both workers had a share


def start_python(pipeline):
    read_end, write_end = os.pipe()
    with open(pipeline.path('python.log'), 'ab') as log:
        process = subprocess.Popen(['/usr/bin/python3', os.path.join(HERE, 'worker.py'), '--work', pipeline.address('work'),
                                    '--results', pipeline.address('results'), '--id', 'python', '--ready-fd', str(write_end)],
                                   stdout=log, stderr=log, pass_fds=(write_end,))
    os.close(write_end)
    pipeline.running['python'] = process
    ready, _, _ = select.select([read_end], [], [], 60)
    said = os.read(read_end, 64) if ready else b''
    os.close(read_end)
    assert b'READY' in said, pipeline.log('python')


def copies(folder, number):
    """The samples, made other documents by a line at the end."""
    os.makedirs(folder, exist_ok=True)
    paths = []
    for path in harness.sample_files():
        with open(path, encoding='utf8') as sample:
            text = sample.read()
        paths.append(os.path.join(folder, f'{number}_{os.path.basename(path)}'))
        with open(paths[-1], 'w', encoding='utf8') as copy:
            copy.write(f'{text}\nCopy number {number} for the files.\n')
    return paths


def rows(pipeline, query):
    with sqlite3.connect(f'file:{pipeline.db}?mode=ro', uri=True) as db:
        return db.execute(query).fetchall()


def workers(pipeline):
    return {row[0] for row in rows(pipeline, 'SELECT DISTINCT worker FROM provenance')}


def check_all(pipeline, count):
    report, code = pipeline.wait_balanced()
    assert code == 0 and report['balanced'], report
    assert report['taken'] == count and report['quarantined'] == 0 and report['in_flight'] == 0, report
    assert harness.broken_spans(pipeline.db) == []
    assert rows(pipeline, 'SELECT count(*) FROM document WHERE stored <> chunks') == [(0,)]
    assert rows(pipeline, 'SELECT count(*) FROM chunk') == rows(pipeline, 'SELECT count(*) FROM provenance')
    assert rows(pipeline, 'SELECT count(*) FROM classification WHERE NOT score BETWEEN 0 AND 1 OR rank < 1') == [(0,)]
    assert rows(pipeline, 'SELECT count(*) FROM citation WHERE NOT confidence BETWEEN 0 AND 1') == [(0,)]


def beside(binaries, folder):
    pipeline = harness.Pipeline(binaries, folder, workers=1)
    for kind in ('sink', 'ingest'):
        pipeline.start(kind)
    start_python(pipeline)
    pipeline.start('worker')
    count, seen = 0, set()
    for number in range(ROUNDS_MAX):
        files = copies(pipeline.path('copies'), number)
        pipeline.submit(*files)
        count += len(files)
        pipeline.wait_complete(count)
        seen = workers(pipeline)
        if 'python' in seen and len(seen) > 1:
            break
    assert 'python' in seen and len(seen) > 1, seen
    #  It drains while documents pass, and the other does the rest.
    files = copies(pipeline.path('copies'), ROUNDS_MAX)
    submission = pipeline.submit_later(*files)
    assert pipeline.stop('python') == 0, pipeline.log('python')
    _, errors = submission.communicate()
    assert submission.returncode == 0, errors.decode()
    count += len(files)
    pipeline.wait_complete(count)
    check_all(pipeline, count)
    print(f'beside ours: {count} documents by {sorted(seen)}', flush=True)
    pipeline.stop_all()


def alone(binaries, folder):
    pipeline = harness.Pipeline(binaries, folder)
    for kind in ('sink', 'ingest'):
        pipeline.start(kind)
    start_python(pipeline)
    files = harness.sample_files()
    pipeline.submit(*files)
    pipeline.wait_complete(len(files))
    check_all(pipeline, len(files))
    assert workers(pipeline) == {'python'}
    assert rows(pipeline, 'SELECT max(attempt) FROM provenance') == [(1,)]
    assert rows(pipeline, "SELECT DISTINCT scheme FROM classification") == [('python.reading-time',)]
    (chunks,), (classified,) = rows(pipeline, 'SELECT count(*) FROM chunk')[0], \
        rows(pipeline, 'SELECT count(DISTINCT chunk_id) FROM classification')[0]
    assert chunks == classified > 100, (chunks, classified)
    linked = rows(pipeline, "SELECT d.symbol FROM citation c JOIN document d ON d.document_id = c.target_document_id "
                            "WHERE c.symbol = 'A/92/118' AND c.rule = 'python:full symbol'")
    assert linked and set(linked) == {('A/92/118',)}, linked
    assert pipeline.stop('python') == 0, pipeline.log('python')
    print(f'alone: {chunks} chunks, {len(linked)} links to one report', flush=True)
    pipeline.stop_all()


def main():
    with tempfile.TemporaryDirectory(prefix='rap-interop.') as folder:
        alone(sys.argv[1], os.path.join(folder, 'alone'))
        beside(sys.argv[1], os.path.join(folder, 'beside'))


main()
