#!/usr/bin/env python3
"""Power cuts. Real daemons work on real files, and a recorder that is preloaded into ingest and sink (recorder.c) writes down all
that they do to these: writes, truncations, names made, moved and removed, syncs. From this log any moment can be made again as a
power cut would have left it: what was synced is there; of what was not, each sector of 512 bytes is there or not, files have their
older size or their newer one, and names not synced are as before from some point on. A cut is chosen by its seed alone.

  test_power.py BIN TOOLS [--seeds N] [--from N] [--keep DIR]     each ROUND of seeds works on a recording of its own
  test_power.py BIN TOOLS --replay DIR --from N --seeds 1         a cut again, in the recording that a failure left in DIR

After each cut journal and database are opened as the daemons do, and then looked at: what 'submit' called taken, what a RECEIPT
named and what stands in inbox/taken is there, byte for byte; nothing is half; 'rapporteur audit' balances.

The same is then done with defences taken out: syncs that the log has are not believed. Each must be noticed."""
import argparse
import hashlib
import json
import os
import random
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import msgpack
import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # noqa: E402

SECTOR = 512
FRAME_HEAD = 24  # of SQLite's log
WRITE, TRUNCATE, SYNC, CREATE, REMOVE, RENAME, MARK = range(1, 8)
HEAD = struct.Struct('<4I2Q')
ROUND = 250
KEPT = ('journal.db', 'journal.db-wal', 'journal.db-journal', 'rapporteur.db', 'rapporteur.db-wal', 'rapporteur.db-journal', 'journal.db-sums',
        'rapporteur.db-sums')


# --- recording -----------------------------------------------------------------------


class Recording:
    def __init__(self, log):
        self.fd = os.open(log, os.O_WRONLY | os.O_APPEND)

    def mark(self, text):
        """What was said to somebody, after all that was done before."""
        path = text.encode()
        os.write(self.fd, HEAD.pack(MARK, len(path), 0, 0, 0, 0) + path)


class Listener(threading.Thread):
    """Another ingest: hears the sink's receipts, and marks them."""

    def __init__(self, address, recording):
        super().__init__(daemon=True)
        self.recording, self.ended, self.count = recording, threading.Event(), 0
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(address)

    def run(self):
        said = 0
        while not self.ended.is_set():
            if time.monotonic() - said > 0.05:  # again after each restart of the sink
                self.socket.send(msgpack.packb([1, {1: 1, 2: 1, 3: 'ingest', 4: 'listener', 5: 7}]))
                said = time.monotonic()
            while self.socket.poll(10):
                kind, body = msgpack.unpackb(self.socket.recv(), strict_map_key=False)
                for document, first, count in body.get(2, []) if kind == 12 else []:
                    self.recording.mark(f'receipt {document} {first} {count}')
                    self.count += 1
        self.context.destroy(0)


def made_documents(folder, chance):
    """Texts of several sizes, all different; one that is none."""
    os.makedirs(folder)
    words = 'the Board notes that member States report on wells and ropes in 2019 and urges all to heed resolution 70/1 of 12 May'.split()
    files = []
    for at in range(14):
        lines = [f'{n}. {" ".join(chance.choices(words, k=40))}.' for n in range(1, chance.choice((4, 30, 120)))]
        if at % 7 == 3:  # so long that the journal's log is checkpointed while it runs
            lines += [f'9{n}. {" ".join(chance.choices(words, k=50))} {chance.getrandbits(64)}.' for n in range(4000)]
        files.append(os.path.join(folder, f'paper-{at:02}.txt'))
        with open(files[-1], 'w', encoding='utf8') as out:
            out.write(f'Paper {at} of {chance.getrandbits(64)}\n\n' + '\n\n'.join(lines) + '\n')
    files.append(os.path.join(folder, 'no-text.txt'))
    with open(files[-1], 'wb') as out:
        out.write(b'\0\1\2' * 100)
    return files


def sha256_of(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def hand_in(pipeline, recording, file, by_inbox):
    if by_inbox:
        name = os.path.basename(file)
        shutil.copy(file, pipeline.path('inbox', '.' + name))
        with open(pipeline.path('inbox', name + '.meta'), 'w', encoding='utf8') as meta:
            meta.write('title: A paper that was put in\n')
        recording.mark('put ' + name)
        os.rename(pipeline.path('inbox', '.' + name), pipeline.path('inbox', name))
        return
    answer = pipeline.submit(file, check=False)
    assert answer.returncode in (0, 3), answer.stderr
    recording.mark('taken ' + sha256_of(file))


def hand_in_and_die(pipeline, recording, file):
    """Ingest ends when the commit of this document is written, and not yet synced, and comes again."""
    with open(pipeline.path('dies'), 'w', encoding='ascii') as flag:
        flag.write('journal.db-wal')
    os.rename(pipeline.path('dies'), pipeline.path('die'))
    waiting = pipeline.submit_later(file)
    pipeline.running.pop('ingest').wait()
    pipeline.start('ingest')
    _, errors = waiting.communicate()
    assert waiting.returncode == 0, errors
    recording.mark('taken ' + sha256_of(file))


def work(pipeline, recording, files, chance):
    """Hands all in, while the sink and ingest end, are killed and come again."""
    for at, file in enumerate(files):
        if at == 5:
            hand_in_and_die(pipeline, recording, file)
            continue
        hand_in(pipeline, recording, file, at % 3 == 1)
        if at % 4 == 2:
            kind = chance.choice(('sink', 'ingest'))
            if chance.random() < 0.5:
                pipeline.kill(kind)
            else:
                pipeline.stop(kind)
            pipeline.start(kind)
    pipeline.wait_complete(len(files))
    report, code = pipeline.wait_balanced()
    assert code == 0 and report['taken'] == len(files), report
    pipeline.stop_all()


def record(binaries, recorder, folder, log, chance):
    """The names that were put into the inbox, by their digests."""
    files = made_documents(os.path.join(folder, 'given'), chance)
    data = os.path.join(folder, 'data')
    os.mkdir(data)
    for name in ('inbox', 'inbox/taken', 'inbox/refused'):
        os.mkdir(os.path.join(data, name))
    with open(log, 'xb'):
        pass
    wrap = ['env', f'LD_PRELOAD={recorder}', f'RAP_RECORD_LOG={log}', f'RAP_RECORD_ROOT={data}']
    pipeline = harness.Pipeline(binaries, data, wrap=wrap)
    recording = Recording(log)
    listener = Listener(pipeline.address('receipts'), recording)
    listener.start()
    pipeline.start_all()
    work(pipeline, recording, files, chance)
    listener.ended.set()
    listener.join()
    assert listener.count, 'no receipt was heard'
    return {os.path.basename(file): sha256_of(file) for at, file in enumerate(files) if at % 3 == 1}


def records(log):
    with open(log, 'rb') as file:
        whole = memoryview(file.read())
    at = 0
    while at < len(whole):
        kind, path_len, other_len, data_len, inode, offset = HEAD.unpack_from(whole, at)
        at += HEAD.size
        path = bytes(whole[at:at + path_len]).decode()
        at += path_len
        other = bytes(whole[at:at + other_len]).decode()
        at += other_len
        yield kind, inode, offset, path, other, whole[at:at + data_len]
        at += data_len


def built_on_sand(log):
    """Frames of a database's log that were written behind a commit that was not on disk."""
    logs, unsynced, found = set(), set(), []
    for at, (kind, inode, offset, path, _, data) in enumerate(records(log)):
        if kind == CREATE:
            (logs.add if path.endswith('-wal') else logs.discard)(inode)
            unsynced.discard(inode)
        elif kind == SYNC:
            unsynced.discard(inode)
        elif kind == WRITE and inode in logs and len(data) == FRAME_HEAD:
            if inode in unsynced:
                found.append((at, offset))
            if data[4:8] != bytes(4):
                unsynced.add(inode)
    return found


# --- a disk that may lose what was not synced -----------------------------------------


class File:
    def __init__(self):
        self.durable, self.pending = bytearray(), []

    @staticmethod
    def apply(content, kind, offset, data):
        if kind == TRUNCATE:
            del content[offset:]
            content.extend(bytes(offset - len(content)))
            return
        if len(content) < offset:
            content.extend(bytes(offset - len(content)))
        content[offset:offset + len(data)] = data

    def sync(self):
        for change in self.pending:
            self.apply(self.durable, *change)
        self.pending = []

    def after_cut(self, chance):
        """What is found of it: of what was not synced, each sector may be there."""
        content = bytearray(self.durable)
        likely = chance.choice((0, 0.1, 0.5, 0.9, 1))  # nothing of it, some, all
        for kind, offset, data in self.pending:
            if kind == TRUNCATE:
                if chance.random() < likely:
                    self.apply(content, kind, offset, data)
                continue
            for start in range(0, len(data), SECTOR):
                if chance.random() < likely:
                    self.apply(content, kind, offset + start, data[start:start + SECTOR])
        return content


def folder_of(path):
    return os.path.dirname(path)


class Disk:
    """The log, played. `believes` tells which syncs are to be believed; all, unless a defence is taken out. `hasty`: files of the
    inbox are moved as soon as they are seen."""

    def __init__(self, folders, believes, hasty):
        self.folders, self.believes, self.hasty = folders, believes, hasty  # inode of a folder: its path below the root
        self.files, self.names, self.pending = {}, {}, []  # names: path -> file, as they are on disk
        self.now = {}  # path -> file, as they are without a cut
        self.held = {}  # inode -> file: the number of a file that was removed is given to another one
        self.marks = []

    @staticmethod
    def rename_all(names, change):
        kind, path, other, inode = change
        if kind == CREATE:
            names[path] = inode
        elif kind == REMOVE:
            names.pop(path, None)
        elif kind == RENAME:
            moved = names.pop(path, None)
            if moved is not None:
                names[other] = moved

    def sync(self, inode):
        if inode in self.folders:
            folder = self.folders[inode]
            last = max((at for at, (_, path, other, _) in enumerate(self.pending) if folder in (folder_of(path), folder_of(other or path))),
                       default=-1)
            if self.believes(folder + '/'):
                for change in self.pending[:last + 1]:
                    self.rename_all(self.names, change)
                del self.pending[:last + 1]
        elif inode in self.files and self.believes(self.name_of(inode)):
            self.files[inode].sync()

    def name_of(self, inode):
        return next((path for path, held in self.now.items() if held == inode), '')

    def play(self, kind, inode, offset, path, other, data):
        if kind == CREATE:
            self.held[inode] = f'file {len(self.files)}'
        inode = self.held.get(inode, inode)
        if kind == MARK:
            self.marks.append(path)
            if path.startswith('put '):  # what others put there is on disk
                for name in (path[4:], path[4:] + '.meta'):
                    self.names[('inbox/taken/' if self.hasty else 'inbox/') + name] = self.now['inbox/' + name] = -1
        elif kind in (CREATE, REMOVE, RENAME):
            if kind == CREATE:
                self.files[inode] = File()
            self.pending.append((kind, path, other, inode))
            self.rename_all(self.now, self.pending[-1])
        elif kind == SYNC:
            self.sync(inode)
        elif inode in self.files:
            self.files[inode].pending.append((kind, offset, data))

    def after_cut(self, chance):
        names = dict(self.names)
        for change in self.pending[:chance.randint(0, len(self.pending))]:
            self.rename_all(names, change)
        return {path: self.files[inode].after_cut(chance) for path, inode in sorted(names.items())
                if inode in self.files and path in KEPT}, names


# --- after the cut ----------------------------------------------------------------------


class Lost(Exception):
    pass


def see(fact, what):
    if not fact:
        raise Lost(what)


def see_inbox(names, marks, put_in, taken):
    for mark in marks:
        if mark.startswith('put '):
            places = [folder for folder in ('inbox', 'inbox/taken', 'inbox/refused') if f'{folder}/{mark[4:]}' in names]
            see(len(places) == 1, f'{mark[4:]} is in {places}, not in one place')
            see(places[0] == 'inbox' or put_in[mark[4:]] in taken, f'{mark[4:]} is in {places[0]}, and its document not in the journal')


def see_journal(db, marks, put_in, names):
    bodies = {}
    for number, sha256, size, body, cause in db.execute('SELECT number, sha256, bytes, body, cause FROM document'):
        digest = hashlib.sha256()
        for (piece,) in db.execute('SELECT bytes FROM body WHERE piece >= ? AND piece < ? ORDER BY piece', (body * 1024, body * 1024 + 1024)):
            digest.update(piece)
        see(digest.hexdigest() == sha256, f'document {number} of the journal has other bytes than were handed in')
        bodies[sha256] = number
    for mark in marks:
        if mark.startswith('taken '):
            see(mark[6:] in bodies, f'answered \'taken\' and not in the journal: {mark[6:14]}')
    see_inbox(names, marks, put_in, bodies)


def see_store(db, marks):
    for document, stored in db.execute('SELECT document_id, stored FROM document').fetchall():
        count = db.execute('SELECT count(*) FROM chunk WHERE document_id = ?', (document,)).fetchone()[0]
        see(count == stored, f'{document[:8]} has {count} chunks, and says {stored}')
    half = db.execute('SELECT count(*) FROM chunk c LEFT JOIN provenance_chunk p USING (chunk_id) WHERE p.chunk_id IS NULL').fetchone()[0]
    see(half == 0, f'{half} chunks are half stored')
    indexed = db.execute('SELECT count(*) FROM chunk_search_docsize').fetchone()[0]
    see(indexed == db.execute('SELECT count(*) FROM chunk').fetchone()[0], f'{indexed} chunks are in the full-text index')
    for mark in marks:
        match = re.fullmatch(r'receipt (\w+) (\d+) (\d+)', mark)
        if match:
            first, count = int(match[2]), int(match[3])
            held = db.execute('SELECT count(*) FROM chunk WHERE document_id = ? AND ordinal >= ? AND ordinal < ?',
                              (match[1], first, first + count)).fetchone()[0]
            see(held == count, f'receipted and not in the database: {match[1][:8]}, chunks from {first}')


def look(binaries, tools, image, names, marks, put_in):
    if all(os.path.exists(os.path.join(image, name)) for name in ('journal.db', 'rapporteur.db')):
        fsck = subprocess.run([os.path.join(binaries, 'rapporteur'), 'fsck', '--data', image], capture_output=True, text=True, check=False)
        see('FAULT' not in fsck.stdout, f'fsck takes a cut of power for damage: {fsck.stdout}')
    done = subprocess.run([os.path.join(tools, 'reopen'), image], capture_output=True, text=True, check=False)
    see(done.returncode == 0, f'cannot be opened ({done.returncode}): {done.stdout.strip()}')
    for name in ('journal.db', 'rapporteur.db'):
        with sqlite3.connect(f'file:{image}/{name}?mode=ro', uri=True) as db:
            db.text_factory = bytes if name == 'journal.db' else str
            sound = db.execute('PRAGMA integrity_check').fetchone()[0]
            see(sound in ('ok', b'ok'), f'{name}: {sound}')
            db.text_factory = str
            if name == 'journal.db':
                see_journal(db, marks, put_in, names)
            else:
                see_store(db, marks)
    see(not harness.broken_spans(os.path.join(image, 'rapporteur.db')), 'a finding is not where it says')
    audit = subprocess.run([os.path.join(binaries, 'rapporteur'), 'audit', '--data', image, '--json'], capture_output=True, text=True,
                           check=False)
    see(audit.returncode == 0, f'the books do not balance: {audit.stdout[:300]}{audit.stderr[:300]}')


def cut(binaries, tools, folder, disk, put_in, seed):
    """None, or what was lost."""
    chance = random.Random(seed)
    contents, names = disk.after_cut(chance)
    image, marks = os.path.join(folder, f'cut-{seed}'), list(disk.marks)
    os.mkdir(image)
    for path, content in contents.items():
        with open(os.path.join(image, path), 'wb') as file:
            file.write(content)

    def judge():
        try:
            look(binaries, tools, image, names, marks, put_in)
        except (Lost, sqlite3.Error) as error:
            return f'seed {seed}: {error}'
        finally:
            shutil.rmtree(image)
        return None
    return judge


def run_cuts(options, recorded, folder, seeds, believes=lambda name: True, hasty=False):
    """Failures, in the order of the log."""
    log, folders, put_in = recorded
    total = sum(1 for _ in records(log))
    moments = {}
    for seed in seeds:
        moments.setdefault(random.Random(f'moment {seed}').randint(1, total), []).append(seed)
    disk, waiting, failures = Disk(folders, believes, hasty), [], []
    with ThreadPoolExecutor(2) as pool:
        for at, entry in enumerate(records(log), 1):
            disk.play(*entry)
            for seed in moments.get(at, []):
                waiting.append(pool.submit(cut(options.binaries, options.tools, folder, disk, put_in, seed)))
                if len(waiting) > 4:
                    failures.append(waiting.pop(0).result())
        failures += [job.result() for job in waiting]
    return total, [failure for failure in failures if failure]


#  Syncs that are not believed: what a disk does that lies, and what SQLite leaves out with the setting that is named.
DEFENCES = {
    'no sync at all (synchronous=OFF)': (lambda name: False, False),
    'no sync of the log at a commit (synchronous=NORMAL)': (lambda name: not name.endswith('-wal'), False),
    'no sync of the database before its log begins anew': (lambda name: not name.endswith('.db'), False),
    'no sync of folders': (lambda name: not name.endswith('/'), False),
    'files of the inbox are moved before the commit': (lambda name: True, True),
}


def take_defences_out(options, recorded, folder):
    for what, (believes, hasty) in DEFENCES.items():
        seeds = range(options.first, options.first + (60 if hasty else 24))
        _, failures = run_cuts(options, recorded, folder, seeds, believes, hasty)
        print(f'{what}: noticed by {len(failures)} of {len(seeds)}: {failures[0] if failures else ""}', flush=True)
        assert failures, f'{what} is not noticed'


def record_round(options, folder, seed):
    log = os.path.join(folder, 'log')
    put_in = record(options.binaries, os.path.join(options.tools, 'librecorder.so'), folder, log, random.Random(seed))
    data = os.path.join(folder, 'data')
    folders = {os.stat(os.path.join(data, name)).st_ino: name for name in ('', 'inbox', 'inbox/taken', 'inbox/refused')}
    return log, folders, put_in


def keep(folder, recorded):
    os.makedirs(folder, exist_ok=True)
    shutil.copy(recorded[0], os.path.join(folder, 'log'))
    with open(os.path.join(folder, 'names.json'), 'w', encoding='utf8') as file:
        json.dump([list(recorded[1].items()), recorded[2]], file)
    print(f'  the recording is kept in {folder}: --replay {folder} --from SEED --seeds 1')


def kept(folder):
    with open(os.path.join(folder, 'names.json'), encoding='utf8') as file:
        folders, put_in = json.load(file)
    return os.path.join(folder, 'log'), dict(folders), put_in


def run_round(options, folder, seeds):
    began = time.monotonic()
    recorded = kept(options.replay) if options.replay else record_round(options, folder, seeds[0])
    assert not built_on_sand(recorded[0]), built_on_sand(recorded[0])[:5]
    total, failures = run_cuts(options, recorded, folder, seeds)
    print(f'{len(seeds)} power cuts within {total} steps: {len(failures)} lost something; {time.monotonic() - began:.1f} s', flush=True)
    for failure in failures[:10]:
        print('  ' + failure)
    if failures and not options.replay:
        keep(options.keep, recorded)
    assert not failures
    return recorded


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('binaries')
    parser.add_argument('tools')
    parser.add_argument('--seeds', type=int, default=200)
    parser.add_argument('--from', dest='first', type=int, default=1)
    parser.add_argument('--keep', default=os.path.join(tempfile.gettempdir(), 'rapporteur-power-failure'))
    parser.add_argument('--replay')
    options = parser.parse_args()
    last = options.first + options.seeds
    for first in range(options.first, last, ROUND):
        with tempfile.TemporaryDirectory(prefix='rap-power.') as folder:
            recorded = run_round(options, folder, range(first, min(first + ROUND, last)))
            if first == options.first and not options.replay:
                take_defences_out(options, recorded, folder)


main()
