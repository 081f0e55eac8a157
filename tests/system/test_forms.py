"""The forms in which documents come: each gives the chunks of its text, and a hostile file of each costs only itself."""
import io
import os
import shutil
import sqlite3
import sys
import unittest
import zipfile

import command
from command import CommandTest, harness

sys.path.insert(0, os.path.join(harness.ROOT, 'tests', 'forms'))
import make  # noqa: E402  (found by the line above)
import same  # noqa: E402

MISSING = None if make.soffice() else 'LibreOffice is not installed (Debian: libreoffice-writer-nogui)'

#  The least share of chunks, over all samples and variants, that a form must have in common with the text.
FLOORS = {'pdf': 0.99, 'docx': 1.0, 'html': 1.0, 'akn': 1.0, 'akn of labelled texts': 0.998}
LABELLED = os.path.join(harness.ROOT, '..', 'shared')


class FormTest(CommandTest):
    def compare(self, form, files):
        """The chunks of the files, in form.db, are those of their texts, in text.db."""
        texts, forms = same.documents(self.path('text.db')), same.documents(self.path('form.db'))
        self.assertEqual(set(forms), {os.path.basename(file) for file in files})
        equal = of = 0
        faults = []
        for name, chunks in sorted(forms.items()):
            found = same.compare(texts[name.rsplit('.', 2)[0] + '.txt'], chunks)
            equal, of = equal + found.equal, of + found.of
            print(f'{name}: {found.equal} of {found.of} chunks the same')
            faults += [f'{name}: missing {chunk}' for chunk in found.missing] + [f'{name}: extra {chunk}' for chunk in found.extra]
        self.assertGreaterEqual(equal / of, FLOORS[form], '\n'.join(fault[:300] for fault in faults[:10]))


@unittest.skipIf(MISSING, MISSING)
class SameChunksTest(FormTest):
    """What LibreOffice makes of the samples, read by the whole pipeline."""

    def check_form(self, form):
        texts = harness.sample_files()
        made = make.make(self.path(form), texts, command.BINARIES, formats=[form], rules=harness.RULES)
        files = [one.path for one in made if one.form == form]
        self.assertEqual(len(files), len(make.VARIANTS) * len(texts))
        self.rapporteur('run', '--db', 'text.db', *texts)
        self.rapporteur('run', '--db', 'form.db', *files)
        self.assertEqual(harness.broken_spans(self.path('form.db')), [])
        self.compare(form, files)

    @unittest.skipUnless(shutil.which('pdftotext'), 'pdftotext is not installed (Debian: poppler-utils)')
    def test_pdf(self):
        self.check_form('pdf')

    def test_docx(self):
        self.check_form('docx')

    def test_html(self):
        self.check_form('html')


class RoundTripTest(FormTest):
    """What export writes as Akoma Ntoso comes back as the chunks that it was written from."""

    def check_texts(self, texts, floor):
        self.rapporteur('run', '--db', 'text.db', *texts)
        with sqlite3.connect(self.path('text.db')) as db:
            found = db.execute('SELECT document_id, source FROM document').fetchall()
        files = [self.path(os.path.basename(source).removesuffix('.txt') + '.akn.xml') for _, source in found]
        for (document, _), file in zip(found, files):
            self.rapporteur('export', '--format', 'akn', '--db', 'text.db', '--output', file, document)
        self.rapporteur('run', '--db', 'form.db', *files)
        self.assertEqual(harness.broken_spans(self.path('form.db')), [])
        self.compare(floor, files)

    def test_akn_of_samples(self):
        self.check_texts(harness.sample_files(), 'akn')

    @unittest.skipUnless(os.path.isdir(LABELLED), 'the labelled documents are not here (shared beside the repository)')
    def test_akn_of_labelled_texts(self):
        folders = [os.path.join(LABELLED, 'seeds'), os.path.join(LABELLED, 'gold', 'resolutions')]
        self.check_texts([os.path.join(folder, name) for folder in folders for name in sorted(os.listdir(folder))
                          if name.endswith('.txt') and not name.endswith('.wrap.txt')], 'akn of labelled texts')


WORD = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
TYPES = (f'<Types xmlns="{PACKAGE}/content-types"><Override PartName="/word/document.xml" '
         'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>')
RELATIONS = (f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
             'Target="word/document.xml"/></Relationships>')


def paragraph(text):
    return f'<w:p><w:r><w:t>{text}</w:t></w:r></w:p>'


def document(body):
    return f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'


def archive(parts):
    """A ZIP of (name, content), packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as file:
        for name, content in parts:
            file.writestr(name, content)
    return out.getvalue()


def docx(main, *more):
    return archive([('[Content_Types].xml', TYPES), ('_rels/.rels', RELATIONS), ('word/document.xml', main), *more])


def bomb(depth=5, size=32 * 1024 * 1024):
    """Archives in archives in archives; and the parts of a document, which unpack to far more than they are."""
    inner = archive([('0', b'\0' * size)])
    for _ in range(depth):
        inner = archive([(str(number), inner) for number in range(8)])
    return inner


GOOD = docx(document(paragraph('The lamps of the port were lit at dusk, as in each of the years before.')))


def hostile_docx():
    """Name of the file, its bytes, and what its refusal says."""
    external = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>{document(paragraph("&x;"))}'
    laughs = '<!DOCTYPE w [<!ENTITY a "ha">' + ''.join(
        f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(10)) + f']>{document(paragraph("&k;"))}'
    broken = bytearray(GOOD)
    at = broken.index(b'word/document.xml') + len('word/document.xml') + 12
    broken[at] ^= 0xFF
    entries = io.BytesIO()
    with zipfile.ZipFile(entries, 'w') as file:
        for number in range(70000):
            file.writestr(f'../../{number}', '')
    return [
        ('bomb.docx', bomb(), 'a ZIP archive, and no DOCX'),
        ('ratio.docx', docx(document('<w:p/>' * 12_000_000)), 'unpacks to more than 200 times'),
        ('entries.docx', entries.getvalue(), 'more than 16384 entries'),
        ('paths.docx', archive([('[Content_Types].xml', TYPES), ('_rels/.rels', RELATIONS.replace('word/document.xml', '../../../etc/passwd')),
                                ('../../../etc/passwd', document(paragraph('x')))]), 'it is missing'),
        ('xxe.docx', docx(external), 'a document type (DOCTYPE)'),
        ('laughs.docx', docx(laughs), 'a document type (DOCTYPE)'),
        ('cut.docx', GOOD[:len(GOOD) // 2], 'damaged or cut off'),
        ('checksum.docx', bytes(broken), 'word/document.xml: damaged'),
        ('deep.docx', docx('<w:p xmlns:w="w">' * 100000), 'nested more than 200 deep'),
        ('empty.docx', docx(document('')), 'no text in word/document.xml'),
        ('parts.docx', archive([('[Content_Types].xml', TYPES), ('_rels/.rels', RELATIONS)]), 'word/document.xml: it is missing'),
        ('text.odt', archive([('mimetype', 'application/vnd.oasis.opendocument.text'), ('content.xml', '<x/>')]), 'OpenDocument text (ODT)'),
        ('plain.zip', archive([('a.txt', 'Words.')]), 'a ZIP archive, and no DOCX'),
        ('old.doc', b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + b'\0' * 4000, 'an old office document'),
        ('locked.docx', b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + b'\0' * 4000 + 'EncryptedPackage'.encode('utf-16-le'),
         'encrypted office document; save it without a password'),
    ]


PAGE = '<!DOCTYPE html><html><body><p>The lamps of the port were lit at dusk, as in each of the years before.</p></body></html>'
AKN = '<akomaNtoso xmlns="http://docs.oasis-open.org/legaldocml/ns/akn/3.0"><doc name="report"><mainBody>%s</mainBody></doc></akomaNtoso>'


def hostile_markup():
    entity = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    laughs = '<!DOCTYPE a [<!ENTITY a "ha">' + ''.join(
        f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(10)) + ']>'
    many = ' '.join(f'a{number}="1"' for number in range(200000))
    return [
        ('deep.html', '<html>' + '<div>' * 200000 + 'x', 'nested more than 1000 deep'),
        ('attributes.html', f'<html><p {many}>x</p>', 'more than 1024 attributes'),
        ('charset.html', b'<html><meta charset="klingon"><p>caf\xe9', 'in the charset klingon'),
        ('wrong.html', b'<html><meta charset="utf-8"><p>caf\xe9', 'not valid UTF-8 at byte 34'),
        ('nul.html', b'<html><p>a\0b', 'a NUL at byte 10'),
        ('script.html', '<html><script>document.write("<p>x</p>")</script>', 'without text'),
        ('items.html', '<html><ol>' + '<li>x' * 2000000, 'chunks'),
        ('xxe.xml', f'<?xml version="1.0"?>{entity}{AKN % "<p>&x;</p>"}', 'a document type'),
        ('laughs.xml', f'{laughs}{AKN % "<p>&k;</p>"}', 'a document type'),
        ('late.xml', f'<?xml version="1.0"?><?x {"x" * 100000}?>{entity}{AKN % "<p>&x;</p>"}', 'a document type'),
        ('deep.xml', AKN % ('<p>' * 100000), 'Excessive depth'),
        ('attributes.xml', AKN % f'<p {many}>x</p>', 'more than 1024 attributes'),
        ('cut.xml', (AKN % '<p>The lamps</p>')[:-40], 'not well-formed XML'),
        ('feed.xml', '<?xml version="1.0"?><rss><channel><title>x</title></channel></rss>', 'XML with the root <rss>'),
    ]


def styled(style, text):
    """A paragraph of a style; its number and its words after tabs, as typists do."""
    runs = '<w:tab/>'.join(f'<w:t>{piece}</w:t>' if piece else '' for piece in text.split('\t'))
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r>{runs}</w:r></w:p>'


def table(*rows):
    cells = lambda row: ''.join(f'<w:tc>{"".join(map(paragraph, cell))}</w:tc>' for cell in row)
    return '<w:tbl>' + ''.join(f'<w:tr>{cells(row)}</w:tr>' for row in rows) + '</w:tbl>'


#  Chapters and the headings under them have one outline level and are told by their size, as in many templates.
STYLES = f'<w:styles xmlns:w="{WORD}">' + ''.join(
    f'<w:style w:type="paragraph" w:styleId="{name}"><w:pPr><w:outlineLvl w:val="{level}"/></w:pPr><w:rPr><w:b/><w:sz w:val="{size}"/></w:rPr>'
    '</w:style>' for name, level, size in (('Chapter', 0, 28), ('Head', 0, 24), ('Under', 1, 20))) + '</w:styles>'
STYLED = ('word/styles.xml', STYLES)
OWN_RELATIONS = ('word/_rels/document.xml.rels', f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
                                                 f'Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>')


def masthead(symbol):
    return table([[''], ['United Nations'], [symbol]], [[''], ['General Assembly'], ['Distr.: General', '3 May 2041', 'Original: English']])


class WordTest(CommandTest):
    """Documents as offices type them: a masthead in a table, its title in the style of a heading."""

    def chunks(self, body):
        self.write('in.docx', docx(document(body), STYLED, OWN_RELATIONS))
        self.rapporteur('run', '--db', 'x.db', 'in.docx')
        with sqlite3.connect(self.path('x.db')) as db:
            told = db.execute('SELECT symbol, kind, title, body, session, published FROM document').fetchone()
            return told, db.execute('SELECT kind, part, label, section, text FROM chunk WHERE ordinal > 0 ORDER BY ordinal').fetchall()

    def test_report(self):
        told, chunks = self.chunks(
            masthead('A/96/88') + paragraph('Ninety-sixth session') + paragraph('Item 110 of the preliminary list')
            + styled('Chapter', '\tState of the lights of the southern ports') + styled('Head', '\tReport of the Secretary-General')
            + table([['Summary']], [['The present report describes how ports keep their lamps and what was done to help them.']])
            + styled('Chapter', '\tI.\tPorts') + styled('Head', '\tA.\tLamps') + styled('Under', '\t1.\tOld lamps')
            + paragraph('1. There were 1,200 lamps in 2040, as against 1,100 in the year before, most of them old.')
            + styled('Head', '\tB.\tOil') + paragraph('2. Oil was scarce and its price rose by 12 per cent, which hit small ports most of all.')
            + table([['Port'], ['Lamps']], [['Mombasa'], ['12']]))
        self.assertEqual(told, ('A/96/88', 'report', 'State of the lights of the southern ports', 'ga', 'Ninety-sixth session', '2041-05-03'))
        self.assertEqual([(kind, section) for kind, _, _, section, _ in chunks], [
            ('title', '[]'), ('text', '[]'), ('heading', '[]'), ('summary', '[]'), ('heading', '[]'), ('heading', '["Ports"]'),
            ('heading', '["Ports","Lamps"]'), ('paragraph', '["Ports","Lamps","Old lamps"]'), ('heading', '["Ports"]'),
            ('paragraph', '["Ports","Oil"]'), ('text', '["Ports","Oil"]')])
        self.assertEqual(chunks[-1][4], 'Port | Lamps\nMombasa | 12')

    def test_resolution(self):
        told, chunks = self.chunks(
            masthead('A/RES/95/44') + paragraph('Ninety-fifth session')
            + styled('Head', 'Resolution adopted by the General Assembly on 17 December 2040') + paragraph('[on the report of the Third Committee (A/95/410)]')
            + styled('Chapter', '\t95/44.\tHarbour lights and the safety of pilots') + paragraph('The General Assembly,')
            + paragraph('Recalling its resolution 94/3 of 2 December 2039,') + paragraph('1. Requests the Secretary-General to report on lighthouses:')
            + paragraph('(a) By region;') + paragraph('(b) By year.') + styled('Chapter', 'Annex') + styled('Chapter', '\tRules for keepers of lights')
            + styled('Head', '\tI.\tGeneral') + paragraph('1. Keepers should sleep by day.'))
        self.assertEqual(told[:4], ('A/RES/95/44', 'resolution', 'Harbour lights and the safety of pilots', 'ga'))
        self.assertEqual([chunk[:4] for chunk in chunks], [
            ('title', '', '', '[]'), ('formula', '', '', '[]'), ('preambular', '', 'pp1', '[]'), ('operative', '', '1', '[]'),
            ('heading', 'annex', '', '[]'), ('title', 'annex', '', '[]'), ('heading', 'annex', '', '["Rules for keepers of lights"]'),
            ('item', 'annex', '1', '["Rules for keepers of lights","General"]')])


class HostileTest(CommandTest):
    def check_quarantined(self, hostile, good):
        """Each hostile file is quarantined with its reason while the good ones among them are read."""
        for name, content, _ in hostile:
            self.write(f'in/{name}', content)
        for name, content in good:
            self.write(f'in/{name}', content)
        self.rapporteur('run', '--db', 'x.db', 'in', expect=3)
        with sqlite3.connect(self.path('x.db')) as db:
            found = {os.path.basename(source): (state, cause) for source, state, cause in db.execute(
                'SELECT d.source, d.state, q.cause FROM document d LEFT JOIN quarantine q USING (document_id)')}
        for name, _, said in hostile:
            self.assertEqual(found[name][0], 'quarantined', name)
            self.assertIn(said, found[name][1], name)
        for name, _ in good:
            self.assertEqual(found[name], ('complete', None), name)
        books = self.json('audit', '--db', 'x.db')
        self.assertEqual((books['balanced'], books['stored'], books['quarantined'], books['in_flight']),
                         (True, len(good), len(hostile), 0))

    def test_docx(self):
        good = [('a.docx', GOOD), ('z.docx', docx(document(paragraph('At dawn they were put out.'))))]
        self.check_quarantined(hostile_docx(), good)


    def test_markup(self):
        huge = PAGE.replace('<p>', f'<p title="{"x" * 10_000_000}">').replace('dusk', 'dusk & dawn <script>' + 'if (a<b) ' * 100000 + '</script>')
        good = [('a.html', PAGE), ('b.xml', AKN % '<paragraph><num>1.</num><content><p>They burn.</p></content></paragraph>'), ('z.html', huge)]
        self.check_quarantined(hostile_markup(), good)


if __name__ == '__main__':
    command.main()
