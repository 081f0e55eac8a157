#!/usr/bin/env python3
"""make: the samples again in the forms in which documents come: DOCX, HTML and PDF.

  make.py OUTDIR [--bin DIR] [--rules DIR] [--variant styled|listed]... [--format docx|html|pdf]... [TEXT...]

Each text (default: all of samples/) is read by the program itself; from its chunks a rich document is written (flat ODT):
headings by style, real footnotes, what is done in italics, a masthead, page header and footer. LibreOffice converts it.
Whoever reads the result must come back to the same chunks.

  styled  headings have outline levels, numbers and letters are typed, the masthead is a table
  listed  headings are only bold and kept with the next, numbers and letters are automatic, the masthead is lines

Makes OUTDIR/NAME.VARIANT.fodt and from it .docx, .html, .pdf; prints a line for each file made. As a module: make()."""
import argparse
import collections
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from xml.sax.saxutils import escape, quoteattr

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
SAMPLES = os.path.join(ROOT, 'samples')
VARIANTS = ('styled', 'listed')
FORMATS = ('docx', 'html', 'pdf')

Chunk = collections.namedtuple('Chunk', 'id ordinal kind part label section text marks italics')
Made = collections.namedtuple('Made', 'text variant form path')


# --- what the program reads of a text ------------------------------------------------------------------------------------

def database(texts, path, binaries, rules=None):
    """A database of the texts, with what their sidecars tell."""
    env = dict(os.environ, **({'RAPPORTEUR_RULES': rules} if rules else {}))
    command = [os.path.join(binaries, 'rapporteur'), 'run', '--db', path, *texts]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env)
    if done.returncode != 0:
        raise RuntimeError(f'{command[0]}: exit {done.returncode}: {done.stderr[-1000:]}')
    return path


def chunks_of(db, document):
    """The document's chunks; `marks`: place and chunk of each footnote, `italics`: spans to be set so."""
    def spans(query):
        found = collections.defaultdict(list)
        for chunk, *rest in db.execute(query, (document,)):
            found[chunk].append(tuple(rest))
        return found
    join = 'JOIN chunk c USING (chunk_id) WHERE c.document_id = ?'
    marks = spans(f'SELECT f.chunk_id, f.start, f.footnote_chunk_id FROM footnote_mark f {join} ORDER BY 1, f.start')
    italics = spans(f"SELECT f.chunk_id, f.start, f.\"end\" FROM clause f {join} AND f.start = 0 AND c.kind IN ('preambular', 'operative')")
    for chunk, some in spans(f'SELECT f.chunk_id, f.start, f."end" FROM publication f {join}').items():
        italics[chunk] += some
    return [Chunk(row[0], *row[1:5], json.loads(row[5]), row[6], marks[row[0]], italics[row[0]]) for row in db.execute(
        'SELECT chunk_id, ordinal, kind, part, label, section, text FROM chunk WHERE document_id = ? ORDER BY ordinal', (document,))]


def documents(path):
    """Base name of the source, symbol and chunks of every document."""
    with sqlite3.connect(f'file:{path}?mode=ro', uri=True) as db:
        for document, source, symbol in db.execute('SELECT document_id, source, symbol FROM document ORDER BY source').fetchall():
            yield os.path.basename(source), symbol or '', chunks_of(db, document)


# --- a flat ODT of it ----------------------------------------------------------------------------------------------------

STYLES = '''<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"
 office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">
<office:styles>
<style:style style:name="Standard" style:family="paragraph"><style:text-properties fo:font-size="10pt" fo:language="en" fo:country="GB"/></style:style>
<style:style style:name="Single_20_Txt" style:display-name="Single Txt" style:family="paragraph" style:parent-style-name="Standard">
<style:paragraph-properties fo:margin-left="2.2cm" fo:margin-right="2.2cm" fo:margin-bottom="0.2cm"/></style:style>
<style:style style:name="Doc_20_Title" style:display-name="Doc Title" style:family="paragraph" style:parent-style-name="Single_20_Txt">
<style:paragraph-properties fo:keep-with-next="always" fo:margin-top="0.4cm"/><style:text-properties fo:font-size="14pt" fo:font-weight="bold"/></style:style>
<style:style style:name="Bold_20_Head" style:display-name="Bold Head" style:family="paragraph" style:parent-style-name="Single_20_Txt">
<style:paragraph-properties fo:keep-with-next="always" fo:margin-top="0.4cm"/><style:text-properties fo:font-weight="bold"/></style:style>
%s
<style:style style:name="Footnote" style:family="paragraph" style:class="extra"><style:text-properties fo:font-size="8.5pt"/></style:style>
<style:style style:name="Emphasis" style:family="text"><style:text-properties fo:font-style="italic"/></style:style>
<text:notes-configuration text:note-class="footnote" style:num-format="1" text:start-value="0" text:footnotes-position="page" text:start-numbering-at="document"/>
%s
</office:styles>
<office:automatic-styles>
<style:style style:name="I" style:family="text"><style:text-properties fo:font-style="italic"/></style:style>
<style:style style:name="Sup" style:family="text"><style:text-properties style:text-position="super 58%%"/></style:style>
<style:style style:name="Small" style:family="paragraph" style:parent-style-name="Standard"><style:text-properties fo:font-size="9pt"/></style:style>
<style:style style:name="Mast" style:family="table"><style:table-properties style:width="16cm"/></style:style>
<style:page-layout style:name="Page"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm" fo:margin="2cm"/>
<style:header-style/><style:footer-style/></style:page-layout>
</office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="Page">
<style:header><text:p text:style-name="Small">%s</text:p></style:header>
<style:footer><text:p text:style-name="Small">39-00001 <text:page-number text:select-page="current">1</text:page-number>/<text:page-count>9</text:page-count></text:p></style:footer>
</style:master-page></office:master-styles>
<office:body><office:text>
'''
HEADING = '''<style:style style:name="Heading_20_%d" style:display-name="Heading %d" style:family="paragraph" style:parent-style-name="Single_20_Txt" style:default-outline-level="%d">
<style:paragraph-properties fo:keep-with-next="always" fo:margin-top="0.4cm"/><style:text-properties fo:font-weight="bold" fo:font-size="%dpt"/></style:style>'''
HEADINGS_MAX = 6
LIST = '''<text:list-style style:name="%s">%s</text:list-style>'''
LEVEL = '''<text:list-level-style-number text:level="%d" style:num-format="%s" style:num-prefix="%s" style:num-suffix="%s">
<style:list-level-properties text:list-level-position-and-space-mode="label-alignment">
<style:list-level-label-alignment text:label-followed-by="listtab" text:list-tab-stop-position="3.5cm" fo:margin-left="2.2cm"/>
</style:list-level-properties></text:list-level-style-number>'''
LISTS = {'Paras': (('1', '', '.'), ('a', '(', ')'), ('i', '(', ')')), 'Heads': (('I', '', '.'), ('A', '', '.'))}
END = '</office:text></office:body></office:document>\n'


def roman(text):
    values = [dict(i=1, v=5, x=10, l=50)[c] for c in text.lower()]
    return sum(-v if any(v < w for w in values[i + 1:i + 2]) else v for i, v in enumerate(values))


class Writer:
    """One document being written."""

    def __init__(self, chunks, variant):
        self.variant, self.out, self.counts, self.lists = variant, [], {}, {}
        self.notes = {chunk.id: chunk for chunk in chunks if chunk.kind == 'footnote'}
        self.note_number = 0  # of the last footnote numbered automatically
        self.placed = set()
        self.above = {heading for chunk in chunks for heading in chunk.section}
        for chunk in chunks:
            if chunk.kind != 'footnote':
                self.chunk(chunk)

    # a footnote: automatic where its number is the next one, else with a mark of its own
    def note(self, footnote):
        self.placed.add(footnote.id)
        automatic = footnote.label == str(self.note_number + 1)
        self.note_number += automatic
        label = '' if automatic else f' text:label={quoteattr(footnote.label)}'
        body = ''.join(f'<text:p text:style-name="Footnote"><text:s/>{escape(line)}</text:p>' for line in footnote.text.split('\n'))
        return (f'<text:note text:note-class="footnote"><text:note-citation{label}>{escape(footnote.label)}</text:note-citation>'
                f'<text:note-body>{body}</text:note-body></text:note>')

    def inline(self, chunk, start, end):
        """Characters [start, end) of the chunk with what stands in them."""
        cuts = sorted({start, end, *(at for span in chunk.italics for at in span if start < at < end)}
                      | {at for at, _ in chunk.marks if start <= at <= end})
        out = []
        for i, at in enumerate(cuts):
            out += [self.mark(chunk, footnote) for where, footnote in chunk.marks if where == at and (at > start or at == 0)]
            if i + 1 < len(cuts):
                words = escape(chunk.text[at:cuts[i + 1]])
                italic = any(a <= at and cuts[i + 1] <= b for a, b in chunk.italics)
                out.append(f'<text:span text:style-name="I">{words}</text:span>' if italic else words)
        return ''.join(out)

    def mark(self, chunk, footnote):
        if footnote in self.notes and footnote not in self.placed:
            return self.note(self.notes[footnote])
        label = self.notes[footnote].label if footnote in self.notes else ''
        return f'<text:span text:style-name="Sup">{escape(label)}</text:span>'

    def lines(self, chunk):
        at = 0
        for line in chunk.text.split('\n'):
            yield line, at, at + len(line)
            at += len(line) + 1

    def paragraph(self, style, inside):
        self.out.append(f'<text:p text:style-name="{style}">{inside}</text:p>')

    # one item of an automatic list; it restarts only where its number is not the next one
    def item(self, name, level, value, style, inside):
        counts = self.counts.setdefault(name, [0] * 4)
        counts[level + 1:] = [0] * (3 - level)
        start = '' if value == counts[level] + 1 else f' text:start-value="{value}"'
        counts[level] = value
        after = f' text:continue-list="{name}{self.lists[name]}"' if name in self.lists else ''
        self.lists[name] = self.lists.get(name, 0) + 1
        begin = f'<text:list xml:id="{name}{self.lists[name]}" text:style-name="{name}"{after}><text:list-item>'
        begin += '<text:list><text:list-item>' * level
        begin = begin[:-1] + start + '>'
        end = '</text:list-item></text:list>' * (level + 1)
        self.out.append(f'{begin}<text:p text:style-name="{style}">{inside}</text:p>{end}')

    # --- kinds ---

    def chunk(self, chunk):
        getattr(self, 'take_' + chunk.kind, self.take_text)(chunk)

    def take_masthead(self, chunk):
        lines = [self.inline(chunk, a, b) for _, a, b in self.lines(chunk)]
        table = 0
        if self.variant == 'styled' and len(lines) >= 5:
            plain = [line for line, _, _ in self.lines(chunk)]
            distr = next((i for i, line in enumerate(plain) if line.startswith('Distr')), 0)
            table = distr + 2 if distr == 3 else 0
            table += any(line.startswith('Original') for line in plain[table:table + 1]) if table else 0
        if table:
            self.masthead_table(lines[:table])
        for line in lines[table:]:
            self.paragraph('Standard', line)

    def masthead_table(self, lines):
        cell = lambda some: '<table:table-cell>%s</table:table-cell>' % ''.join(f'<text:p text:style-name="Standard">{p}</text:p>' for p in some)
        row = lambda *cells: f'<table:table-row>{"".join(map(cell, cells))}</table:table-row>'
        self.out.append('<table:table table:name="Masthead" table:style-name="Mast"><table:table-column table:number-columns-repeated="3"/>'
                        + row([''], lines[:1], lines[1:2]) + row([''], lines[2:3], lines[3:]) + '</table:table>')

    def take_title(self, chunk):
        if chunk.part:
            self.take_heading(chunk)
        else:
            self.paragraph('Doc_20_Title', self.inline(chunk, 0, len(chunk.text)))

    def take_heading(self, chunk):
        lone = re.match(r'([IVX]+|[A-Z]) (?=\S)', chunk.text)
        if lone and chunk.text not in self.above and chunk.text[lone.end():] in self.above:
            # a number on a line of its own
            self.heading(chunk, 0, lone.end() - 1)
            self.heading(chunk, lone.end(), len(chunk.text))
        else:
            self.heading(chunk, 0, len(chunk.text))

    def heading(self, chunk, start, end):
        text = chunk.text[start:end]
        counter = re.match(r'([IVX]+|[A-Z])\. ', text)
        level = min(len(chunk.section) + 1, HEADINGS_MAX)
        if self.variant == 'styled':
            self.out.append(f'<text:h text:style-name="Heading_20_{level}" text:outline-level="{level}">{self.inline(chunk, start, end)}</text:h>')
        elif counter:
            is_roman = re.fullmatch('[IVX]+', counter[1]) and not chunk_follows_letter(chunk, self.counts)
            value = roman(counter[1]) if is_roman else ord(counter[1]) - 64
            self.item('Heads', 0 if is_roman else 1, value, 'Bold_20_Head', self.inline(chunk, start + counter.end(), end))
        else:
            self.paragraph('Bold_20_Head', self.inline(chunk, start, end))

    def take_text(self, chunk):
        lines = list(self.lines(chunk))
        if any(' | ' in line for line, _, _ in lines):
            return self.table(chunk, lines)
        for i, (line, start, end) in enumerate(lines):
            letter = re.match(r'\(([a-z])\) ', line)
            label = chunk.label if i == 0 and re.fullmatch(r'\d+', chunk.label) else None
            if self.variant == 'listed' and label:
                self.item('Paras', 0, int(label), 'Single_20_Txt', self.inline(chunk, start, end))
            elif self.variant == 'listed' and letter and not chunk.label.startswith('pp') and chunk.label:
                self.item('Paras', 1, ord(letter[1]) - 96, 'Single_20_Txt', self.inline(chunk, start + letter.end(), end))
            else:
                self.paragraph('Single_20_Txt', (f'{label}.<text:tab/>' if label else '') + self.inline(chunk, start, end))
        return None

    def table(self, chunk, lines):
        width = max(line.count(' | ') for line, _, _ in lines) + 1
        self.out.append(f'<table:table><table:table-column table:number-columns-repeated="{width}"/>')
        for line, _, _ in lines:
            cells = line.split(' | ') + [''] * (width - 1 - line.count(' | '))
            self.out.append('<table:table-row>%s</table:table-row>' % ''.join(
                f'<table:table-cell><text:p text:style-name="Small">{escape(cell)}</text:p></table:table-cell>' for cell in cells))
        self.out.append('</table:table>')


def chunk_follows_letter(chunk, counts):
    """'I.' is a letter where H. stands before it."""
    return chunk.text.startswith('I. ') and counts.get('Heads', [0] * 4)[1] == 8


def fodt(symbol, chunks, variant):
    headings = '\n'.join(HEADING % (n, n, n, 15 - n) for n in range(1, HEADINGS_MAX + 1))
    lists = ''.join(LIST % (name, ''.join(LEVEL % (i + 1, *level) for i, level in enumerate(levels))) for name, levels in LISTS.items())
    return STYLES % (headings, lists, escape(symbol)) + '\n'.join(Writer(chunks, variant).out) + END


# --- conversion ----------------------------------------------------------------------------------------------------------

def soffice():
    return shutil.which('soffice') or shutil.which('libreoffice')


BATCH = 64  # files that one LibreOffice is given; it keeps them all in memory


def convert(files, form, outdir, profile):
    if len(files) > BATCH:
        convert(files[:BATCH], form, outdir, profile)
        convert(files[BATCH:], form, outdir, profile)
        return
    subprocess.run([soffice(), '--headless', '--norestore', f'-env:UserInstallation=file://{profile}', '--convert-to', form,
                    '--outdir', outdir, *files], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)


def make(outdir, texts, binaries, variants=VARIANTS, formats=FORMATS, rules=None):
    """Makes all; the list of what was made. Sidecars of the texts go with each file."""
    os.makedirs(outdir, exist_ok=True)
    made = []
    with tempfile.TemporaryDirectory() as scratch:
        by_name = {os.path.basename(text): text for text in texts}
        sources = []
        for name, symbol, chunks in documents(database(list(texts), os.path.join(scratch, 'x.db'), binaries, rules)):
            for variant in variants:
                path = os.path.join(outdir, f'{os.path.splitext(name)[0]}.{variant}.fodt')
                with open(path, 'w', encoding='utf8') as file:
                    file.write(fodt(symbol, chunks, variant))
                sources.append(Made(by_name[name], variant, 'fodt', path))
        for form in formats:
            convert([source.path for source in sources], form, outdir, os.path.join(scratch, 'profile'))
            made += [source._replace(form=form, path=f'{os.path.splitext(source.path)[0]}.{form}') for source in sources]
    for one in made:
        if not os.path.exists(one.path):
            raise RuntimeError(f'LibreOffice made no {one.path}')
        if os.path.exists(one.text + '.meta'):
            shutil.copy(one.text + '.meta', one.path + '.meta')
    return sources + made


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('outdir')
    parser.add_argument('texts', nargs='*', metavar='TEXT')
    parser.add_argument('--bin', default=os.path.join(ROOT, 'build', 'release', 'bin'), help='where rapporteur is')
    parser.add_argument('--rules', help='the folder of rules (default: as the program finds them)')
    parser.add_argument('--variant', action='append', choices=VARIANTS)
    parser.add_argument('--format', action='append', choices=FORMATS)
    args = parser.parse_args()
    if not soffice():
        sys.exit('make.py: no soffice here (Debian: libreoffice-writer-nogui)')
    texts = args.texts or sorted(os.path.join(SAMPLES, name) for name in os.listdir(SAMPLES) if name.endswith('.txt'))
    for one in make(args.outdir, texts, args.bin, args.variant or VARIANTS, args.format or FORMATS, args.rules):
        print(f'{one.path}  {os.path.getsize(one.path)} bytes, {one.variant}, from {os.path.basename(one.text)}')


if __name__ == '__main__':
    main()
