"""Hostile and clumsy input, through every door: each is named with what to do, the rest goes on, the books balance."""
import os
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import command
from command import RESOLUTION, CommandTest, harness

LONG = 'x' * 251 + '.txt'  # as long as a name can be
STRANGE = [b'new\nline.txt', b'bad\xff\xfe.txt', b'esc\x1b[31m.txt', LONG.encode()]


class BadInputTest(CommandTest):
    def write_all(self, folder):
        """Files that can be read under strange names, files that cannot, and sidecars with every mistake."""
        for number, name in enumerate(STRANGE):
            os.makedirs(self.path(folder), exist_ok=True)
            with open(os.path.join(self.path(folder).encode(), name), 'wb') as file:
                file.write(b'Words %d under a strange name.\n' % number)
        self.write(f'{folder}/late', b'Words on lamps.\n\n' * 5000 + b'caf\xe9\n')
        self.write(f'{folder}/binary', b'\x00\x01\x02')
        self.write(f'{folder}/empty', b'')
        self.write(f'{folder}/letter.rtf', b'{\\rtf1\\ansi Words on lamps.\\par}')
        self.write(f'{folder}/page.mht', b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="a"\r\n\r\n--a\r\n')
        self.write(f'{folder}/paper.pdf', b'%PDF-1.4\n')
        for name, meta in (('m1', 'no colon'), ('m2', 'title: ' + 'x' * 70000), ('m3', b'title: caf\xe9'), ('m4', 'date: yesterday'),
                           ('m5', 'title: ' + 'x' * 5000), ('m6', b'\0\1'), ('m7', 'symbl: A/95/1')):
            self.write(f'{folder}/{name}.txt', f'Words of {name}.\n')
            self.write(f'{folder}/{name}.txt.meta', meta)
        self.write(f'{folder}/m8.txt', 'Words of m8.\n')
        os.mkfifo(self.path(folder, 'm8.txt.meta'))
        self.write(f'{folder}/m9.txt', 'Words of m9.\n')
        os.mkdir(self.path(folder, 'm9.txt.meta'))
        self.write(f'{folder}/one.txt', RESOLUTION)
        self.write(f'{folder}/two.txt', RESOLUTION)
        os.mkfifo(self.path(folder, 'pipe'))
        os.symlink('nowhere', self.path(folder, 'dangling'))
        os.symlink('circle', self.path(folder, 'circle'))

    def quarantined(self, db):
        with sqlite3.connect(self.path(db)) as open_db:
            return dict(open_db.execute("SELECT d.source, q.cause FROM quarantine q JOIN document d USING (document_id) "
                                        "WHERE d.state = 'quarantined' AND q.released_at IS NULL"))

    def check_books(self, stored, quarantined, *place):
        books = self.json('audit', *place)
        self.assertEqual((books['balanced'], books['stored'], books['quarantined'], books['in_flight']), (True, stored, quarantined, 0))

    def check_quarantine(self, found):
        causes = {os.path.basename(source): cause for source, cause in found.items()}
        self.assertEqual(set(causes), {'late', 'binary', 'empty', 'paper.pdf', 'letter.rtf', 'page.mht'})
        self.assertIn('save it as DOCX', causes['letter.rtf'])
        self.assertIn('save the page as HTML', causes['page.mht'])
        self.assertIn('at byte 85003; convert it', causes['late'])
        self.assertIn('malformed PDF', causes['paper.pdf'])

    def test_run(self):
        self.write_all('in')
        report = self.json('run', 'in', expect=3)
        told = {os.path.basename(d['path']): d for d in report['documents']}
        self.check_quarantine(self.quarantined('rapporteur.db'))
        for number in range(1, 10):
            self.assertEqual(told[f'm{number}.txt']['state'], 'refused')
        for number, what in ((1, '.meta:1:'), (2, '65536'), (3, 'UTF-8'), (4, 'YYYY-MM-DD'), (5, '4095'), (6, '.meta:1'), (7, 'unknown key'),
                             (8, 'not a regular file'), (9, 'not a regular file')):
            self.assertIn(what, told[f'm{number}.txt']['cause'])
        self.assertEqual(told[LONG]['state'], 'complete')
        self.assertEqual((told['one.txt']['already'], told['two.txt']['already']), (False, True))
        self.assertEqual((told['dangling']['state'], told['circle']['state']), ('refused', 'refused'))
        self.check_books(len(STRANGE) + 1, 6)
        #  Again: the same states, nothing doubled.
        again = self.json('run', 'in', expect=3)
        self.assertEqual([d['state'] for d in again['documents']], [d['state'] for d in report['documents']])
        self.check_books(len(STRANGE) + 1, 6)

    def test_submit_with_all_that_a_shell_gives(self):
        service = self.up()
        self.write_all('in')
        names = sorted(name for name in os.listdir(self.path('in').encode()) if not name.startswith((b'm8.txt.meta', b'm9.txt.meta')))
        done = subprocess.run([os.path.join(command.BINARIES, 'rapporteur'), 'submit', '--data', self.path('service'), *names],
                              cwd=self.path('in'), env=self.environment, capture_output=True, check=False, timeout=120)
        self.assertEqual(done.returncode, 3, done)
        lines = done.stdout.decode(errors='replace').splitlines()
        self.assertFalse([line for line in lines if '.meta: ' in line and 'taken' in line], 'a sidecar is no document')
        self.assertTrue(any(line.startswith('circle: refused') for line in lines))
        self.wait_idle()
        self.check_quarantine(self.quarantined('service/rapporteur.db'))
        self.check_books(len(STRANGE) + 1, 6, '--data', 'service')
        self.assertIn('only sidecars', self.rapporteur('submit', '--data', 'service', 'in/m1.txt.meta', expect=1).stderr)
        self.end(service)

    def test_inbox(self):
        self.write_all('service/inbox')
        with open(self.path('service', 'inbox', 'huge.txt'), 'wb') as huge:
            huge.truncate(300 << 20)
        service = self.up()
        self.write('new', 'Version one of the words.\n')
        os.rename(self.path('new'), self.path('service/inbox/same.txt'))
        self.wait_taken('same.txt')
        self.write('new', 'Version two of the words.\n')
        os.rename(self.path('new'), self.path('service/inbox/same.txt'))
        self.wait_gone('same.txt')
        self.wait_idle()
        with open(self.path('service/inbox/refused/huge.txt.reason'), encoding='utf8') as reason:
            self.assertIn('split it', reason.read())
        for number in range(1, 10):
            with open(self.path(f'service/inbox/refused/m{number}.txt.reason'), encoding='utf8') as reason:
                self.assertIn(f'm{number}.txt.meta', reason.read())
        self.assertTrue(os.path.exists(self.path('service/inbox/taken', LONG)))
        self.assertTrue(os.path.islink(self.path('service/inbox/circle')), 'what is no file stays where it is')
        found = self.quarantined('service/rapporteur.db')
        self.assertIn('limit', found.pop('huge.txt'))
        self.check_quarantine(found)
        with sqlite3.connect(self.path('service/rapporteur.db')) as db:
            self.assertEqual(db.execute("SELECT count(*) FROM document WHERE source = 'same.txt' AND state = 'superseded'").fetchone(), (1,))
        self.check_books(len(STRANGE) + 3, 7, '--data', 'service')
        self.end(service)

    def wait_for(self, fact, what):
        end = time.monotonic() + 120
        while not fact():
            self.assertLess(time.monotonic(), end, what)
            threading.Event().wait(0.02)

    def wait_taken(self, name):
        self.wait_for(lambda: os.path.exists(self.path('service/inbox/taken', name)), name + ' is not taken')

    def wait_gone(self, name):
        self.wait_for(lambda: not os.path.exists(self.path('service/inbox', name)), name + ' stays')

    def test_standard_input(self):
        folder = os.open(self.folder, os.O_RDONLY)
        report = self.json_of('run', '-', stdin=folder)
        os.close(folder)
        self.assertIn('cannot be read', report['documents'][0]['cause'])
        #  Closed, so that whatever is opened next would be standard input.
        report = self.json_of('run', '-', preexec_fn=lambda: os.close(0), stdin=None)
        self.assertIn('empty', report['documents'][0]['cause'])
        report = self.json_of('run', '-', stdin=subprocess.PIPE, zeros=256 + 1)
        self.assertIn('split it', report['documents'][0]['cause'])
        self.check_books(0, 1)

    def json_of(self, *arguments, zeros=0, **more):
        import json
        running = subprocess.Popen([os.path.join(command.BINARIES, 'rapporteur'), *arguments, '--json'], cwd=self.folder,
                                   env=self.environment, stdout=subprocess.PIPE, **more)
        for _ in range(zeros):
            try:
                running.stdin.write(b' ' * (1 << 20))
            except BrokenPipeError:
                break
        if zeros:
            try:
                running.stdin.close()
            except BrokenPipeError:
                pass
        out = running.stdout.read()
        running.stdout.close()
        self.assertEqual(running.wait(120), 3)
        return json.loads(out)

    def test_a_run_that_waits_for_its_input_can_be_ended(self):
        running = subprocess.Popen([os.path.join(command.BINARIES, 'rapporteur'), 'run', '--log', 'info', '-'], cwd=self.folder,
                                   env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in running.stderr:
            if 'daemon.ready' in line and 'ingest' in line:
                break
        running.stdin.write('The beginning of a text')
        running.stdin.flush()
        running.send_signal(signal.SIGINT)
        try:
            self.assertEqual(running.wait(60), 1)
            self.assertIn('ended by Interrupt', running.stderr.read())
        finally:
            running.kill()
            running.stdin.close()
            running.stderr.close()
        self.check_books(0, 0)

    def test_a_file_that_grows_is_not_taken_half(self):
        service = self.up()
        path = self.write('growing.txt', 'Words of lamps.\n' * (1 << 18))
        stop = threading.Event()

        def grow():
            with open(path, 'a', encoding='utf8') as file:
                while not stop.is_set():
                    file.write('More words of lamps.\n')
                    file.flush()

        writer = threading.Thread(target=grow)
        writer.start()
        try:
            done = self.rapporteur('submit', '--data', 'service', 'growing.txt', expect=None)
        finally:
            stop.set()
            writer.join()
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn('changed while it was handed in; hand it in again', done.stdout)
        self.assertIn('taken', self.rapporteur('submit', '--data', 'service', 'growing.txt').stdout)
        self.end(service)

    def test_no_name_at_all(self):
        done = self.rapporteur('run', '', expect=3)
        self.assertIn('is the name right', done.stdout)

    def test_who_may_not_read_is_told(self):
        if os.getuid() == 0:
            self.environment['HOME'] = '/nonexistent'
            self.environment['RAPPORTEUR_USER'] = ''  # who is not root becomes nobody else
            as_nobody = {'user': 65534, 'group': 65534, 'extra_groups': []}
            os.chmod(self.folder, 0o777)
        else:
            as_nobody = {}
        self.write('secret.txt', 'Words that are secret.\n')
        os.chmod(self.path('secret.txt'), 0)
        self.write('good.txt', RESOLUTION)
        os.mkdir(self.path('inbox'))
        done = self.rapporteur('run', 'secret.txt', 'good.txt', expect=3, **as_nobody)
        self.assertIn('allow reading it first', done.stdout)
        self.assertIn('1 complete', done.stdout)
        #  A folder that may not be written to.
        os.mkdir(self.path('fixed'), 0o555)
        os.chown(self.path('fixed'), os.getuid(), os.getgid())
        for where in ('up --data fixed', 'run --db fixed/x.db good.txt'):
            done = self.rapporteur(*where.split(), expect=1, **as_nobody)
            self.assertIn('Permission denied', done.stderr)
            self.assertIn('fixed', done.stderr)


class LostTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.write('in/a.txt', RESOLUTION)
        self.write('in/binary', b'\0\1')
        self.write('in/empty', b'')
        self.write('in/v.txt', 'Version one of the lamps.\n')
        self.rapporteur('run', '--db', 'x.db', 'in', expect=3)
        self.write('in/v.txt', 'Version two of the lamps.\n')
        self.rapporteur('run', '--db', 'x.db', 'in', expect=3)
        self.before = harness.findings(self.path('x.db'))

    def check_mended(self, db, *place):
        books = self.json('audit', '--mend', *place)
        self.assertEqual((books['balanced'], books['taken'], books['stored'], books['quarantined']), (True, 5, 3, 2))
        harness.wait_linked(self.path(db))
        self.assertEqual(harness.findings(self.path(db)), self.before)
        self.assertEqual(harness.broken_spans(self.path(db)), [])

    def test_a_database_that_is_gone_comes_back_from_the_journal(self):
        os.remove(self.path('x.db'))
        self.assertEqual(self.json('audit', '--db', 'x.db', expect=4)['lost'], 5)
        self.assertIn('--mend', self.rapporteur('audit', '--db', 'x.db', expect=4).stdout)
        self.assertIn('--mend', self.rapporteur('run', '--db', 'x.db', 'in', expect=1).stderr)
        self.check_mended('x.db', '--db', 'x.db')

    def test_a_service_mends_while_it_runs(self):
        os.mkdir(self.path('service'))
        os.rename(self.path('x.db.ingest'), self.path('service/journal.db'))
        service = self.up()
        self.assertEqual(self.json('audit', '--data', 'service', expect=4)['lost'], 5)
        self.check_mended('service/rapporteur.db', '--data', 'service')
        self.assertIn('service.database_gone', self.end(service))

    def test_a_journal_that_is_gone_begins_anew(self):
        os.remove(self.path('x.db.ingest'))
        self.rapporteur('run', '--db', 'x.db', 'in', expect=3)
        books = self.json('audit', '--db', 'x.db')
        self.assertEqual((books['balanced'], books['taken'], books['unknown_to_journal']), (True, 4, 1))
        self.assertEqual(harness.findings(self.path('x.db')), self.before)

    def test_a_damaged_database_is_not_taken_for_a_missing_one(self):
        with open(self.path('x.db'), 'r+b') as db:
            db.write(b'This is no database any more, for somebody wrote over it.' * 20)
        done = self.rapporteur('audit', '--db', 'x.db', expect=1)
        self.assertIn('x.db', done.stderr)
        self.assertIn('move it away', done.stderr)
        done = self.rapporteur('run', '--db', 'x.db', 'in', expect=1)
        self.assertIn('x.db', done.stderr)
        self.assertIn('move it away', done.stderr)
        os.rename(self.path('x.db'), self.path('away.db'))
        self.check_mended('x.db', '--db', 'x.db')

    def test_a_run_killed_again_and_again_completes(self):
        self.write('more.txt', '\n\n'.join(f'{n}. Requests the Secretary-General to light lamp {n} by {2030 + n % 9}.' for n in range(1, 3000)))
        whole = self.json('run', '--db', 'whole.db', 'more.txt')
        for chunks in (1, 300, 900):
            running = subprocess.Popen([os.path.join(command.BINARIES, 'rapporteur'), 'run', '--db', 'y.db', 'more.txt'], cwd=self.folder,
                                       env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while running.poll() is None and self.stored('y.db') < chunks:
                pass
            running.kill()
            running.wait()
        report = self.json('run', '--db', 'y.db', 'more.txt')
        self.assertEqual(report['chunks'], whole['chunks'])
        self.assertEqual(harness.findings(self.path('y.db')), harness.findings(self.path('whole.db')))
        self.assertTrue(self.json('audit', '--db', 'y.db')['balanced'])

    def stored(self, db):
        try:
            with sqlite3.connect(f'file:{self.path(db)}?mode=ro', uri=True) as open_db:
                return open_db.execute('SELECT count(*) FROM chunk').fetchone()[0]
        except sqlite3.OperationalError:
            return 0

    def test_one_run_a_database(self):
        running = subprocess.Popen([os.path.join(command.BINARIES, 'rapporteur'), 'run', '--db', 'x.db', '--log', 'info', '-'], cwd=self.folder,
                                   env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in running.stderr:
            if 'daemon.ready' in line and 'ingest' in line:
                break
        done = self.rapporteur('run', '--db', 'x.db', 'in', expect=1)
        self.assertIn('x.db: another sink is writing to it', done.stderr)
        running.communicate('Words that come at last.\n', timeout=120)
        self.assertEqual(running.returncode, 0)
        self.assertEqual(self.json('audit', '--db', 'x.db')['taken'], 6)


class PlacesTest(CommandTest):
    def test_a_path_too_long_for_sockets(self):
        done = self.rapporteur('up', '--data', 'd' * 120, expect=1)
        self.assertIn('choose a shorter one', done.stderr)
        #  A single run has its sockets elsewhere.
        self.write('good.txt', RESOLUTION)
        self.rapporteur('run', '--db', 'd' * 120 + '/x.db', 'good.txt')

    def test_a_worker_over_tcp(self):
        port = harness.free_ports(1)
        pipeline = harness.Pipeline(command.BINARIES, self.folder)
        pipeline.address = lambda name: f'tcp://127.0.0.1:{port}' if name == 'work' else 'ipc://' + pipeline.path('run', name + '.ipc')
        pipeline.start_all()
        pipeline.submit(self.write('good.txt', RESOLUTION))
        pipeline.wait_complete(1)
        self.assertEqual(pipeline.stop_all(), {'worker': 0, 'ingest': 0, 'sink': 0})
        self.assertTrue(pipeline.audit()[0]['balanced'])


if __name__ == '__main__':
    command.main()
