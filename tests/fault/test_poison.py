#!/usr/bin/env python3
"""A chunk that kills every worker which takes it, and with --full one in which they hang: it ends in quarantine with its cause, and all
else as if nothing had been.

  test_poison.py BIN [--full] [--seed N]

With rapporteur-worker-faulty, the real worker with such a fault built in."""
import os
import tempfile
import time

import disturb

TEXT = 'Report on nothing in particular\n\n1. The first of three paragraphs says little that is new to anybody.\n\n' \
       '2. The second is POISON, as workers will find when they come to it.\n\n3. The third is as the first, and ends it.\n'


class Poisoned(disturb.Disturbed):
    def command(self, kind):
        plain = super().command(kind)
        if kind == 'worker':
            plain[0] += '-faulty'
            plain = ['env', f'RAPPORTEUR_FAULT_CHUNK=POISON:{self.way}', *plain]
        return plain


def play(options, folder, way, groups, poison, want):
    pipeline = Poisoned(options.binaries, folder)
    pipeline.way = way
    pipeline.start_all()
    pipeline.collect(pipeline.feed(groups[0]))
    pipeline.collect(pipeline.feed([poison]))
    pipeline.collect(pipeline.feed(groups[1]))
    began = time.monotonic()
    pipeline.recovered(began)
    pipeline.faults[way] += 1
    listed = pipeline.rapporteur('quarantine', 'list', '--data', folder, '--json').stdout
    assert 'poison.txt' in listed, listed
    document_id = pipeline.rapporteur('quarantine', 'show', '--data', folder, 'poison.txt', '--json').stdout
    document_id = next(word for word in document_id.replace('"', ' ').split() if len(word) == 32)
    disturb.judge('poison: ' + way, pipeline, want, leave=[document_id], quarantined=1)


def main():
    options = disturb.options(__doc__)
    if not os.path.exists(os.path.join(options.binaries, 'rapporteur-worker-faulty')):
        disturb.skip('rapporteur-worker-faulty is not built')
    with tempfile.TemporaryDirectory(prefix='rap-poison.') as folder:
        groups = disturb.rounds(os.path.join(folder, 'documents'), 2)
        poison = os.path.join(folder, 'poison.txt')
        with open(poison, 'w', encoding='utf8') as text:
            text.write(TEXT)
        want = disturb.undisturbed(options.binaries, os.path.join(folder, 'a'), [*groups[0], poison, *groups[1]])
        for way in ('crash', 'hang') if options.full else ('crash',):
            play(options, os.path.join(folder, way), way, groups, poison, want)


main()
