#!/usr/bin/env python3
"""Documents round and round through a service of its own, in a folder of its own, while faults of all kinds strike at random; at
the end: is anything lost, is anything there twice, how long did recovery take, did memory stay flat?

  soak.py BIN [--minutes N] [--seed N]

Over the 254 labelled resolutions where they are beside the repository, else over samples/. script/chaos builds and starts it.
Faults: processes killed and stopped; connections reset, cut, held, garbled, one byte at a time; packets lost (where there may be a
network of its own); full disks (where there may be mounts). What a document gave must be the same in each round as in an undisturbed one."""
import collections
import hashlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing

import disturb
import harness
import relay

PROBE = ['unshare', *([] if os.geteuid() == 0 else ['--map-root-user']), '--net', '--mount', '--', 'true']
MAY_UNSHARE = bool(shutil.which('unshare')) and subprocess.run(PROBE, capture_output=True, check=False).returncode == 0
if MAY_UNSHARE:
    disturb.in_namespaces('--net', '--mount')

ROOM = 'size=6g'
PARTS = 8  # of a round
OWN_ROWS = ('chunk', 'citation', 'adherence', 'quantity', 'date_mention', 'place', 'actor', 'clause', 'publication', 'classification')


def run(*command):
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


class Service(relay.Relayed):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.disks = []
        for name in ('journal', 'database'):
            os.makedirs(self.path(name), exist_ok=True)
            if MAY_UNSHARE and not disturb.mount('tmpfs', self.path(name), 0, ROOM):
                self.disks.append(name)
        self.flags = {'ingest': ['--give-up', '2'], 'sink': ['--give-up', '2']}
        for file in (self.db, self.journal):
            for more in ('', '-wal', '-shm'):
                os.symlink(file + more, self.path(os.path.basename(file) + more))

    @property
    def db(self):
        return self.path('database', 'rapporteur.db')

    @property
    def journal(self):
        return self.path('journal', 'journal.db')

    def unmount(self):
        for name in self.disks:
            disturb.unmount(self.path(name))


#  --- faults --------------------------------------------------------------------

def kill(service, chance, victim):
    if victim in disturb.KINDS:
        if victim in service.running:
            service.kill(victim)
            disturb.moment(chance, 0.1)
            service.start(victim, wait=False)
        return
    members = service.processes('worker' if victim == 'child' else 'ingest')[1:]
    members = {'child': members, 'warden': members[:1], 'reader': members[1:]}[victim]
    if members:
        service.note_memory()
        try:
            os.kill(chance.choice(members), signal.SIGKILL)
        except ProcessLookupError:
            pass


def stop(service, chance, kind):
    disturb.stop_and_continue(service, kind, chance, chance.choice((0.3, 1, disturb.LEASE_S + 1.5)))


def fill(service, chance, disk):
    filler = service.path(disk, 'filler')
    with open(filler, 'wb') as file:
        room = shutil.disk_usage(service.path(disk)).free
        while room > 4096:
            try:
                os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, room)
            except OSError:
                pass
            room = min(room // 2, shutil.disk_usage(service.path(disk)).free)
    disturb.moment(chance, 3)
    os.unlink(filler)
    service.keep()


def lose(_, chance, part):
    rule = ['INPUT', '-p', 'tcp', '-m', 'statistic', '--mode', 'random', '--probability', str(part), '-j', 'DROP']
    run('iptables', '-A', *rule)
    disturb.moment(chance, 3)
    run('iptables', '-D', *rule)


def possible_faults(service):
    faults = [('kill ' + victim, kill, victim) for victim in ('child', 'child', 'worker', 'sink', 'ingest', 'reader', 'warden')]
    faults += [('stop ' + kind, stop, kind) for kind in disturb.KINDS]
    faults += [(f'{mode}: {name}', lambda s, c, a: s.disturb(*a, c, c.choice((0.2, 1, 3))), (name, mode))
               for mode in relay.MODES for name in relay.PLACES]
    faults += [('full ' + disk, fill, disk) for disk in service.disks]
    if MAY_UNSHARE and run('iptables', '-S'):
        faults += [(f'packets lost: {part:.0%}', lose, part) for part in (0.05, 0.3, 1.0)]
    else:
        print('skipped: soak: packets lost: no network of our own, or no iptables', flush=True)
    return faults


#  --- what a document gave ---------------------------------------------------------

def own_rows(path):
    """A digest of each document's rows, by the name of its original: what does not depend on other documents, without the last
    chunk, in which copies differ."""
    digests, columns = collections.defaultdict(dict), {}
    with closing(sqlite3.connect(f'file:{path}?mode=ro', uri=True)) as db:
        for table in OWN_ROWS:
            names = [row[1] for row in db.execute(f'PRAGMA table_info({table})')]
            columns[table] = [f't."{name}"' for name in names if name not in ('chunk_id', 'document_id', 'target_document_id')]
        for number, source, chunks in db.execute("SELECT number, source, chunks FROM document WHERE state <> 'quarantined'").fetchall():
            digest, rows = hashlib.sha256(), 0
            low, high = number << 20, (number << 20) + chunks - 1
            for table, names in columns.items():
                order = ', '.join(str(at + 1) for at in range(len(names) + 1))
                for row in db.execute(f'SELECT t.chunk_id - ?1, {", ".join(names)} FROM {table} t '
                                      f'WHERE t.chunk_id >= ?1 AND t.chunk_id < ?2 ORDER BY {order}', (low, high)):
                    digest.update(repr(row).encode())
                    rows += 1
            digests[os.path.basename(source).split('-', 1)[1]][source] = (rows, digest.hexdigest())
    return digests


def compare(want, got):
    """Rows that are missing, rows too many, and documents that gave something else."""
    lost = doubled = other = 0
    for original, copies in got.items():
        (expected,) = want[original].values()
        for found in copies.values():
            lost += max(0, expected[0] - found[0])
            doubled += max(0, found[0] - expected[0])
            other += found != expected
    return lost, doubled, other


#  --- the run ------------------------------------------------------------------------

def tell_peaks(service, peaks):
    service.note_memory()
    peaks.append(dict(service.peaks))
    service.peaks = dict.fromkeys(disturb.KINDS, 0.0)


def one_fault(service, faults, chance):
    name, act, argument = chance.choice(faults)
    if os.environ.get('SOAK_VERBOSE'):
        print(f'    {name}', flush=True)
    disturb.moment(chance, 0.2)
    act(service, chance, argument)
    if not re.match('stop|.*: (work|results|receipts)', name):
        service.faults[name] += 1
    service.keep()


def one_round(service, group, faults, chance):
    """Hands it in, part by part, each with a fault; and goes on striking until all has settled, a while at most."""
    size = -(-len(group) // PARTS)
    for at in range(0, len(group), size):
        submission = service.feed(group[at:at + size])
        one_fault(service, faults, chance)
        healed = time.monotonic()
        service.collect(submission, 600)
        if chance.random() < 0.5:  # else the next comes upon it
            service.recovered(healed)
    for _ in range(PARTS):
        if service.settled() >= service.given:
            break
        one_fault(service, faults, chance)
    return service.recovered(time.monotonic())


def main():
    options = disturb.options(__doc__, minutes=5.0, workers=2)
    if MAY_UNSHARE:
        run('ip', 'link', 'set', 'lo', 'up')
    chance, originals = options.chance, harness.resolution_files() or harness.sample_files()
    peaks, number = [], 0
    with tempfile.TemporaryDirectory(prefix='rap-soak.', ignore_cleanup_errors=True) as folder:
        group = disturb.copies(os.path.join(folder, 'a.d'), 0, originals)
        reference = harness.Pipeline(options.binaries, os.path.join(folder, 'a')).start_all()
        reference.submit(*group)
        reference.wait_complete(len(group))
        reference.stop_all()
        want = own_rows(reference.db)
        service = Service(options.binaries, os.path.join(folder, 'b'), chance, workers=options.workers)
        try:
            faults = possible_faults(service)
            print(f'{len(originals)} documents a round, {options.minutes} minutes, {len(faults)} kinds of faults, seed {options.seed}', flush=True)
            service.start_all()
            began = time.monotonic()
            until = began + 60 * options.minutes
            while time.monotonic() < until:
                number += 1
                group = disturb.copies(os.path.join(folder, f'{number}.d'), number, originals)
                took = one_round(service, group, faults, chance)
                tell_peaks(service, peaks)
                shutil.rmtree(os.path.join(folder, f'{number}.d'), ignore_errors=True)
                print(f'{time.monotonic() - began:6.0f} s  round {number}: {sum(service.faults.values())} faults, {took:.1f} s from the last fault '
                      f'to the last receipt; peaks ' + ', '.join(f'{kind} {peak:.0f} MiB' for kind, peak in peaks[-1].items()), flush=True)
            report, code = service.end()
            finish(service, report, code, want, peaks, number, options)
        finally:
            service.unmount()


def finish(service, report, code, want, peaks, number, options):
    lost, doubled, other = compare(want, own_rows(service.db))
    half = len(peaks) // 2
    early, late = (max((max(peak.values()) for peak in part), default=0) for part in (peaks[:half], peaks[half:]))
    service.peaks = {kind: max(peak[kind] for peak in peaks) for kind in disturb.KINDS}
    disturb.figures('soak', service, lost=lost + report['lost'] + report['chunks']['lost'], doubled=doubled, other=other, rounds=number,
                    minutes=options.minutes, seed=options.seed, chunks=report['chunks']['taken'], quarantined=report['quarantined'],
                    early_mib=round(early), late_mib=round(late))
    for name, count in sorted(service.faults.items()):
        print(f'{count:6d}  {name}')
    print(f'audit: {report["taken"]} documents taken, {report["stored"]} stored, {report["quarantined"]} quarantined, {report["in_flight"]} in flight, '
          f'{report["lost"]} lost; {"balanced" if code == 0 else "NOT BALANCED"}')
    print(f'| {options.minutes:g} minutes | {number} rounds, {report["taken"]} documents, {report["chunks"]["taken"]} chunks | '
          f'{sum(service.faults.values())} faults | lost {lost + report["lost"]} | doubled {doubled} | {max(service.recoveries):.1f} s | '
          + ', '.join(f'{kind} {peak:.0f}' for kind, peak in service.peaks.items()) + f' MiB ({early:.0f}, then {late:.0f}) |')
    good = code == 0 and not lost and not doubled and not other and report['taken'] == service.given
    good = good and (half == 0 or late < 1.3 * early + 16)
    sys.exit(0 if good else 1)


main()
