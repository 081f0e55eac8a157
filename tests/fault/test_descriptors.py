#!/usr/bin/env python3
"""No descriptor left: daemons with few of them, and peers that connect, say nothing and stay, until nobody gets in any more. When
they leave, all goes on; what was taken is not lost. On tcp the daemons hold out. On ipc libzmq 4.3.4 ends the process when accept(2) has
no descriptor (ipc_listener.cpp:325); it comes again. Only the service's own user reaches those.

  test_descriptors.py BIN [--full] [--seed N]"""
import os
import resource
import socket
import tempfile
import time

import disturb
import harness

FEW = 128
PORTS = {}  # of the sockets that are on tcp here
SOCKETS = {'work': 'ingest', 'submit': 'ingest', 'results': 'sink', 'receipts': 'sink', 'feed': 'sink'}


def limit():
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, FEW))


class Poor(disturb.Disturbed):
    """What machines share is on tcp; submit and feed are not."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.limits = {'ingest': limit, 'sink': limit}
        first = harness.free_ports(3)
        PORTS.update({name: first + number for number, name in enumerate(('work', 'results', 'receipts'))})

    def address(self, name):
        return f'tcp://127.0.0.1:{PORTS[name]}' if name in PORTS else super().address(name)


def connect(pipeline, name):
    """A connection on which nothing is ever said; None if nobody takes any more."""
    peer = socket.socket(socket.AF_INET if name in PORTS else socket.AF_UNIX)
    peer.settimeout(0.1)
    try:
        peer.connect(('127.0.0.1', PORTS[name]) if name in PORTS else pipeline.path('run', name + '.ipc'))
        return peer
    except OSError:
        peer.close()
        return None


def is_crowded(pipeline, kind, name, peers):
    """Whether it has no descriptor left, or is no more; adds peers until it is so."""
    if pipeline.running[kind].poll() is not None:
        return True
    for _ in range(20):
        peers.append(connect(pipeline, name))
    return len(os.listdir(f'/proc/{pipeline.running[kind].pid}/fd')) >= FEW - 1


def crowd(pipeline, name, group):
    """Its socket is crowded while documents come in; how the daemon ended, None if it did not."""
    kind, peers = SOCKETS[name], []
    submission = pipeline.feed(group)
    disturb.wait_for(lambda: is_crowded(pipeline, kind, name, peers), f'{kind} to have no descriptor left')
    disturb.moment(pipeline.chance, 0.5, 0.2)
    ended = pipeline.running[kind].poll()
    for peer in filter(None, peers):
        peer.close()
    pipeline.keep()
    pipeline.collect(submission)
    pipeline.faults[f'crowd at {name}'] += 1
    return ended


def main():
    options = disturb.options(__doc__)
    turns = list(SOCKETS) * (5 if options.full else 1)
    options.chance.shuffle(turns)
    with tempfile.TemporaryDirectory(prefix='rap-files.') as folder:
        groups = disturb.rounds(os.path.join(folder, 'documents'), len(turns))
        want = disturb.undisturbed(options.binaries, os.path.join(folder, 'a'), disturb.flat(groups))
        pipeline = Poor(options.binaries, os.path.join(folder, 'b'))
        pipeline.chance = options.chance
        pipeline.start_all()
        for name, group in zip(turns, groups):
            ended = crowd(pipeline, name, group)
            print(f'{name}: {"ended with " + str(ended) if ended is not None else "held out"}', flush=True)
            assert ended is None or name not in PORTS, f'{SOCKETS[name]} ended with {ended}: {pipeline.log(SOCKETS[name])[-600:]}'
            pipeline.recovered(time.monotonic())
        disturb.judge('descriptors', pipeline, want)


main()
