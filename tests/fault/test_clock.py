#!/usr/bin/env python3
"""A wall clock that jumps: hours back, days on, in each daemon, again and again while documents come in. Leases and time-outs are by
the monotonic clock, and must not notice.

  test_clock.py BIN [--full] [--seed N]

Needs libfaketime (Debian: libfaketime); skipped without."""
import glob
import os
import tempfile
import time

import disturb

LIBRARIES = glob.glob('/usr/lib/*/faketime/libfaketime.so.1') + glob.glob('/usr/lib/faketime/libfaketime.so.1')
JUMPS = ('-1d', '+30d', '-3h', '+5s', '-5s', '+400d', '-20y', '+0')


class Timed(disturb.Disturbed):
    """Each daemon reads the wall clock as a file of its own says; the monotonic one as it is."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        for kind in disturb.KINDS:
            self.set(kind, '+0')
            self.wraps[kind] = ['env', f'LD_PRELOAD={LIBRARIES[0]}', f'FAKETIME_TIMESTAMP_FILE={self.path(kind + ".time")}',
                                'FAKETIME_NO_CACHE=1', 'FAKETIME_DONT_FAKE_MONOTONIC=1', 'DONT_FAKE_MONOTONIC=1']

    def set(self, kind, offset):
        with open(self.path(kind + '.new'), 'w', encoding='utf8') as file:
            file.write(offset + '\n')
        os.rename(self.path(kind + '.new'), self.path(kind + '.time'))


def main():
    options = disturb.options(__doc__)
    chance = options.chance
    if not LIBRARIES:
        disturb.skip('libfaketime is not installed')
    jumps = [(kind, jump) for kind in disturb.KINDS for jump in JUMPS] * (10 if options.full else 1)
    chance.shuffle(jumps)
    if not options.full:
        jumps = jumps[:8]
    jumps.insert(0, ('ingest', '+400d'))  # seen in its log, whatever chance does
    print(f'{len(jumps)} jumps, seed {options.seed}', flush=True)
    with tempfile.TemporaryDirectory(prefix='rap-clock.') as folder:
        groups = disturb.rounds(os.path.join(folder, 'documents'), len(jumps))
        want = disturb.undisturbed(options.binaries, os.path.join(folder, 'a'), disturb.flat(groups))
        pipeline = Timed(options.binaries, os.path.join(folder, 'b')).start_all()
        for (kind, jump), group in zip(jumps, groups):
            submission = pipeline.feed(group)
            disturb.moment(chance, 0.1)
            pipeline.set(kind, jump)
            pipeline.faults[f'{kind} {jump}'] += 1
            pipeline.collect(submission)
        pipeline.recovered(time.monotonic())
        years = {line[:4] for kind in disturb.KINDS for line in pipeline.log(kind).splitlines() if line[:2] in ('19', '20')}
        assert len(years) >= 2, f'no clock has jumped: {years}'
        died = pipeline.log('ingest').count('worker.died')  # one that had no processor for so long may be among them
        assert died <= len(jumps) // 4, f'leases noticed: {died} ended, {len(jumps)} jumps'
        disturb.judge('clock', pipeline, want)


main()
