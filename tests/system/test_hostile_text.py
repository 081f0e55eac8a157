#!/usr/bin/env python3
"""SQL, markup, terminal escapes, marks of direction and formats, in documents, in their names and in what is stated of them, are
text wherever they are shown: by every verb, in every form, in logs, reasons and reports, in a pipe and on a terminal.

  test_hostile_text.py BIN"""
import csv
import io
import json
import os
import pty
import re
import sqlite3
import subprocess
import unittest
import xml.etree.ElementTree as ET

import command
from command import CommandTest, fed

EVIL = ('\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J \x85 \x7f \x00'.replace('\x00', '') + '\u202edrawkcab \u2066isle \u200f \u061c \u2028 '
        "Robert'); DROP TABLE document; -- %s%n%1000000d {0} ${HOME} `id` <script>alert(1)</script> \"&amp;")
#  Of a name in a folder: any byte but '/'; no valid UTF-8 either.
NAME = b'\x1b[31m\n2026-01-01T00:00:00.000Z error ingest forged.event a=b\xe2\x80\xae\x9b\xff %s%n; DROP TABLE document; <b>.txt'
RESOLUTION = fed('United Nations', 'A/RES/95/12', 'Resolution adopted by the General Assembly on 1 December 2040',
                 '95/12. Lighthouses ' + EVIL.replace('\u2028', ''), 'The General Assembly,',
                 'Recalling its resolution 94/3 of 2 December 2039 ' + EVIL,
                 '1. Requests the Secretary-General to report on 12 lighthouses in Kenya ' + EVIL + ' by 2041;',
                 '2. Encourages Member States to keep their lamps lit' + EVIL + '.')
#  What no line on a terminal may have; C1 and marks of direction as code points, escapes and bytes that are no UTF-8 as such.
OBEYED = re.compile('[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]')
#  What we say to a terminal ourselves: bold, faint, red and green, and a line that is written over.
OURS = re.compile('\x1b\\[(0|1|2|3[0-9]|9|4|9;3[0-9]|4;3[0-9])m|\r\x1b\\[K')
LOG_LINE = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (error|warn|info|debug) [a-z]+ [a-z_]+(\.[a-z_]+)*( [a-z_0-9]+=.*)?$')


def harmless(test, output, whose):
    text = output.decode('utf8')  # strictly: bytes that are no UTF-8 are an error
    found = OBEYED.search(text)
    test.assertIsNone(found, f'{whose}: {found and text[max(0, found.start() - 60):found.end() + 20]!r}')


class HostileTest(CommandTest):
    @property
    def program(self):
        return os.path.join(command.BINARIES, 'rapporteur')

    def piped(self, *arguments):
        done = subprocess.run([self.program, *arguments], capture_output=True, check=False, cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, timeout=120)
        harmless(self, done.stdout, arguments)
        harmless(self, done.stderr, arguments)
        self.assertIn(done.returncode, (0, 1, 2, 3), (arguments, done.stderr))
        return done

    def on_a_terminal(self, *arguments):
        ours, theirs = pty.openpty()
        environment = dict(self.environment, TERM='xterm')
        environment.pop('NO_COLOR')
        with subprocess.Popen([self.program, *arguments], stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL, cwd=self.folder,
                              env=environment) as running:
            os.close(theirs)
            said = b''
            while True:
                try:
                    more = os.read(ours, 65536)
                except OSError:
                    break
                if not more:
                    break
                said += more
            os.close(ours)
            running.wait(120)
        harmless(self, OURS.sub('', said.decode('utf8')).encode(), arguments)

    def write_documents(self, folder):
        self.write(os.path.join(folder, 'a.txt'), RESOLUTION)
        self.write(os.path.join(folder, 'a.txt.meta'), 'title: ' + EVIL + '\nsource: ' + EVIL + '\n')
        self.write(os.path.join(folder, 'b.txt'), RESOLUTION.replace('95/12', '96/7').replace('12 lighthouses', '14 lighthouses'))
        self.write(os.path.join(folder, 'bad.txt'), 'No key.\n')
        self.write(os.path.join(folder, 'bad.txt.meta'), EVIL.replace('\n', '') + '\n')
        self.write(os.path.join(folder, 'key.txt'), 'No such key.\n')
        self.write(os.path.join(folder, 'key.txt.meta'), '\x1b[31m%s%n: yes\n')
        with open(os.path.join(self.folder.encode(), folder.encode(), NAME), 'wb') as file:
            file.write(RESOLUTION.replace('95/12', '97/1').encode())
        with open(os.path.join(self.folder.encode(), folder.encode(), b'binary' + NAME), 'wb') as file:
            file.write(b'\x00\x01\xff')

    def soil(self, path):
        """Every text of every table has it; what other columns depend on, and what counts rows, stays."""
        kept = {'document_id', 'state', 'sha256', 'received_at', 'completed_at', 'language', 'pipeline', 'pipeline_version'}
        with sqlite3.connect(path) as db:
            db.create_function('sum_of', -1, lambda *_: 0)
            triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, in triggers:
                db.execute(f'DROP TRIGGER "{name}"')
            soiled = 0
            for table, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE "
                                     "'chunk_search%'").fetchall():
                for _, name, kind, *_ in db.execute(f'PRAGMA table_info("{table}")').fetchall():
                    if kind != 'TEXT' or name in kept or name.endswith('_id'):
                        continue
                    try:
                        soiled += db.execute(f"""UPDATE "{table}" SET "{name}" = CASE WHEN "{name}" LIKE '[%' THEN json_array(?1)
                                                 ELSE coalesce("{name}", '') || ?1 END""", (EVIL,)).rowcount
                    except sqlite3.Error:
                        pass  # a code that is checked, or a key
        return soiled

    def verbs(self, where, document, other):
        theme = ('--json',)
        shown = [('show', document), ('show', document, '1'), ('search', 'lighthouses'), ('search', EVIL.split()[0]), ('status',), ('audit',),
                 ('mandates',), ('series',), ('series', 'lighthouses'), ('cited', '94/3'), ('timeline', 'disarmament'), ('lifecycle', document),
                 ('diff', document, other), ('diff', '--all', document, other), ('quarantine', 'list'), ('label', '--list'), ('why', document),
                 ('why-theme', document, '1'), ('show', EVIL.replace('\x00', '')), ('lifecycle', EVIL), (EVIL,)]
        for verb in shown:
            options = [] if verb[0] == EVIL else list(where)
            yield [verb[0], *options, *verb[1:]]
            if options and verb[0] not in ('label',):
                yield [verb[0], *options, *theme, *verb[1:]]

    def ask_all(self, where, document, other):
        for arguments in self.verbs(where, document, other):
            done = self.piped(*arguments)
            if '--json' in arguments and done.stdout:
                json.loads(done.stdout)
            self.on_a_terminal(*arguments)
        for row in json.loads(self.piped('quarantine', 'list', *where, '--json').stdout or b'[]'):
            self.piped('quarantine', 'show', *where, row['document_id'])
            self.on_a_terminal('quarantine', 'show', *where, row['document_id'])
        self.piped('diff', '--html', *where, document, other)
        for document_id in (document, other):
            json.loads(self.piped('export', '--format', 'json', *where, document_id).stdout)
            ET.fromstring(self.piped('export', '--format', 'akn', *where, document_id).stdout.decode())
            self.piped('export', '--format', 'markdown', *where, document_id)
            for table in ('chunk', 'citation', 'quantity', 'clause', 'actor'):
                done = self.piped('export', '--format', 'csv', '--table', table, *where, document_id)
                rows = list(csv.reader(io.StringIO(done.stdout.decode(), newline='')))
                self.assertEqual({len(row) for row in rows}, {len(rows[0])})

    def test_a_run(self):
        self.write_documents('in')
        self.piped('run', '--db', 'x.db', 'in')
        db = sqlite3.connect(self.path('x.db'))
        with db:
            ids = dict(db.execute("SELECT symbol, document_id FROM document WHERE symbol <> ''"))
            self.assertGreaterEqual(len(ids), 3)
        db.close()
        self.ask_all(('--db', 'x.db'), ids['A/RES/95/12'], ids['A/RES/96/7'])
        self.assertGreater(self.soil(self.path('x.db')), 100)
        self.ask_all(('--db', 'x.db'), ids['A/RES/95/12'], ids['A/RES/96/7'])

    def test_a_service_and_its_log(self):
        self.environment['RAPPORTEUR_LOG'] = 'debug'
        service = self.up('service', '--workers', '1')
        self.write_documents('inbox')
        self.write_documents('new')
        self.piped('submit', '--data', 'service', *sorted(os.path.join('inbox', n) for n in os.listdir(self.path('inbox'))
                                                          if not n.endswith('.meta')))
        for name in os.listdir(os.fsencode(self.path('new'))):
            if name.endswith(b'.meta'):
                os.rename(os.path.join(os.fsencode(self.path('new')), name), os.path.join(os.fsencode(self.path('service/inbox')), name))
        for name in os.listdir(os.fsencode(self.path('new'))):
            os.rename(os.path.join(os.fsencode(self.path('new')), name), os.path.join(os.fsencode(self.path('service/inbox')), name))
        inbox = os.fsencode(self.path('service', 'inbox'))
        self.wait_for(lambda: sorted(os.listdir(inbox)) == [b'refused', b'taken'])
        self.wait_idle()
        self.piped('status', '--data', 'service')
        self.on_a_terminal('status', '--data', 'service')
        log = self.end(service)
        with open(self.path('up.log'), 'rb') as file:
            raw = file.read()
        harmless(self, raw, 'log')
        self.assertIn('forged.event', log)
        for line in log.splitlines():
            self.assertRegex(line, LOG_LINE)
            self.assertNotIn(' forged.event', line.split('=', 1)[0])
        for name in os.listdir(inbox + b'/refused'):
            if name.endswith(b'.reason'):
                with open(os.path.join(inbox, b'refused', name), 'rb') as reason:
                    said = reason.read()
                harmless(self, said, name)
                self.assertEqual(said.count(b'\n'), 1)

    def wait_for(self, fact):
        import select
        import time
        end = time.monotonic() + 60
        while not fact():
            self.assertLess(time.monotonic(), end, 'in vain')
            select.select([], [], [], 0.02)


if __name__ == '__main__':
    command.main()
