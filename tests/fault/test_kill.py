#!/usr/bin/env python3
"""Kills worker children, the worker parent, the sink, ingest and the processes that read documents, each again and again at
random moments, while documents pass through; then holds the database, row for row, against that of a run that nobody disturbed.

  test_kill.py BIN [--kills N] [--seed N]

Over the 254 labelled resolutions where they are beside the repository, else over samples/."""
import os
import signal
import tempfile

import disturb
import harness

VICTIMS = ('child', 'worker', 'sink', 'reader', 'child', 'ingest', 'sink', 'warden')


def kill_reader(pipeline, victim):
    """The reader's parent, the warden, takes ingest with it, which is then started again."""
    readers = pipeline.processes('ingest')[2 if victim == 'reader' else 1:][:1]
    if not readers:
        return False
    try:
        os.kill(readers[0], signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def strike(pipeline, victim, chance):
    if victim == 'child':
        pipeline.faults[victim] += pipeline.kill_child(chance)
        return
    if victim in ('reader', 'warden'):
        pipeline.faults[victim] += kill_reader(pipeline, victim)
        return
    pipeline.kill(victim)
    pipeline.faults[victim] += 1
    disturb.moment(chance, 0.05)
    pipeline.start(victim, wait=False)


def disturbed(pipeline, files, kills, chance):
    size = max(1, len(files) // max(1, kills * 2 // 3))
    groups = [files[at:at + size] for at in range(0, len(files), size)]
    turn = 0
    for group in groups:
        submission = pipeline.feed(group)
        disturb.moment(chance, 0.15)
        strike(pipeline, VICTIMS[turn % len(VICTIMS)], chance)
        turn += 1
        pipeline.collect(submission)
    while turn < kills and pipeline.settled() < len(files):
        disturb.moment(chance, 0.3)
        strike(pipeline, VICTIMS[turn % len(VICTIMS)], chance)
        turn += 1
    pipeline.wait_complete(len(files))


def main():
    options = disturb.options(__doc__, kills=60)
    files = harness.resolution_files() or harness.sample_files()
    print(f'{len(files)} documents, {options.kills} kills, seed {options.seed}', flush=True)
    with tempfile.TemporaryDirectory(prefix='rap-kill.') as folder:
        want = disturb.undisturbed(options.binaries, os.path.join(folder, 'a'), files)
        pipeline = disturb.Disturbed(options.binaries, os.path.join(folder, 'b')).start_all()
        disturbed(pipeline, files, options.kills, options.chance)
        disturb.judge('kill', pipeline, want)
        assert all(pipeline.faults[victim] >= 1 for victim in VICTIMS[:options.kills]), pipeline.faults


main()
