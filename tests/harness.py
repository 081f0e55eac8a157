"""harness: the real pipeline, started process by process, for tests and benchmarks.

A Pipeline owns a folder and the three daemons in it, each with the sockets and files of a service. Readiness is waited
for by the daemons' own --ready-fd, completion by asking ingest: nothing here sleeps for a time and hopes."""
import contextlib
import json
import os
import random
import select
import signal
import socket
import sqlite3
import subprocess
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
RULES = os.path.join(ROOT, 'data')
SAMPLES = os.path.join(ROOT, 'samples')
RESOLUTIONS = os.path.join(ROOT, '..', 'shared', 'gold', 'resolutions')
if os.geteuid() == 0:
    os.environ.setdefault('RAPPORTEUR_USER', 'root')  # else each daemon that is started directly warns
SKIPPED = 77  # the exit code that ctest shows as 'skipped'


def sample_files():
    return sorted(os.path.join(SAMPLES, name) for name in os.listdir(SAMPLES) if name.endswith('.txt'))


def resolution_files(layout='flow'):
    """The 254 labelled resolutions, or none where they are not beside the repository."""
    if not os.path.isdir(RESOLUTIONS):
        return []
    return sorted(os.path.join(RESOLUTIONS, name) for name in os.listdir(RESOLUTIONS) if name.endswith(f'.{layout}.txt'))


def children_of(pid):
    try:
        with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as listing:
            return [int(child) for child in listing.read().split()]
    except FileNotFoundError:
        return []


def usage_of(pid):
    """CPU seconds and peak memory (MiB) of a living process, as the kernel counts them."""
    with open(f'/proc/{pid}/stat', encoding='utf8') as stat:
        fields = stat.read().rsplit(')', 1)[1].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
    with open(f'/proc/{pid}/status', encoding='utf8') as status:
        peak = next((int(line.split()[1]) for line in status if line.startswith('VmHWM')), 0)
    return {'cpu_s': cpu, 'peak_mib': peak / 1024}


def settled_in(path):
    """Documents of a database that are not under way any more."""
    try:
        with contextlib.closing(sqlite3.connect(f'file:{path}?mode=ro', uri=True)) as db:
            return db.execute("SELECT count(*) FROM document WHERE state <> 'receiving'").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


RESERVED = []  # as long as this process lives


def free_ports(count):
    """The first of so many ports in a row that nobody has, below those that the kernel gives away. Another process that asks gets
    others: a socket in the abstract namespace for each port says that it is spoken for before its daemon listens."""
    while True:
        first = random.randrange(20000, 32000)
        spoken_for = []
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + count):
                    spoken_for.append(socket.socket(socket.AF_UNIX))
                    spoken_for[-1].bind(f'\0rapporteur-test-port-{port}')
                    held.enter_context(socket.socket()).bind(('127.0.0.1', port))
            except OSError:
                for one in spoken_for:
                    one.close()
                continue
        RESERVED.extend(spoken_for)
        return first


class Pipeline:
    """The daemons of one folder. `kind` is ingest, worker or sink everywhere. `wire` is what workers come over: ipc, tcp,
    or curve (tcp with keys)."""

    annotators = False  # whether the sink listens for them

    def __init__(self, binaries, folder, workers=2, wrap=(), wire='ipc'):
        self.binaries, self.folder, self.workers, self.wrap, self.wire = binaries, folder, workers, list(wrap), wire
        self.running, self.first_port = {}, 0
        for name in ('inbox', 'run', 'cache'):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        if wire != 'ipc':
            self.first_port = free_ports(2)
        for kind in ('ingest', 'sink', 'worker') if wire == 'curve' else ():
            self.rapporteur('keygen', '--keys', self.path('keys'), kind)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def address(self, name):
        if self.first_port and name in ('work', 'results'):
            return f'tcp://127.0.0.1:{self.first_port + (name == "results")}'
        return 'ipc://' + self.path('run', name + '.ipc')

    @property
    def db(self):
        return self.path('rapporteur.db')

    @property
    def journal(self):
        return self.path('journal.db')

    def command(self, kind):
        program = os.path.join(self.binaries, 'rapporteur-' + kind)
        work, results, receipts = (self.address(name) for name in ('work', 'results', 'receipts'))
        flags = {
            'ingest': ['--journal', self.journal, '--work', work, '--submit', self.address('submit'), '--receipts', receipts,
                       '--inbox', self.path('inbox'), '--rules', RULES],
            'worker': ['--work', work, '--results', results, '--children', str(self.workers), '--rules', RULES,
                       '--cache', self.path('cache')],
            'sink': ['--db', self.db, '--results', results, '--receipts', receipts, '--feed', self.address('feed'),
                     *(['--annotate', self.address('annotate')] if self.annotators else [])],
        }[kind]
        if self.wire == 'curve':
            flags += ['--keys', self.path('keys')]
        return [*self.wrap, program, *flags]

    def before(self, kind):
        """What the daemon's process is to do before it becomes the daemon, or None."""

    def start(self, kind, wait=True):
        read_end, write_end = os.pipe()
        with open(self.path(kind + '.log'), 'ab') as log:
            process = subprocess.Popen([*self.command(kind), '--ready-fd', str(write_end)], stderr=log, stdout=log,
                                       stdin=subprocess.DEVNULL, pass_fds=(write_end,), preexec_fn=self.before(kind))
        os.close(write_end)
        self.running[kind] = process
        if wait:
            ready, _, _ = select.select([read_end], [], [], 120)
            said = os.read(read_end, 64) if ready else b''
            if b'READY' not in said:
                os.close(read_end)
                raise RuntimeError(f'{kind} did not become ready; see {self.path(kind + ".log")}:\n{self.log(kind)[-2000:]}')
        os.close(read_end)
        return process

    def start_all(self):
        for kind in ('sink', 'ingest', 'worker'):
            self.start(kind)
        return self

    def log(self, kind):
        with open(self.path(kind + '.log'), encoding='utf8', errors='replace') as log:
            return log.read()

    def kill(self, kind):
        """SIGKILL, as the kernel's own out-of-memory killer would."""
        process = self.running.pop(kind)
        process.kill()
        process.wait()

    def kill_child(self, choose=random):
        """SIGKILL to one worker child; False if there is none at the moment."""
        children = children_of(self.running['worker'].pid)
        if not children:
            return False
        try:
            os.kill(choose.choice(children), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def stop(self, kind, seconds=60):
        process = self.running.pop(kind, None)
        if process is None:
            return 0
        process.terminate()
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def stop_all(self):
        return {kind: self.stop(kind) for kind in ('worker', 'ingest', 'sink')}

    def rapporteur(self, *arguments, check=True):
        done = subprocess.run([os.path.join(self.binaries, 'rapporteur'), *arguments], capture_output=True, text=True,
                              check=False, stdin=subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise RuntimeError(f'rapporteur {" ".join(arguments)[:200]}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}')
        return done

    def submit(self, *files, check=True):
        return self.rapporteur('submit', '--data', self.folder, '--timeout', '120', *files, check=check)

    def submit_later(self, *files):
        return subprocess.Popen([os.path.join(self.binaries, 'rapporteur'), 'submit', '--data', self.folder, '--timeout', '120',
                                 *files], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def audit(self):
        done = self.rapporteur('audit', '--data', self.folder, '--json', check=False)
        return json.loads(done.stdout), done.returncode

    def wait_complete(self, count, seconds=600):
        """Until `count` documents are complete, superseded or quarantined in the database itself."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.settled() >= count:
                return
            for kind, process in self.running.items():
                if process.poll() is not None:
                    raise RuntimeError(f'{kind} ended with {process.returncode}:\n{self.log(kind)[-2000:]}')
            select.select([], [], [], 0.02)
        raise RuntimeError(f'{self.settled()} of {count} documents settled within {seconds} s')

    def settled(self):
        return settled_in(self.db)

    def wait_balanced(self, seconds=120):
        """Until nothing is in flight by the files' own account."""
        end = time.monotonic() + seconds
        report, code = self.audit()
        while report['in_flight'] and time.monotonic() < end:
            select.select([], [], [], 0.05)
            report, code = self.audit()
        return report, code


def wait_linked(path, seconds=120):
    """Until what several documents together tell was worked out for all of them: after the receipts."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.closing(sqlite3.connect(f'file:{path}?mode=ro', uri=True)) as db:
            if not db.execute('SELECT 1 FROM document WHERE linked = 0').fetchone():
                return
        time.sleep(0.05)
    raise AssertionError(f'{path}: not linked after {seconds} s')


#  In these two runs may differ: when something happened, and by which way it came.
TIMES = {'document': {'received_at', 'completed_at'}, 'completion': {'seq'}, 'quarantine': {'first_at', 'last_at', 'released_at', 'notice'}}
LEFT_OUT = {'provenance', 'provenance_batch', 'provenance_chunk'}


def public_tables(db):
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
                                          "AND name NOT LIKE 'chunk_search%'")]
    return sorted(set(names) - LEFT_OUT)


def by_name(column):
    """The column's expression with numbers, which follow the order of taking, replaced by what they stand for."""
    if column.endswith('chunk_id'):
        return f'(SELECT k.document_id || \':\' || k.ordinal FROM chunk k WHERE k.chunk_id = t."{column}")'
    if column == 'number':
        return '(SELECT d.document_id FROM document d WHERE d.number = t.number)'
    return f'"{column}"'


def findings(path):
    """Every row of every table but provenance, without times: what two runs must agree on."""
    with contextlib.closing(sqlite3.connect(f'file:{path}?mode=ro', uri=True)) as db:
        dump = {}
        for table in public_tables(db):
            columns = [row[1] for row in db.execute(f'PRAGMA table_xinfo({table})')]
            columns = [by_name(column) for column in columns if column not in TIMES.get(table, ())]
            dump[table] = sorted(map(repr, db.execute(f'SELECT {", ".join(columns)} FROM {table} t')))
        dump['chunk_search'] = sorted(map(repr, db.execute(
            "SELECT c.document_id, c.ordinal FROM chunk_search s JOIN chunk c ON c.chunk_id = s.rowid WHERE chunk_search MATCH 'the'")))
        return dump


def broken_spans(path):
    """Rows of any table whose surface is not the text at their span."""
    broken = []
    with contextlib.closing(sqlite3.connect(f'file:{path}?mode=ro', uri=True)) as db:
        for table in public_tables(db):
            columns = {row[1] for row in db.execute(f'PRAGMA table_xinfo({table})')}
            if not {'chunk_id', 'start', 'end', 'surface'} <= columns:
                continue
            rows = db.execute(f'SELECT f.chunk_id, f.start, f."end", f.surface, substr(c.text, f.start + 1, f."end" - f.start) '
                              f'FROM {table} f LEFT JOIN chunk c USING (chunk_id) '
                              f'WHERE c.chunk_id IS NULL OR substr(c.text, f.start + 1, f."end" - f.start) IS NOT f.surface')
            broken += [(table, *row) for row in rows]
    return broken
