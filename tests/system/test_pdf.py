"""PDF through the pipeline: small ones written here, hostile ones, and programs that misbehave in place of pdftotext."""
import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import unittest
import zlib

import command
from command import CommandTest


def pdf(*pages, catalog=b'', trailer=b'', count=None, objects=()):
    """A PDF of pages of content, in Courier, with right offsets; what is given is put in as it is."""
    kids = b' '.join(b'%d 0 R' % (10 + 2 * i) for i in range(len(pages)))
    parts = {1: b'<< /Type /Catalog /Pages 2 0 R %s >>' % catalog,
             2: b'<< /Type /Pages /Kids [%s] /Count %d >>' % (kids, count if count is not None else len(pages)),
             3: b'<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>'}
    for i, content in enumerate(pages):
        packed = zlib.compress(content)
        parts[10 + 2 * i] = (b'<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F 3 0 R >> >> '
                             b'/Contents %d 0 R >>' % (11 + 2 * i))
        parts[11 + 2 * i] = b'<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream' % (len(packed), packed)
    parts.update(objects)
    out, places = b'%PDF-1.4\n', {}
    for number, body in sorted(parts.items()):
        places[number] = len(out)
        out += b'%d 0 obj\n%s\nendobj\n' % (number, body)
    table = b''.join(b'%d 1\n%010d 00000 n \n' % (number, place) for number, place in sorted(places.items()))
    return out + b'xref\n0 1\n0000000000 65535 f \n%strailer\n<< /Root 1 0 R /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n' % (
        table, max(parts) + 1, trailer, len(out))


def text(*lines, top=700, left=100):
    """A page's content: lines of type, 12 points apart; a line may be (x, y, words)."""
    out = b'BT /F 10 Tf\n'
    for i, line in enumerate(lines):
        x, y, words = line if isinstance(line, tuple) else (left, top - 12 * i, line)
        out += b'1 0 0 1 %d %d Tm (%s) Tj\n' % (x, y, words.replace('\\', r'\\').replace('(', r'\(').replace(')', r'\)').encode())
    return out + b'ET\n'


GOOD = pdf(text((100, 760, 'A/95/77'), 'United Nations', 'Report on lighthouses'),
           text((100, 760, 'A/95/77'), '1. The Secretary-General reports that twelve lighthouses in Kenya were', 'lit again in 2040, and',
                (300, 40, '2/3')),
           text((100, 760, 'A/95/77'), 'that four were not.', (300, 40, '3/3')))


class PdfTest(CommandTest):
    def quarantined(self, db='rapporteur.db'):
        with sqlite3.connect(self.path(db)) as open_db:
            return {os.path.basename(source): cause for source, cause in open_db.execute(
                "SELECT d.source, q.cause FROM quarantine q JOIN document d USING (document_id) WHERE d.state = 'quarantined'")}

    def chunks(self, db='rapporteur.db'):
        with sqlite3.connect(self.path(db)) as open_db:
            return open_db.execute('SELECT d.source, c.kind, c.label, c.text FROM chunk c JOIN document d USING (document_id) '
                                   'ORDER BY c.chunk_id').fetchall()

    def program(self, name, *lines):
        path = self.write(name, '\n'.join(('#!/bin/sh',) + lines) + '\n')
        os.chmod(path, stat.S_IRWXU)
        return path

    def read(self, files, expect=3, **environment):
        """Reads these files and a text; answers why which was quarantined."""
        shutil.rmtree(self.path('in'), ignore_errors=True)
        for name, content in files.items():
            self.write(f'in/{name}', content)
        self.write('in/text.txt', 'Words that others must not keep from being read.\n')
        self.environment.update(environment)
        report = self.json('run', 'in', expect=expect)
        for name in environment:
            del self.environment[name]
        states = {os.path.basename(d['path']): d['state'] for d in report['documents']}
        self.assertEqual(states['text.txt'], 'complete')
        books = self.json('audit')
        self.assertTrue(books['balanced'])
        return self.quarantined()

    def need_program(self):
        if not shutil.which('pdftotext'):
            self.skipTest('no pdftotext here (Debian: poppler-utils)')

    def test_a_paragraph_over_two_pages(self):
        self.need_program()
        self.assertEqual(self.read({'good.pdf': GOOD}, expect=0), {})
        found = [(label, words) for source, kind, label, words in self.chunks() if source.endswith('good.pdf') and kind == 'paragraph']
        self.assertEqual(found, [('1', 'The Secretary-General reports that twelve lighthouses in Kenya were lit again in 2040, and that four were not.')])
        for source, kind, label, words in self.chunks():
            self.assertNotRegex(words, r'\d/3')

    def test_what_is_refused_says_what_to_do(self):
        self.need_program()
        causes = self.read({
            'blank.pdf': pdf(b'', b''),
            'locked.pdf': pdf(text('Words'), trailer=b'/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<00><00>]' % (b'41' * 32, b'42' * 32)),
            'torn.pdf': b'%PDF-1.7\n' + bytes(range(256)) * 20,
            'head.pdf': b'%PDF-1.7\n',
            'good.pdf': GOOD})
        for name, words in (('blank.pdf', 'OCR'), ('locked.pdf', 'password'), ('torn.pdf', 'malformed PDF'), ('head.pdf', 'malformed PDF')):
            self.assertIn(words, causes.pop(name))
        self.assertEqual(causes, {})

    def test_hostile_files_end(self):
        """Each is read or refused, within limits."""
        self.need_program()
        deep = b'[' * 200000 + b']' * 200000
        spin = b'q\n' * 100000 + text('Words of a page.') + b'Q\n' * 100000
        causes = self.read({
            'deep.pdf': pdf(text('Words here.'), catalog=b'/X ' + deep),
            'spin.pdf': pdf(spin),
            'many.pdf': pdf(text('Words here.'), count=2000000000),
            'circle.pdf': pdf(text('Words here.'), objects=[(2, b'<< /Type /Pages /Kids [2 0 R 10 0 R 2 0 R] /Count 3 >>')]),
            'bomb.pdf': pdf(b'BT /F 10 Tf 1 0 0 1 100 100 Tm ' + b'(words ) Tj ' * 3000000 + b'ET'),
            'form.pdf': pdf(b'/A Do', objects=[(10, b'<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Resources << /XObject << /A 20 0 R >> >> /Contents 11 0 R >>'),
                                               (20, b'<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /A 20 0 R >> >> /Length 11 >>\nstream\n/A Do /A Do\nendstream')]),
            'good.pdf': GOOD}, expect=None, RAPPORTEUR_PDF_SECONDS='20')
        self.assertNotIn('good.pdf', causes)
        for cause in causes.values():
            self.assertIn('PDF', cause)

    def test_programs_that_misbehave(self):
        files = {'a.pdf': b'%PDF-1.4 a', 'b.pdf': b'%PDF-1.4 b'}
        flood = 'while :; do echo "<word xMin=\\"1\\" yMin=\\"1\\" xMax=\\"2\\" yMax=\\"2\\">flood flood flood flood flood flood</word>"; done'
        for name, lines, words in (
                ('hangs', ('while :; do :; done',), 'too long: the limit is 1 second'),
                ('floods', ('echo; echo "<doc>"', flood), 'bytes come'),
                ('eats', ('a=xxxxxxxxxxxxxxxx', 'while :; do a=$a$a$a$a; done'), 'PDF'),
                ('dies', ('kill -SEGV $$', 'exit 1'), 'malformed PDF'),
                ('lies', ('echo "<html>"',), 'not understood'),
                ('is silent', ('exit 0',), 'wrote nothing')):
            with self.subTest(name):
                program = self.program(f'program {name}', *lines)
                seconds = '1' if name == 'hangs' else '60'
                for file in ('rapporteur.db', 'rapporteur.db.ingest'):
                    for end in ('', '-wal', '-shm'):
                        if os.path.exists(self.path(file + end)):
                            os.remove(self.path(file + end))
                causes = self.read(files, RAPPORTEUR_PDFTOTEXT=program, RAPPORTEUR_PDF_SECONDS=seconds)
                self.assertEqual(set(causes), set(files))
                for cause in causes.values():
                    self.assertIn(words, cause)

    def test_a_killed_program_is_run_again(self):
        """Who kills it, as the kernel does when memory is short, costs no document."""
        self.need_program()
        hold = self.write('hold', '')
        program = self.program('patient', f'while [ -e {hold} ]; do :; done', f'exec {shutil.which("pdftotext")} "$@"')
        self.write('in/good.pdf', GOOD)
        run = subprocess.Popen([os.path.join(command.BINARIES, 'rapporteur'), 'run', '--db', self.path('rapporteur.db'), self.path('in')],
                               env=dict(self.environment, RAPPORTEUR_PDFTOTEXT=program), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        victim = self.process_of(program, run)
        os.kill(victim, signal.SIGSTOP)
        os.remove(hold)
        os.kill(victim, signal.SIGKILL)
        self.assertEqual(run.wait(60), 0)
        self.assertEqual(self.quarantined(), {})
        self.assertTrue([words for source, kind, label, words in self.chunks() if label == '1'])

    def process_of(self, program, run):
        """The process that the program runs in, as soon as there is one."""
        while run.poll() is None:
            for name in os.listdir('/proc'):
                try:
                    with open(f'/proc/{name}/cmdline', 'rb') as line:
                        if name.isdigit() and program.encode() in line.read():
                            return int(name)
                except OSError:
                    pass  # no process, or one that has ended
        return self.fail('the program was never started')

    def test_a_pdf_behind_other_bytes(self):
        self.need_program()
        self.assertEqual(self.read({'mailed.pdf': b'Content-Type: application/pdf\r\n\r\n' + GOOD,
                                    'about.txt': b'Words about files.\n%PDF-1.4 is how they begin.\n'}, expect=0), {})
        self.assertIn('1', [label for source, kind, label, words in self.chunks() if source.endswith('mailed.pdf')])
        self.assertTrue([words for source, kind, label, words in self.chunks() if source.endswith('about.txt') and '%PDF' in words])

    def test_a_missing_program_can_be_put_there_later(self):
        self.need_program()
        causes = self.read({'good.pdf': GOOD}, RAPPORTEUR_PDFTOTEXT=self.path('nowhere'))
        self.assertIn('poppler-utils', causes['good.pdf'])

    def test_mutated_files(self):
        """Bytes of a good file are changed at random: whatever comes of it, the books balance and the others are read."""
        self.need_program()
        dice, files = random.Random(20411), {}
        for number in range(60):
            body = bytearray(GOOD)
            for _ in range(dice.choice((1, 3, 20))):
                at = dice.randrange(8, len(body))
                how = dice.randrange(3)
                if how == 0:
                    body[at] = dice.randrange(256)
                elif how == 1:
                    del body[at:at + dice.randrange(40)]
                else:
                    body[at:at] = bytes(body[at:at + dice.randrange(200)])
            files[f'{number}.pdf'] = bytes(body)
        for cause in self.read(files, expect=None, RAPPORTEUR_PDF_SECONDS='20').values():
            self.assertIn('PDF', cause)


if __name__ == '__main__':
    unittest.main(verbosity=2)
