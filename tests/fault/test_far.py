#!/usr/bin/env python3
"""Workers 20 ms away, each way, over tcp with keys: everything arrives once, and no lease ends because of the way.

  test_far.py BIN [--full] [--seed N]

--full: more documents, a line of 150 ms too, and workers killed meanwhile. Needs root, or namespaces for everybody; else skipped."""
import os
import tempfile
import time

import disturb
import far


def through(options, line, folder, files, want, kills):
    pipeline = far.FarWorkers(options.binaries, folder, wire='curve', line=line).start_all()
    submission = pipeline.feed(files)
    for _ in range(kills):
        disturb.moment(options.chance, 1.0, 0.2)
        pipeline.kill_child(options.chance)
        pipeline.faults['child killed'] += 1
    pipeline.collect(submission)
    pipeline.recovered(time.monotonic())
    died = pipeline.log('ingest').count('worker.died')
    assert died <= kills, f'{died} workers counted as dead, {kills} were'
    disturb.judge('far', pipeline, want, round_trip_ms=round(line.round_trip_ms()))


def main():
    options = disturb.options(__doc__)
    lengths = (20, 150) if options.full else (20,)
    lines = far.lines(*lengths)
    for length, line in zip(lengths, lines):
        trip = line.round_trip_ms()
        assert trip >= 2 * length, f'a line of {2 * length} ms there and back took {trip} ms'
    with tempfile.TemporaryDirectory(prefix='rap-far.') as folder:
        files = disturb.flat(disturb.rounds(os.path.join(folder, 'documents'), 20 if options.full else 4))
        want = disturb.undisturbed(options.binaries, os.path.join(folder, 'near'), files)
        for length, line in zip(lengths, lines):
            through(options, line, os.path.join(folder, f'far{length}'), files, want, 4 if options.full else 0)


main()
