"""disturb: run undisturbed, run disturbed, compare. What all tests of this folder share.

A test makes documents (`rounds`), asks for the undisturbed run's rows (`undisturbed`), starts a Disturbed pipeline, feeds it
document after document while it breaks things, and hands both to `judge`: the books must balance, every row must be there once,
memory must be bounded. `judge` prints one line, `figures {...}`, in JSON, for whoever gathers (script/chaos, doc/reliability.md).

    --full    every fault alone, and waited for: the nightly run; without it faults come close upon each other
    --seed N  the same moments again (as far as the machine keeps time)"""
import argparse
import collections
import ctypes
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # noqa: E402

LEASE_S = 2.5
MEMORY_MIB_MAX = 1024  # of any daemon; the worker's has the compiled rules in it
RECOVERY_S_MAX = 5.0   # from a worker's death: 3 s are promised; judged only where nothing else runs (--full), and generously
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
KINDS = ('sink', 'ingest', 'worker')


def options(description, **more):
    parser = argparse.ArgumentParser(description=description.split('\n', maxsplit=1)[0])
    parser.add_argument('binaries')
    parser.add_argument('--full', action='store_true')
    parser.add_argument('--seed', type=int, default=int.from_bytes(os.urandom(3), 'big'))
    for name, default in more.items():
        parser.add_argument('--' + name.replace('_', '-'), type=type(default), default=default)
    chosen = parser.parse_args()
    chosen.binaries = os.path.abspath(chosen.binaries)
    chosen.chance = random.Random(chosen.seed)
    return chosen


def skip(why):
    print(f'skipped: {os.path.basename(sys.argv[0])}: {why}', flush=True)
    sys.exit(harness.SKIPPED)


def in_namespaces(*flags):
    """Runs this program again in namespaces of its own (flags of unshare(1)); skips visibly where that is not allowed."""
    if os.environ.get('RAPPORTEUR_UNSHARED') == 'yes':
        return
    become = [] if os.geteuid() == 0 else ['--map-root-user']
    if not shutil.which('unshare'):
        skip('there is no unshare (package util-linux)')
    command = ['unshare', *become, *flags, '--kill-child', '--']
    tried = subprocess.run([*command, 'true'], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        skip(f'no namespaces of our own: {tried.stderr.strip()[:200]}')
    os.environ['RAPPORTEUR_UNSHARED'] = 'yes'
    os.execvp('unshare', [*command, sys.executable, *sys.argv])


def mount(kind, place, flags=0, data=''):
    """mount(2); the reason as text if it is refused, else ''."""
    done = LIBC.mount(kind.encode(), place.encode(), kind.encode(), flags, data.encode())
    return '' if done == 0 else os.strerror(ctypes.get_errno())


def unmount(place):
    LIBC.umount2(place.encode(), 2)  # MNT_DETACH


def moment(chance, longest_s, shortest_s=0.0):
    """A random moment: the fault strikes then, nothing is waited for."""
    select.select([], [], [], chance.uniform(shortest_s, longest_s))


def wait_for(fact, what, seconds=60):
    """Until fact() is true; what it answers."""
    end = time.monotonic() + seconds
    while True:
        answer = fact()
        if answer:
            return answer
        if time.monotonic() > end:
            raise RuntimeError(f'waited {seconds} s in vain for {what}')
        select.select([], [], [], 0.01)


def copies(folder, number, originals):
    """The documents again, distinct by a last line with the number."""
    os.makedirs(folder, exist_ok=True)
    made = []
    for original in originals:
        made.append(os.path.join(folder, f'{number:04d}-{os.path.basename(original)}'))
        with open(original, encoding='utf8') as source, open(made[-1], 'w', encoding='utf8') as copy:
            copy.write(f'{source.read().rstrip()}\n\nHanded in as number {number}.\n')
    return made


def rounds(folder, count, originals=None):
    """`count` times the same documents, each distinct; lists of files, one a round."""
    return [copies(folder, number, originals or harness.sample_files()) for number in range(count)]


def flat(groups):
    return [name for group in groups for name in group]


def undisturbed(binaries, folder, files):
    pipeline = harness.Pipeline(binaries, folder).start_all()
    pipeline.submit(*files)
    pipeline.wait_complete(len(files))
    pipeline.stop_all()
    return harness.findings(pipeline.db)


def without(dump, *document_ids):
    """The rows that are not of these documents; sums over all documents are, if there are any."""
    return {table: [row for row in rows if not any(name in row for name in document_ids)] for table, rows in dump.items()
            if table != 'count_total' or not document_ids}


def family(pid):
    """It, its children, and theirs."""
    return [pid, *(member for child in harness.children_of(pid) for member in family(child))]


class Disturbed(harness.Pipeline):
    """A pipeline that keeps account of what was done to it, and starts again what ends."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.faults = collections.Counter()
        self.peaks = dict.fromkeys(KINDS, 0.0)
        self.recoveries = []
        self.flags = {}     # more flags, a kind
        self.wraps = {}     # other wraps, a kind
        self.limits = {}    # what a kind's process does to itself before it becomes the daemon
        self.given = 0      # documents handed in

    def command(self, kind):
        plain = super().command(kind)[len(self.wrap):]
        return [*self.wraps.get(kind, self.wrap), *plain, *self.flags.get(kind, [])]

    def before(self, kind):
        def prepare():
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # nothing is left behind when a test is ended
            self.limits.get(kind, lambda: None)()
        return prepare

    def processes(self, kind):
        process = self.running.get(kind)
        return family(process.pid) if process and process.poll() is None else []

    def note_memory(self):
        for kind in KINDS:
            for pid in self.processes(kind):
                try:
                    self.peaks[kind] = max(self.peaks[kind], harness.usage_of(pid)['peak_mib'])
                except (FileNotFoundError, ProcessLookupError, IndexError):
                    pass

    def kill(self, kind):
        self.note_memory()
        super().kill(kind)

    def signal(self, kind, number):
        for pid in self.processes(kind):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def keep(self):
        """What ended by itself (a disk that stays full) is started again, as `up` and systemd do."""
        for kind, process in list(self.running.items()):
            if process.poll() is not None:
                self.running.pop(kind)
                self.start(kind, wait=False)

    def wait_complete(self, count, seconds=600):
        def settled():
            self.keep()
            return self.settled() >= count
        wait_for(settled, f'{count} documents to settle; {self.settled()} have', seconds)

    def feed(self, files):
        """Hands in while the faults go on; `collect` waits for the answers."""
        self.given += len(files)
        return self.submit_later(*files)

    def collect(self, submission, seconds=300):
        def answered():
            self.keep()
            return submission.poll() is not None
        wait_for(answered, 'the answers to what was handed in', seconds)
        assert submission.returncode == 0, submission.stderr.read().decode()
        submission.stderr.close()

    def recovered(self, since):
        """Waits until all that was handed in has settled; the seconds since `since`."""
        self.wait_complete(self.given)
        took = time.monotonic() - since
        self.recoveries.append(took)
        return took

    def status(self):
        """What ingest says of itself; {} while it is silent."""
        done = self.rapporteur('status', '--data', self.folder, '--json', check=False)
        return (json.loads(done.stdout).get('service') or {}) if done.returncode == 0 else {}

    def end(self):
        self.note_memory()
        report, code = self.wait_balanced()
        self.stop_all()
        return report, code


def differences(want, got):
    lost, doubled = {}, {}
    for table in want.keys() | got.keys():
        before, after = (collections.Counter(dump.get(table, [])) for dump in (want, got))
        if before - after:
            lost[table] = list((before - after).elements())
        if after - before:
            doubled[table] = list((after - before).elements())
    return lost, doubled


def figures(test, pipeline, **more):
    said = {'test': test, 'faults': sum(pipeline.faults.values()), 'kinds': dict(pipeline.faults), 'documents': pipeline.given,
            'lost': 0, 'doubled': 0, 'recovery_s': round(max(pipeline.recoveries, default=0), 2),
            'peak_mib': {kind: round(peak) for kind, peak in pipeline.peaks.items()}, **more}
    print('figures ' + json.dumps(said), flush=True)


def judge(test, pipeline, want, leave=(), quarantined=0, **more):
    """The disturbed run's end: its books and rows against the undisturbed run's. `leave`: documents that may differ."""
    report, code = pipeline.end()
    got = without(harness.findings(pipeline.db), *leave)
    lost, doubled = differences(without(want, *leave), got)
    figures(test, pipeline, lost=sum(map(len, lost.values())) + report['lost'] + report['chunks']['lost'],
            doubled=sum(map(len, doubled.values())), **more)
    assert code == 0 and report['balanced'], report
    assert report['taken'] == pipeline.given and report['in_flight'] == 0 and report['quarantined'] == quarantined, report
    first = next(iter([*lost.items(), *doubled.items()]), None)
    assert not lost and not doubled, (sorted(lost), sorted(doubled), first and (first[0], first[1][:3]))
    assert sum(map(len, got.values())) > 10 * (pipeline.given - len(leave)), 'nothing was compared'
    assert not harness.broken_spans(pipeline.db)
    if not any(name in os.environ for name in ('ASAN_OPTIONS', 'TSAN_OPTIONS')):
        assert max(pipeline.peaks.values()) < MEMORY_MIB_MAX, pipeline.peaks


def stop_and_continue(pipeline, kind, chance, longest_s, shortest_s=0.0):
    pipeline.signal(kind, signal.SIGSTOP)
    moment(chance, longest_s, shortest_s)
    pipeline.signal(kind, signal.SIGCONT)
    pipeline.faults['stop ' + kind] += 1
