#!/usr/bin/env python3
"""Disks that are full or read-only, of the journal and of the database separately: while documents come in, for a moment, until
the daemon gives up, and at a start. Nothing that was answered 'taken' may be lost, and all goes on by itself when there is room.

  test_disk.py BIN [--full] [--seed N]

Each file lies on a small file system of its own (tmpfs); needs root, or namespaces for everybody; else skipped."""
import os
import tempfile
import time

import disturb

disturb.in_namespaces('--mount')

MS_RDONLY, MS_REMOUNT = 1, 32
ROOM = 'size=256m'


class Divided(disturb.Disturbed):
    """Journal and database on disks of their own."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.under_way = None
        self.handed_in = []
        for name in ('journal', 'database'):
            os.makedirs(self.path(name))
            refused = disturb.mount('tmpfs', self.path(name), 0, ROOM)
            if refused:
                disturb.skip(f'no tmpfs can be mounted: {refused}')
        self.flags = {'ingest': ['--give-up', '2'], 'sink': ['--give-up', '2']}

    @property
    def db(self):
        return self.path('database', 'rapporteur.db')

    @property
    def journal(self):
        return self.path('journal', 'journal.db')

    def feed(self, files):
        self.handed_in += files
        return super().feed(files)

    def feed_large(self):
        """A text of several MiB with little to find in it."""
        number = len(self.handed_in)
        name = self.path(f'large-{number}.txt')
        with open(name, 'w', encoding='utf8') as text:
            text.write(f'Long text, number {number}\n\n' + (f'The text of number {number} goes on and on. ' * 1200 + '\n\n') * 130)
        return self.feed([name])

    def unmount(self):
        for name in ('journal', 'database'):
            disturb.unmount(self.path(name))

    def link(self):
        """The names by which the command knows them."""
        for file in (self.db, self.journal):
            for more in ('', '-wal', '-shm'):
                name = self.path(os.path.basename(file) + more)
                if not os.path.islink(name):
                    os.symlink(file + more, name)


def fill(pipeline, disk):
    """Takes what room there is."""
    with open(pipeline.path(disk, 'filler'), 'wb', buffering=0) as filler:
        block = b'x' * (1 << 20)
        while block:
            try:
                filler.write(block)
            except OSError:
                block = block[:len(block) // 2]


def clear(pipeline, disk):
    os.unlink(pipeline.path(disk, 'filler'))


OWNER = {'journal': 'ingest', 'database': 'sink'}
FAILING = {'ingest': 'journal.failed', 'sink': 'store.failing'}


def full(pipeline, disk, chance, until):
    """Full until its daemon has noticed, or has given up: handed in is what it takes to fill SQLite's log, which has room yet."""
    kind = OWNER[disk]
    before = len(pipeline.log(kind))
    pipeline.collect(pipeline.under_way)
    fill(pipeline, disk)

    def noticed():
        #  No more than that: ingest goes on taking what the database will have to have room for.
        if pipeline.under_way.poll() is not None and FAILING[kind] not in pipeline.log(kind)[before:]:
            pipeline.under_way = pipeline.feed_large()
        return until(kind) in pipeline.log(kind)[before:]
    disturb.wait_for(noticed, f'{until(kind)} in the log of {kind}')
    disturb.moment(chance, 0.3)
    clear(pipeline, disk)
    pipeline.keep()


def given_up(kind):
    return {'ingest': 'ingest.ended status=1', 'sink': 'store.given_up'}[kind]


def read_only(pipeline, disk, chance):
    """Read-only when its daemon starts: it cannot serve, until the disk can be written again."""
    kind = OWNER[disk]
    pipeline.kill(kind)
    disturb.wait_for(lambda: not disturb.mount('tmpfs', pipeline.path(disk), MS_REMOUNT | MS_RDONLY, ROOM), f'{disk} to be read-only')
    process = pipeline.start(kind, wait=False)
    disturb.wait_for(lambda: process.poll() is not None, f'{kind} to end, with its file on a read-only disk')
    assert process.returncode in (1, 2), process.returncode
    refused = disturb.mount('tmpfs', pipeline.path(disk), MS_REMOUNT, ROOM)
    assert not refused, refused
    pipeline.keep()


def play(pipeline, acts, groups):
    pipeline.start_all()
    pipeline.link()
    for turn, (name, act) in enumerate(acts):
        pipeline.under_way = pipeline.feed(groups[2 * turn])
        act(pipeline)
        pipeline.collect(pipeline.under_way)
        pipeline.collect(pipeline.feed(groups[2 * turn + 1]))
        pipeline.faults[name] += 1
        print(f'{name}: {pipeline.recovered(time.monotonic()):.2f} s', flush=True)


def main():
    options = disturb.options(__doc__)
    chance = options.chance
    acts = []
    for disk in OWNER:
        acts += [(f'full {disk}', lambda p, d=disk: full(p, d, chance, FAILING.get)),
                 (f'read-only {disk}', lambda p, d=disk: read_only(p, d, chance)),
                 (f'full {disk} until given up', lambda p, d=disk: full(p, d, chance, given_up))]
    acts *= 6 if options.full else 1
    chance.shuffle(acts)
    print(f'{len(acts)} faults, seed {options.seed}', flush=True)
    with tempfile.TemporaryDirectory(prefix='rap-disk.') as folder:
        groups = disturb.rounds(os.path.join(folder, 'documents'), 2 * len(acts))
        pipeline = Divided(options.binaries, os.path.join(folder, 'b'))
        try:
            play(pipeline, acts, groups)
            want = disturb.undisturbed(options.binaries, os.path.join(folder, 'a'), pipeline.handed_in)
            disturb.judge('disk', pipeline, want)
        finally:
            pipeline.unmount()


main()
