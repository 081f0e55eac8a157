#!/usr/bin/env python3
"""Kills worker children, the worker parent, the sink and ingest, each again and again at random moments, while documents
pass through; then holds the database, row for row, against that of a run that nobody disturbed.

  test_kill.py BIN [KILLS [SEED]]

Over the 254 labelled resolutions where they are beside the repository, else over samples/."""
import os
import random
import select
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # noqa: E402

VICTIMS = ('child', 'worker', 'sink', 'child', 'ingest')


def undisturbed(binaries, folder, files):
    pipeline = harness.Pipeline(binaries, folder).start_all()
    pipeline.submit(*files)
    pipeline.wait_complete(len(files))
    pipeline.stop_all()
    return harness.findings(pipeline.db)


def moment(chance, longest_s):
    """A random moment: the fault strikes then, nothing is waited for."""
    select.select([], [], [], chance.uniform(0, longest_s))


def strike(pipeline, victim, chance, struck):
    if victim == 'child':
        struck[victim] = struck.get(victim, 0) + (1 if pipeline.kill_child(chance) else 0)
        return
    pipeline.kill(victim)
    struck[victim] = struck.get(victim, 0) + 1
    moment(chance, 0.05)
    pipeline.start(victim, wait=False)


def disturbed(binaries, folder, files, kills, chance):
    pipeline, struck = harness.Pipeline(binaries, folder).start_all(), {}
    size = max(1, len(files) // max(1, kills * 2 // 3))
    groups = [files[at:at + size] for at in range(0, len(files), size)]
    turn = 0
    for group in groups:
        submission = pipeline.submit_later(*group)
        moment(chance, 0.15)
        strike(pipeline, VICTIMS[turn % len(VICTIMS)], chance, struck)
        turn += 1
        _, errors = submission.communicate()
        assert submission.returncode == 0, errors.decode()
    while turn < kills and pipeline.settled() < len(files):
        moment(chance, 0.3)
        strike(pipeline, VICTIMS[turn % len(VICTIMS)], chance, struck)
        turn += 1
    pipeline.wait_complete(len(files))
    report, code = pipeline.wait_balanced()
    pipeline.stop_all()
    return report, code, harness.findings(pipeline.db), struck


def main():
    binaries = sys.argv[1]
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else int.from_bytes(os.urandom(4), 'big')
    files = harness.resolution_files() or harness.sample_files()
    print(f'{len(files)} documents, {kills} kills, seed {seed}', flush=True)
    with tempfile.TemporaryDirectory(prefix='rap-kill.') as folder:
        began = time.monotonic()
        want = undisturbed(binaries, os.path.join(folder, 'a'), files)
        print(f'undisturbed: {time.monotonic() - began:.1f} s', flush=True)
        report, code, got, struck = disturbed(binaries, os.path.join(folder, 'b'), files, kills, random.Random(seed))
        print(f'killed {struck}; audit {report}', flush=True)
        assert code == 0 and report['balanced'], report
        assert report['taken'] == len(files) and report['quarantined'] == 0 and report['in_flight'] == 0, report
        assert all(struck.get(victim, 0) >= 1 for victim in VICTIMS), struck
        assert want.keys() == got.keys()
        for table in want:
            lost, new = set(want[table]) - set(got[table]), set(got[table]) - set(want[table])
            assert len(want[table]) == len(got[table]) and not lost and not new, (table, sorted(lost)[:3], sorted(new)[:3])
        rows = sum(map(len, want.values()))
        assert rows > len(files) * 10, rows
        print(f'{rows} rows of {len(want)} tables are the same')


main()
