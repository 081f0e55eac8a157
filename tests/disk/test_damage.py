#!/usr/bin/env python3
"""Damage to journal and database, by seed: bits flipped, bytes and pages overwritten, pages zeroed, put elsewhere or as they once were,
files cut off, logs torn. Each must be reported by 'rapporteur fsck', or change no answer: every row of every table is as it was. What
is repaired must say the same as before where the journal was whole; where it was not, what is lost must be named. Daemons that are
started on such files serve, or end with a reason.

  test_damage.py BIN [--seeds N] [--from N] [--repairs N] [--starts N]"""
import argparse
import json
import os
import random
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # noqa: E402

PAGE = {'journal.db': 4096, 'rapporteur.db': 8192}
FILES = [base + tail for base in PAGE for tail in ('', '-wal', '-sums')]


# --- files as a service left them ------------------------------------------------------


def documents(folder):
    """A sample, and texts of our own, of which one is none."""
    files = harness.sample_files()[:3]
    os.makedirs(folder)
    for at in range(6):
        files.append(os.path.join(folder, f'paper-{at}.txt'))
        with open(files[-1], 'w', encoding='utf8') as out:
            out.write(f'Report {at} on wells\n\n' + '\n\n'.join(
                f'{n}. The Board urges all States to report in {2000 + n} on {n * 7 + at} wells, as asked in resolution 70/{n}, and '
                f'requests the Secretary-General to follow up by {1 + n % 28} May 2019.' for n in range(1, 40)) + '\n')
    files.append(os.path.join(folder, 'no-text.txt'))
    with open(files[-1], 'wb') as out:
        out.write(b'\0\1\2' * 100)
    return files


def copy_files(source, target):
    os.makedirs(target, exist_ok=True)
    for name in FILES:
        if os.path.exists(os.path.join(source, name)):
            shutil.copy(os.path.join(source, name), os.path.join(target, name))


def make_bases(binaries, folder):
    """The same service, earlier, stopped in good order, and killed so that its logs are there."""
    pipeline = harness.Pipeline(binaries, os.path.join(folder, 'made')).start_all()
    files = documents(os.path.join(folder, 'given'))
    half = len(files) // 2
    pipeline.submit(*files[:half], check=False)
    pipeline.wait_complete(half)
    pipeline.wait_balanced()
    pipeline.stop_all()
    copy_files(pipeline.folder, os.path.join(folder, 'early'))
    pipeline.start_all()
    pipeline.submit(*files[half:], check=False)
    pipeline.wait_complete(len(files))
    pipeline.wait_balanced()
    for kind in ('worker', 'ingest', 'sink'):
        pipeline.kill(kind)
    copy_files(pipeline.folder, os.path.join(folder, 'killed'))
    pipeline.start_all()
    pipeline.stop_all()
    copy_files(pipeline.folder, os.path.join(folder, 'whole'))
    return len(files)


def dump(folder):
    """Every row of every table of both files."""
    rows = {}
    for name in PAGE:
        with sqlite3.connect(f'file:{folder}/{name}?mode=ro', uri=True) as db:
            db.text_factory = bytes
            tables = [row[0].decode() for row in db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'chunk_search%'")]
            for table in tables:
                rows[name, table] = sorted(map(repr, db.execute(f'SELECT * FROM "{table}"')))
            if name == 'rapporteur.db':
                rows['search'] = sorted(db.execute("SELECT rowid FROM chunk_search WHERE chunk_search MATCH 'wells OR the OR board'"))
    return rows


# --- damage ------------------------------------------------------------------------------


def flip_bit(chance, content, early, page):
    at = chance.randrange(len(content))
    content[at] ^= 1 << chance.randrange(8)
    return f'bit of byte {at}'


def overwrite(chance, content, early, page):
    at, size = chance.randrange(len(content)), chance.choice((1, 4, 64, 512))
    content[at:at + size] = chance.randbytes(len(content[at:at + size]))
    return f'{size} bytes at {at}'


def zero_page(chance, content, early, page):
    at = chance.randrange(len(content)) // page * page
    content[at:at + page] = bytes(len(content[at:at + page]))
    return f'page at {at} zeroed'


def stale_page(chance, content, early, page):
    """A write that was lost: the page is as it once was."""
    places = [at for at in range(0, min(len(content), len(early)), page) if content[at:at + page] != early[at:at + page]]
    if not places:
        return flip_bit(chance, content, early, page)
    at = chance.choice(places)
    content[at:at + page] = early[at:at + page]
    return f'page at {at} as it was before'


def misplaced_page(chance, content, early, page):
    one, other = (chance.randrange(len(content)) // page * page for _ in range(2))
    content[one:one + page] = content[other:other + page].ljust(len(content[one:one + page]), b'\0')
    return f'page at {one} is that at {other}'


def cut_off(chance, content, early, page):
    size = chance.choice((len(content) // 2, len(content) - page, chance.randrange(len(content)), 0))
    del content[max(0, size):]
    return f'cut off at {size}'


KINDS = [flip_bit] * 6 + [overwrite] * 2 + [zero_page, stale_page, stale_page, misplaced_page, cut_off]


def damage(folder, bases, seed, only=None):
    """A copy of files, damaged as the seed says. What was done to which file."""
    chance = random.Random(seed)
    base = chance.choice(('whole', 'killed'))
    copy_files(os.path.join(bases, base), folder)
    names = [name for name in FILES if os.path.exists(os.path.join(folder, name)) and os.path.getsize(os.path.join(folder, name))]
    #  The files themselves more often than what stands beside them.
    name = only or chance.choice([name for name in names for _ in range(1 if name.endswith('-sums') else 3)])
    path, early = os.path.join(folder, name), os.path.join(bases, 'early', name)
    with open(path, 'rb') as file:
        content = bytearray(file.read())
    with open(early if os.path.exists(early) else path, 'rb') as file:
        old = file.read()
    before = bytes(content)
    done = chance.choice(KINDS)(chance, content, old, PAGE[name.split('-')[0]])
    with open(path, 'wb') as file:
        file.write(content)
    return name, f'seed {seed}: {name} of {base}: {done}', before != bytes(content)


def fsck(binaries, folder, *flags):
    done = subprocess.run([os.path.join(binaries, 'rapporteur'), 'fsck', '--data', folder, '--json', *flags], capture_output=True,
                          text=True, check=False, timeout=120)
    assert done.returncode in (0, 3, 4), (done.returncode, done.stderr[-500:])
    return json.loads(done.stdout), done.returncode


def worst(report, when='found'):
    return max((fault['gravity'] for file in report[when] for fault in file['faults']), default=-1)


# --- found ----------------------------------------------------------------------------------


def find(binaries, folder, bases, seed, whole):
    """'reported', 'harmless' or why this is a failure."""
    place = os.path.join(folder, f'find-{seed}')
    _, what, changed = damage(place, bases, seed)
    base = what.split(' of ')[1].split(':')[0]
    try:
        report, _ = fsck(binaries, place)
        if worst(report) >= 1:
            return 'reported', what
        if not changed or dump(place) == whole[base]:
            return 'harmless', what
        return 'MISSED', what
    except sqlite3.Error as error:
        return 'MISSED', f'{what}: {error}'
    finally:
        shutil.rmtree(place)


def find_all(options, folder, bases):
    counts = {'reported': 0, 'harmless': 0, 'MISSED': 0}
    whole = {base: dump(shutil.copytree(os.path.join(bases, base), os.path.join(folder, 'seen-' + base))) for base in ('whole', 'killed')}
    missed, began = [], time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        for answer, what in pool.map(lambda seed: find(options.binaries, folder, bases, seed, whole),
                                     range(options.first, options.first + options.seeds)):
            counts[answer] += 1
            if answer == 'MISSED':
                missed.append(what)
    print(f'{options.seeds} damaged: {counts}; {time.monotonic() - began:.1f} s', flush=True)
    assert not missed, missed[:10]
    assert counts['reported'] > options.seeds / 2


# --- repaired -------------------------------------------------------------------------------


def repair(binaries, folder, bases, seed, want):
    place = os.path.join(folder, f'repair-{seed}')
    name, what, _ = damage(place, bases, seed)
    try:
        before, _ = fsck(binaries, place)
        if worst(before) < 2:
            return 'sound'
        after, code = fsck(binaries, place, '--repair')
        assert code in (0, 3) and worst(after, 'after') < 1, (what, after)
        audit = subprocess.run([os.path.join(binaries, 'rapporteur'), 'audit', '--data', place], capture_output=True, text=True, check=False)
        assert audit.returncode == 0, (what, audit.stdout)
        if worst(before, 'found') and code == 0 or name.startswith('rapporteur'):
            got = harness.findings(os.path.join(place, 'rapporteur.db'))
            for table in want:
                assert got[table] == want[table], (what, table, sorted(set(want[table]) ^ set(got[table]))[:4])
        return 'repaired' if code == 0 else 'some lost'
    finally:
        shutil.rmtree(place)


def repair_all(options, folder, bases):
    want, counts, began = harness.findings(os.path.join(bases, 'whole', 'rapporteur.db')), {}, time.monotonic()
    for seed in range(options.first, options.first + options.repairs):
        answer = repair(options.binaries, folder, bases, seed, want)
        counts[answer] = counts.get(answer, 0) + 1
    print(f'{options.repairs} repaired: {counts}; {time.monotonic() - began:.1f} s', flush=True)
    assert counts.get('repaired')


# --- daemons ----------------------------------------------------------------------------------


def serve(binaries, folder, bases, seed):
    """Starts the daemon of the damaged file; its end must be an exit with a reason."""
    place = os.path.join(folder, f'start-{seed}')
    name, what, _ = damage(place, bases, seed)
    pipeline = harness.Pipeline(binaries, place)
    kind = 'ingest' if name.startswith('journal') else 'sink'
    read_end, write_end = os.pipe()
    with open(pipeline.path('log'), 'wb') as log:
        process = subprocess.Popen([*pipeline.command(kind), '--ready-fd', str(write_end)], stderr=log, stdin=subprocess.DEVNULL,
                                   pass_fds=(write_end,))
    os.close(write_end)
    ready = bool(select.select([read_end], [], [], 60)[0]) and os.read(read_end, 16) == b'READY\n'
    os.close(read_end)
    if ready:
        process.send_signal(signal.SIGTERM)
    try:
        code = process.wait(60)
    except subprocess.TimeoutExpired as hung:
        process.kill()
        raise AssertionError(f'{what}: {kind} hangs') from hung
    with open(pipeline.path('log'), encoding='utf8', errors='replace') as log:
        said = log.read()
    assert code in (0, 1, 2), f'{what}: {kind} ended with {code}: {said[-500:]}'
    assert ready or ('error' in said and name.split('-')[0] in said), f'{what}: {kind} says nothing of it: {said[-500:]}'
    shutil.rmtree(place)
    return 'served' if ready else 'refused'


def serve_all(options, folder, bases):
    counts, began = {}, time.monotonic()
    for seed in range(options.first, options.first + options.starts):
        answer = serve(options.binaries, folder, bases, seed)
        counts[answer] = counts.get(answer, 0) + 1
    print(f'{options.starts} started: {counts}; {time.monotonic() - began:.1f} s', flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('binaries')
    parser.add_argument('--seeds', type=int, default=300)
    parser.add_argument('--from', dest='first', type=int, default=1)
    parser.add_argument('--repairs', type=int, default=12)
    parser.add_argument('--starts', type=int, default=12)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='rap-damage.') as folder:
        make_bases(options.binaries, folder)
        print({name: os.path.getsize(os.path.join(folder, 'killed', name)) for name in FILES}, flush=True)
        find_all(options, folder, folder)
        repair_all(options, folder, folder)
        serve_all(options, folder, folder)


main()
