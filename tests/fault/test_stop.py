#!/usr/bin/env python3
"""Processes that stand still (SIGSTOP) and go on, for moments and for longer than a lease: each of them, and all at once. Who
loses a lease so answers late; nothing of it may be lost or count twice.

  test_stop.py BIN [--full] [--seed N]"""
import os
import signal
import tempfile
import time

import disturb


def stop_child(pipeline, chance, seconds):
    children = pipeline.processes('worker')[1:]
    child = chance.choice(children)
    os.kill(child, signal.SIGSTOP)
    disturb.moment(chance, seconds, seconds)
    os.kill(child, signal.SIGCONT)
    pipeline.faults['stop child'] += 1


def stop_reader(pipeline, chance, seconds):
    readers = pipeline.processes('ingest')[1:]
    for reader in readers:
        os.kill(reader, signal.SIGSTOP)
    disturb.moment(chance, seconds, seconds)
    for reader in readers:
        os.kill(reader, signal.SIGCONT)
    pipeline.faults['stop reader'] += 1


def stop(kind):
    def act(pipeline, chance, seconds):
        disturb.stop_and_continue(pipeline, kind, chance, seconds, seconds)
    return act


def stop_everything(pipeline, chance, seconds):
    for kind in disturb.KINDS:
        pipeline.signal(kind, signal.SIGSTOP)
    disturb.moment(chance, seconds, seconds)
    for kind in chance.sample(disturb.KINDS, len(disturb.KINDS)):
        pipeline.signal(kind, signal.SIGCONT)
        disturb.moment(chance, 0.05)
    pipeline.faults['stop everything'] += 1


ACTS = [stop('sink'), stop('ingest'), stop('worker'), stop_child, stop_reader, stop_everything]
LONG = disturb.LEASE_S + 0.5


def main():
    options = disturb.options(__doc__)
    chance = options.chance
    faults = [(act, LONG) for act in (ACTS if options.full else ACTS[3:4])]
    faults += [(act, chance.uniform(0.05, 0.4)) for act in ACTS * (5 if options.full else 1)]
    chance.shuffle(faults)
    print(f'{len(faults)} faults, seed {options.seed}', flush=True)
    with tempfile.TemporaryDirectory(prefix='rap-stop.') as folder:
        groups = disturb.rounds(os.path.join(folder, 'documents'), len(faults))
        want = disturb.undisturbed(options.binaries, os.path.join(folder, 'a'), disturb.flat(groups))
        pipeline = disturb.Disturbed(options.binaries, os.path.join(folder, 'b')).start_all()
        for (act, seconds), group in zip(faults, groups):
            submission = pipeline.feed(group)
            disturb.moment(chance, 0.1)
            act(pipeline, chance, seconds)
            pipeline.collect(submission)
            if options.full:
                pipeline.recovered(time.monotonic())
        pipeline.recovered(time.monotonic())
        disturb.judge('stop', pipeline, want)


main()
