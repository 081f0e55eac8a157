#!/usr/bin/env python3
"""How long it takes until others have done what a worker held that is no more: killed with its parent so that nobody comes in
its place, standing still, or killed alone, when its parent puts another in its place. A worker of ours is stopped, is given work while
ingest does not know yet, and is struck; another does its share, and then what is left.

  test_recovery.py BIN [--full] [--seed N]

Time runs from when the worker stopped. Judged by a bound only with --full: what else the machine does counts into it."""
import os
import signal
import subprocess
import tempfile
import time

import disturb
import harness


def second_worker(pipeline, name):
    """Another rapporteur-worker beside the pipeline's own."""
    read_end, write_end = os.pipe()
    with open(pipeline.path(name + '.log'), 'ab') as log:
        process = subprocess.Popen([*pipeline.command('worker'), '--id', name, '--ready-fd', str(write_end)], stderr=log,
                                   stdin=subprocess.DEVNULL, pass_fds=(write_end,), preexec_fn=pipeline.before('worker'))
    os.close(write_end)
    assert os.read(read_end, 16) == b'READY\n'
    os.close(read_end)
    return process


def held(pipeline, name):
    """Batches that the workers of this name hold, by ingest's own account."""
    report = pipeline.status()
    return sum(worker['held'] for worker in report.get('workers', []) if worker['id'].startswith(name + '/'))


def strike(process, way):
    """Killed with its parent, left as it stands, or the child alone killed; when it was, as far as ingest can know."""
    members = disturb.family(process.pid)
    for pid in {'parent': reversed(members), 'stopped': [], 'child': members[1:]}[way]:
        os.kill(pid, signal.SIGKILL)
    if way == 'child':
        os.kill(process.pid, signal.SIGCONT)


def strike_while_it_holds(pipeline, name, way, files):
    """Whether it held something."""
    process = second_worker(pipeline, name)
    disturb.wait_for(lambda: name + '/' in str(pipeline.status().get('workers')), f'{name} to be welcomed')
    for pid in disturb.family(process.pid):
        os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    submission = pipeline.feed(files)
    holds = 0
    while not holds and time.monotonic() < began + disturb.LEASE_S:
        holds = held(pipeline, name)
    if way == 'child':
        began = time.monotonic()
    strike(process, way)
    pipeline.collect(submission)
    took = pipeline.recovered(began)
    for pid in disturb.family(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.wait()
    pipeline.faults[way] += 1
    print(f'{name}: {way}, held {holds} batches, {took:.2f} s until all was stored', flush=True)
    return holds > 0


WAYS = ('parent', 'stopped', 'child')


def main():
    options = disturb.options(__doc__)
    wanted = list(WAYS) * (4 if options.full else 1)
    with tempfile.TemporaryDirectory(prefix='rap-recovery.') as folder:
        groups = disturb.rounds(os.path.join(folder, 'documents'), 3 * len(wanted), harness.sample_files())
        want = disturb.undisturbed(options.binaries, os.path.join(folder, 'a'), disturb.flat(groups))
        pipeline = disturb.Disturbed(options.binaries, os.path.join(folder, 'b'), workers=1).start_all()
        for turn, group in enumerate(groups):
            if not wanted:
                pipeline.collect(pipeline.feed(group))
            elif strike_while_it_holds(pipeline, f'struck{turn}', wanted[0], group):
                wanted.pop(0)  # else its lease was over before there was work for it: once more
        assert not wanted, f'nothing was held by workers that were to be struck: {wanted}'
        disturb.judge('recovery', pipeline, want)
        if options.full:
            assert max(pipeline.recoveries) < disturb.RECOVERY_S_MAX, pipeline.recoveries


main()
