"""same: whether a document in another form gives the chunks of its text."""
import collections
import difflib
import sqlite3

Same = collections.namedtuple('Same', 'equal of missing extra')


def outline(db, document):
    """The chunks without the order of the footnotes: (kind, part, label, section, text with its marks)."""
    marks = collections.defaultdict(list)
    for chunk, start, label in db.execute('SELECT f.chunk_id, f.start, n.label FROM footnote_mark f JOIN chunk c USING (chunk_id) '
                                          'LEFT JOIN chunk n ON n.chunk_id = f.footnote_chunk_id WHERE c.document_id = ? '
                                          'ORDER BY f.chunk_id, f.start', (document,)):
        marks[chunk].append(f'{start}:{label}')
    rows = db.execute('SELECT chunk_id, kind, part, label, section, text FROM chunk WHERE document_id = ? ORDER BY ordinal', (document,))
    rows = [(kind, part, label, section, text, ' '.join(marks[chunk])) for chunk, kind, part, label, section, text in rows]
    #  A note is known by its text; which part and section it stands under follows from where it is printed.
    notes = sorted((kind, '', label, '', text, '') for kind, part, label, section, text, mark in rows if kind == 'footnote')
    return [row for row in rows if row[0] != 'footnote'] + notes


def documents(path):
    with sqlite3.connect(f'file:{path}?mode=ro', uri=True) as db:
        return {source.rsplit('/', maxsplit=1)[-1]: outline(db, document)
                for document, source in db.execute('SELECT document_id, source FROM document').fetchall()}


def compare(text, form):
    """How many chunks of the text the form has too, in their order."""
    matcher = difflib.SequenceMatcher(None, text, form, autojunk=False)
    equal = sum(block.size for block in matcher.get_matching_blocks())
    missing, extra = [], []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != 'equal':
            missing += text[a:b]
            extra += form[c:d]
    return Same(equal, max(len(text), len(form)), missing, extra)
