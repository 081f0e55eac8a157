#!/usr/bin/env python3
"""Daemons of an earlier version, built from its commit, each beside ours: the samples pass, the books balance, and the chunks are
those of our own pipeline. Skipped where the repository's history is not here.

  earlier_versions.py BIN [COMMIT]"""
import os
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # noqa: E402

#  The last one before messages gained keys for dropping, and the journal and the store their columns.
EARLIER = '313496a42b1f30bf339aa01a0062b2f4659b9ec6'


def build(commit, folder):
    """The three daemons of that commit; its sources go into a folder of their own."""
    source, binaries = os.path.join(folder, 'source'), os.path.join(folder, 'build')
    os.mkdir(source)
    archive = subprocess.Popen(['git', '-C', harness.ROOT, 'archive', commit], stdout=subprocess.PIPE)
    subprocess.run(['tar', '-x', '-C', source], stdin=archive.stdout, check=True)
    assert archive.wait() == 0
    subprocess.run(['cmake', '-S', source, '-B', binaries, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release', '-DRAPPORTEUR_TESTS=OFF'],
                   check=True, stdout=subprocess.DEVNULL)
    subprocess.run(['ninja', '-C', binaries, 'rapporteur-ingest', 'rapporteur-worker', 'rapporteur-sink'], check=True,
                   stdout=subprocess.DEVNULL)
    return os.path.join(binaries, 'bin')


class MixedPipeline(harness.Pipeline):
    """Some of its daemons are of the earlier version."""

    def __init__(self, binaries, earlier, kinds, folder):
        super().__init__(binaries, folder)
        self.earlier, self.kinds = earlier, kinds

    def command(self, kind):
        command = super().command(kind)
        if kind in self.kinds:
            command[command.index(os.path.join(self.binaries, 'rapporteur-' + kind))] = os.path.join(self.earlier, 'rapporteur-' + kind)
        return command


def chunks(path):
    with sqlite3.connect(f'file:{path}?mode=ro', uri=True) as db:
        return db.execute('SELECT document_id, ordinal, kind, part, label, text FROM chunk ORDER BY 1, 2').fetchall()


def run(pipeline):
    files = harness.sample_files()
    try:
        pipeline.start_all()
        pipeline.submit(*files)
        pipeline.wait_complete(len(files))
        report, code = pipeline.wait_balanced()
        assert code == 0 and report['balanced'] and report['stored'] == len(files), report
        assert harness.broken_spans(pipeline.db) == []
        assert set(pipeline.stop_all().values()) == {0}
        return chunks(pipeline.db)
    finally:
        for kind in list(pipeline.running):
            pipeline.kill(kind)


def upgrade(binaries, earlier, folder):
    """All of the earlier version, then all of ours on the same files."""
    before = run(MixedPipeline(binaries, earlier, ('ingest', 'worker', 'sink'), folder))
    pipeline = harness.Pipeline(binaries, folder)
    with open(pipeline.path('new.txt'), 'w', encoding='utf8') as file:
        file.write('Report of the seminar\n\n1. The seminar was held in Vienna.\n')
    try:
        pipeline.start_all()
        pipeline.submit(pipeline.path('new.txt'))
        pipeline.wait_complete(len(harness.sample_files()) + 1)
        report, code = pipeline.wait_balanced()
        assert code == 0 and report['stored'] == len(harness.sample_files()) + 1, report
        assert len(chunks(pipeline.db)) > len(before)
    finally:
        for kind in list(pipeline.running):
            pipeline.kill(kind)


def main():
    commit = sys.argv[2] if len(sys.argv) > 2 else EARLIER
    known = subprocess.run(['git', '-C', harness.ROOT, 'cat-file', '-e', commit + '^{commit}'], check=False, capture_output=True)
    if known.returncode != 0:
        print(f'skipped: the history of the repository, with commit {commit}, is not here')
        return harness.SKIPPED
    with tempfile.TemporaryDirectory(prefix='rapporteur-earlier.') as folder:
        earlier = build(commit, folder)
        ours = run(harness.Pipeline(sys.argv[1], os.path.join(folder, 'ours')))
        for kind in ('worker', 'sink', 'ingest'):
            mixed = run(MixedPipeline(sys.argv[1], earlier, (kind,), os.path.join(folder, kind)))
            if kind == 'ingest':  # which reads by its own rules of reading
                assert {row[0] for row in mixed} == {row[0] for row in ours}
            else:
                assert mixed == ours, f'other chunks with an earlier {kind}'
            print(f'ok      an earlier {kind} beside ours: {len(mixed)} chunks', flush=True)
        upgrade(sys.argv[1], earlier, os.path.join(folder, 'upgrade'))
        print('ok      files of the earlier version are gone on with', flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
