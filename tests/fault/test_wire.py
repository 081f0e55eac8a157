#!/usr/bin/env python3
"""Connections that break in the ways of real networks: between worker, ingest and sink stands a relay that resets them, cuts them in
the middle of a frame, goes on with one byte at a time, holds one direction back, says nothing more and does not close (half open), or puts
bytes of its own into them.

  test_wire.py BIN [--full] [--seed N]"""
import os
import tempfile
import time

import disturb
import relay


def main():
    options = disturb.options(__doc__)
    chance = options.chance
    faults = [(name, mode) for name in relay.PLACES for mode in relay.MODES] * (3 if options.full else 1)
    chance.shuffle(faults)
    if not options.full:
        faults = faults[:8]
    print(f'{len(faults)} faults, seed {options.seed}', flush=True)
    with tempfile.TemporaryDirectory(prefix='rap-wire.') as folder:
        groups = disturb.rounds(os.path.join(folder, 'documents'), len(faults))
        want = disturb.undisturbed(options.binaries, os.path.join(folder, 'a'), disturb.flat(groups))
        pipeline = relay.Relayed(options.binaries, os.path.join(folder, 'b'), chance).start_all()
        for (name, mode), group in zip(faults, groups):
            submission = pipeline.feed(group)
            disturb.moment(chance, 0.05)
            pipeline.disturb(name, mode, chance, disturb.LEASE_S + 1 if options.full else 0.2)
            pipeline.collect(submission)
            if options.full:
                print(f'{mode} of {name}: {pipeline.recovered(time.monotonic()):.2f} s', flush=True)
        pipeline.recovered(time.monotonic())
        disturb.judge('wire', pipeline, want)


main()
