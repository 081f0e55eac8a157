#!/usr/bin/env python3
"""The sink killed again and again with very many chunks open: eight thousand, with --full three hundred thousand. Memory stays bounded,
since the backlog is in the journal; each restart is asked for what it holds, and nothing comes twice.

  test_many.py BIN [--full] [--seed N] [--chunks N]"""
import os
import tempfile
import time

import disturb
import harness

DOCUMENTS = 10


def paragraphs():
    """Of the samples, long enough to be chunks of their own."""
    found = []
    for name in harness.sample_files():
        with open(name, encoding='utf8') as text:
            found += [' '.join(part.split()) for part in text.read().split('\n\n')]
    return [part for part in found if 80 < len(part) < 400]


def make(folder, chunks):
    os.makedirs(folder)
    parts, names = paragraphs(), []
    for number in range(DOCUMENTS):
        names.append(os.path.join(folder, f'long-{number}.txt'))
        with open(names[-1], 'w', encoding='utf8') as text:
            text.write(f'Long report, number {number}\n\n')
            for at in range(chunks * 4 // (3 * DOCUMENTS)):  # some paragraphs become one chunk
                text.write(f'{at + 1}. {parts[(at * 7 + number) % len(parts)]}\n\n')
    return names


def main():
    options = disturb.options(__doc__, chunks=0)
    chunks = options.chunks or (300000 if options.full else 8000)
    kills = 12 if options.full else 2
    with tempfile.TemporaryDirectory(prefix='rap-many.') as folder:
        files = make(os.path.join(folder, 'documents'), chunks)
        want = disturb.undisturbed(options.binaries, os.path.join(folder, 'a'), files)
        pipeline = disturb.Disturbed(options.binaries, os.path.join(folder, 'b'))
        pipeline.start('sink')
        pipeline.start('ingest')
        pipeline.collect(pipeline.feed(files))
        disturb.wait_for(lambda: pipeline.status().get('documents', {}).get('taken', 1) == 0, 'all documents to be read', 600)
        opened = pipeline.status()['chunks']['open']
        assert opened > chunks // 2, f'only {opened} chunks are open'
        pipeline.start('worker')
        began, longest = time.monotonic(), 0.0
        for turn in range(kills):
            stored = opened * turn // (2 * kills)
            disturb.wait_for(lambda least=stored: opened - (pipeline.status().get('chunks') or {'open': opened})['open'] > least,
                             f'{stored} chunks to be stored', 600)
            pipeline.kill('sink')
            disturb.moment(options.chance, 0.3)
            back = time.monotonic()
            pipeline.start('sink')
            longest = max(longest, time.monotonic() - back)
            pipeline.faults['sink'] += 1
            print(f'{time.monotonic() - began:6.1f} s  killed and back', flush=True)
        pipeline.recovered(time.monotonic())
        took = time.monotonic() - began
        disturb.judge('many', pipeline, want, chunks=opened, ready_s=round(longest, 2), chunks_a_second=round(opened / took))


main()
