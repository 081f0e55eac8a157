-- The sink's database, step by step. PRAGMA user_version is the number of the last step taken; opening a file takes the
-- steps that it lacks, each in a transaction, and then makes the views anew. A step, once released, is never changed:
-- what comes later goes into a new step below the last. doc/database.md explains every public name.
--
-- How it is laid out, and why:
--   * chunk_id is document.number << 20 | ordinal, so that rows of a document lie together, in reading order, and get the
--     same ids in every run, in whatever order results arrive.
--   * Facts are clustered on (chunk_id, n), n being the place in the worker's list. No index is kept on values: each
--     would cost more than all the rest of the insert. Questions about values scan one kind's table, which is small.
--   * What all chunks of a batch have in common about how they got here is one row of `provenance_batch`.
--   * `stored`, `state`, `linked` of a document are settled once a commit, never row by row.

--- version 1
CREATE TABLE document (
    document_id   TEXT PRIMARY KEY NOT NULL,
    source        TEXT NOT NULL,
    symbol        TEXT,
    other_symbols TEXT NOT NULL,
    title         TEXT NOT NULL,
    kind          TEXT NOT NULL,
    body          TEXT NOT NULL,
    session       TEXT NOT NULL,
    agenda_item   TEXT NOT NULL,
    published     TEXT,
    language      TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    bytes         INTEGER NOT NULL,
    chunks        INTEGER NOT NULL,
    stored        INTEGER NOT NULL DEFAULT 0,
    state         TEXT NOT NULL DEFAULT 'receiving',
    supersedes    TEXT,
    splitter      TEXT NOT NULL,
    pipeline      TEXT NOT NULL,
    received_at   TEXT NOT NULL,
    completed_at  TEXT,
    number        INTEGER NOT NULL,
    linked        INTEGER                    -- NULL not yet due, 0 due, 1 done
) WITHOUT ROWID;
CREATE UNIQUE INDEX document_number ON document (number);
CREATE INDEX document_supersedes ON document (supersedes) WHERE supersedes IS NOT NULL;
CREATE INDEX document_unlinked ON document (number) WHERE linked = 0;

CREATE TABLE chunk (
    chunk_id     INTEGER PRIMARY KEY,
    document_id  TEXT NOT NULL,
    ordinal      INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    part         TEXT NOT NULL,
    label        TEXT NOT NULL,
    section      TEXT NOT NULL,
    text         TEXT NOT NULL,
    source_start INTEGER NOT NULL,
    source_end   INTEGER NOT NULL
);
CREATE INDEX chunk_document ON chunk (document_id);

CREATE TABLE footnote_mark (
    chunk_id INTEGER NOT NULL, n INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    surface TEXT NOT NULL, footnote_chunk_id INTEGER,
    PRIMARY KEY (chunk_id, n)
) WITHOUT ROWID;

CREATE TABLE classification (
    chunk_id INTEGER NOT NULL, n INTEGER NOT NULL,
    scheme TEXT NOT NULL, code TEXT NOT NULL, score REAL NOT NULL, rank INTEGER NOT NULL, rule TEXT NOT NULL,
    PRIMARY KEY (chunk_id, n)
) WITHOUT ROWID;

CREATE TABLE citation (
    chunk_id INTEGER NOT NULL, n INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, surface TEXT NOT NULL,
    symbol TEXT NOT NULL, pinpoint TEXT NOT NULL, relation TEXT NOT NULL, target_document_id TEXT,
    rule TEXT NOT NULL, confidence REAL NOT NULL,
    PRIMARY KEY (chunk_id, n)
) WITHOUT ROWID;

CREATE TABLE adherence (
    chunk_id INTEGER NOT NULL, n INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, surface TEXT NOT NULL,
    instrument TEXT NOT NULL, parties INTEGER NOT NULL, as_of TEXT NOT NULL, rule TEXT NOT NULL, confidence REAL NOT NULL,
    PRIMARY KEY (chunk_id, n)
) WITHOUT ROWID;

CREATE TABLE quantity (
    chunk_id INTEGER NOT NULL, n INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, surface TEXT NOT NULL,
    value REAL NOT NULL, measure TEXT NOT NULL, unit TEXT NOT NULL, currency TEXT NOT NULL, bound TEXT NOT NULL,
    subject TEXT NOT NULL, rule TEXT NOT NULL, confidence REAL NOT NULL,
    PRIMARY KEY (chunk_id, n)
) WITHOUT ROWID;

CREATE TABLE date_mention (
    chunk_id INTEGER NOT NULL, n INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, surface TEXT NOT NULL,
    first_day TEXT NOT NULL, last_day TEXT NOT NULL, rule TEXT NOT NULL,
    PRIMARY KEY (chunk_id, n)
) WITHOUT ROWID;

CREATE TABLE place (
    chunk_id INTEGER NOT NULL, n INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, surface TEXT NOT NULL,
    code TEXT NOT NULL, kind TEXT NOT NULL, rule TEXT NOT NULL,
    PRIMARY KEY (chunk_id, n)
) WITHOUT ROWID;

CREATE TABLE actor (
    chunk_id INTEGER NOT NULL, n INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, surface TEXT NOT NULL,
    actor TEXT NOT NULL, kind TEXT NOT NULL, rule TEXT NOT NULL,
    PRIMARY KEY (chunk_id, n)
) WITHOUT ROWID;

CREATE TABLE clause (
    chunk_id INTEGER NOT NULL, n INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, surface TEXT NOT NULL,
    seq INTEGER NOT NULL, verb TEXT NOT NULL, base TEXT NOT NULL, force INTEGER NOT NULL, addressee TEXT NOT NULL,
    addressee_actor TEXT NOT NULL, action TEXT NOT NULL, condition TEXT NOT NULL, due TEXT NOT NULL, rule TEXT NOT NULL,
    confidence REAL NOT NULL,
    PRIMARY KEY (chunk_id, n)
) WITHOUT ROWID;

CREATE TABLE publication (
    chunk_id INTEGER NOT NULL, n INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, surface TEXT NOT NULL,
    title TEXT NOT NULL, kind TEXT NOT NULL, rule TEXT NOT NULL,
    PRIMARY KEY (chunk_id, n)
) WITHOUT ROWID;

-- How chunks got here: a row for what a batch's chunks share, and a small one for each chunk. `provenance_chunk` is also what
-- tells which chunks are held, without reading their texts.
CREATE TABLE provenance_batch (
    batch_id      INTEGER PRIMARY KEY,
    pipeline      TEXT NOT NULL,
    worker        TEXT NOT NULL,
    attempt       INTEGER NOT NULL,
    dispatched_at TEXT NOT NULL,
    committed_at  TEXT NOT NULL
);
CREATE TABLE provenance_chunk (
    chunk_id     INTEGER PRIMARY KEY,
    batch_id     INTEGER NOT NULL,
    processed_us INTEGER NOT NULL
);

-- ordinal -1: the document as a whole. `notice` is the number under which ingest told it, so that an old notice that
-- comes again cannot undo a newer one.
CREATE TABLE quarantine (
    document_id TEXT NOT NULL,
    ordinal     INTEGER NOT NULL,
    cause       TEXT NOT NULL,
    attempts    INTEGER NOT NULL,
    first_at    TEXT NOT NULL,
    last_at     TEXT NOT NULL,
    released_at TEXT,
    notice      INTEGER NOT NULL,
    PRIMARY KEY (document_id, ordinal)
) WITHOUT ROWID;

-- What follows across documents: always recomputable from the above, by link.sql and the steps that link.c names.
CREATE TABLE mandate (
    resolution      TEXT,
    clause          TEXT NOT NULL,
    seq             INTEGER NOT NULL,
    clause_chunk_id INTEGER NOT NULL,
    verb            TEXT NOT NULL,
    addressee       TEXT NOT NULL,
    action          TEXT NOT NULL,
    condition       TEXT NOT NULL,
    due             TEXT NOT NULL,
    PRIMARY KEY (clause_chunk_id, seq)
) WITHOUT ROWID;
CREATE TABLE mandate_followup (
    resolution         TEXT NOT NULL,
    clause             TEXT NOT NULL,
    seq                INTEGER NOT NULL,
    report_document_id TEXT NOT NULL,
    status             TEXT NOT NULL,
    rank               INTEGER NOT NULL,
    evidence_chunk_id  INTEGER,
    evidence           TEXT NOT NULL,
    score              REAL NOT NULL,
    rule               TEXT NOT NULL,
    PRIMARY KEY (report_document_id, resolution, clause, seq, rank)
) WITHOUT ROWID;
CREATE TABLE series (
    series_id             INTEGER PRIMARY KEY,
    name                  TEXT NOT NULL,
    instrument_or_subject TEXT NOT NULL,
    measure               TEXT NOT NULL,
    unit                  TEXT NOT NULL
);
CREATE TABLE series_point (
    series_id   INTEGER NOT NULL,
    document_id TEXT NOT NULL,
    chunk_id    INTEGER NOT NULL,
    as_of       TEXT NOT NULL,
    value       REAL NOT NULL,
    surface     TEXT NOT NULL
);
CREATE TABLE lifecycle (
    symbol         TEXT NOT NULL,
    stage          TEXT NOT NULL,
    related_symbol TEXT NOT NULL,
    document_id    TEXT NOT NULL,
    chunk_id       INTEGER
);

CREATE VIRTUAL TABLE chunk_search USING fts5 (
    text, section, content = 'chunk', content_rowid = 'chunk_id', tokenize = 'unicode61'
);
-- Few, large merges, and a flush only where a transaction ends: full-text indexing is the largest single cost.
INSERT INTO chunk_search (chunk_search, rank) VALUES ('automerge', 8);
INSERT INTO chunk_search (chunk_search, rank) VALUES ('crisismerge', 16);
INSERT INTO chunk_search (chunk_search, rank) VALUES ('hashsize', 33554432);

--- version 2
-- For linking (link.sql): which documents bear a symbol, and which cite it.
CREATE TABLE document_symbol (
    symbol TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (symbol, number)
) WITHOUT ROWID;
CREATE TABLE cited_symbol (
    symbol TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (symbol, number)
) WITHOUT ROWID;

-- Whom a mandate is addressed to: actor ids that stand for the Secretariat. More may be added.
CREATE TABLE mandate_actor (actor TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID;
INSERT INTO mandate_actor (actor) VALUES ('secretariat'), ('sg'), ('unodc');

-- All documents that are in are linked again.
UPDATE document SET linked = 0 WHERE state <> 'receiving';

--- version 3
-- Which resolutions a report says that it answers, for the answers to mandates (link.sql, link.c).
CREATE TABLE answered_symbol (
    number INTEGER NOT NULL, symbol TEXT NOT NULL,
    PRIMARY KEY (number, symbol)
) WITHOUT ROWID;
CREATE INDEX answered_symbol_symbol ON answered_symbol (symbol);
CREATE INDEX document_title ON document (title) WHERE title <> '';
UPDATE document SET linked = 0 WHERE state <> 'receiving';

--- version 4
-- Targets of citations are found by keys (link.sql): a symbol without its spaces, and for a part of a resolution that of the
-- whole too. What has no document of its own is in the report that prints it.
DROP TABLE cited_symbol;
CREATE TABLE document_key (
    key TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (key, number)
) WITHOUT ROWID;
CREATE INDEX document_symbol_number ON document_symbol (number);
CREATE TABLE cited_key (
    key TEXT NOT NULL, symbol TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (key, symbol, number)
) WITHOUT ROWID;
CREATE TABLE printed_in (
    symbol TEXT NOT NULL, report TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (symbol, report, number)
) WITHOUT ROWID;
CREATE INDEX printed_in_report ON printed_in (replace (report, ' ', ''));
CREATE INDEX printed_in_number ON printed_in (number);
CREATE INDEX document_key_number ON document_key (number);
ALTER TABLE citation ADD COLUMN issued_in TEXT NOT NULL DEFAULT '';
-- What reports count, by measure, unit and the stems of the subject, and which counts of two reports are of the same
-- thing (link_series.c). n: the place in the chunk's quantities; NULL for a count of States parties.
CREATE TABLE series_key (
    number INTEGER NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY (number, key)
) WITHOUT ROWID;
CREATE INDEX series_key_key ON series_key (key);
CREATE TABLE series_pair (
    chunk_id INTEGER NOT NULL, n INTEGER NOT NULL, other_id INTEGER NOT NULL, other_n INTEGER NOT NULL,
    likeness REAL NOT NULL,
    PRIMARY KEY (chunk_id, n, other_id, other_n)
) WITHOUT ROWID;
CREATE INDEX series_pair_other ON series_pair (other_id, other_n);
ALTER TABLE series_point ADD COLUMN n INTEGER;
CREATE INDEX series_point_chunk ON series_point (chunk_id, n);
CREATE INDEX series_point_series ON series_point (series_id);
UPDATE document SET linked = 0 WHERE state <> 'receiving';

--- version 5
-- Titles of the drafts that a committee's report recommends, so that what was adopted under them is found (link.sql).
CREATE TABLE draft_title (
    number INTEGER NOT NULL, part TEXT NOT NULL, title TEXT NOT NULL, chunk_id INTEGER NOT NULL,
    PRIMARY KEY (number, part)
) WITHOUT ROWID;
CREATE INDEX draft_title_title ON draft_title (title);
-- Mandates that are nearly the same (link_clusters.c), and by what they are found.
CREATE TABLE mandate_words (
    clause_chunk_id INTEGER NOT NULL, seq INTEGER NOT NULL, words BLOB NOT NULL, -- hashes of stems
    PRIMARY KEY (clause_chunk_id, seq)
) WITHOUT ROWID;
CREATE TABLE mandate_band (
    band INTEGER NOT NULL, clause_chunk_id INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (band, clause_chunk_id, seq)
) WITHOUT ROWID;
CREATE INDEX mandate_band_mandate ON mandate_band (clause_chunk_id, seq);
CREATE TABLE mandate_cluster (
    clause_chunk_id INTEGER NOT NULL, seq INTEGER NOT NULL, cluster INTEGER NOT NULL,
    PRIMARY KEY (clause_chunk_id, seq)
) WITHOUT ROWID;
CREATE INDEX mandate_cluster_cluster ON mandate_cluster (cluster);
CREATE UNIQUE INDEX lifecycle_row ON lifecycle (symbol, stage, related_symbol, document_id);
CREATE INDEX lifecycle_related ON lifecycle (related_symbol);
CREATE INDEX lifecycle_document ON lifecycle (document_id);
UPDATE document SET linked = 0 WHERE state <> 'receiving';

--- version 6
-- Who may have the document, as its masthead says: General, Limited, Restricted.
ALTER TABLE document ADD COLUMN distribution TEXT NOT NULL DEFAULT '';

--- version 7
-- What a person dropped from quarantine, for good: when, who, why. It is counted, and no longer waits for anybody.
ALTER TABLE quarantine ADD COLUMN dropped_at TEXT;
ALTER TABLE quarantine ADD COLUMN dropped_by TEXT;
ALTER TABLE quarantine ADD COLUMN dropped_reason TEXT;

--- version 8
-- How often what was found in each linked document (link.sql), so that questions about all documents need not scan all
-- findings. kind: 'finding' (code: the table), a scheme of classification (paragraphs of which it is the best), 'actor',
-- 'country', 'region', 'city', 'force' (of clauses).
CREATE TABLE document_count (
    number INTEGER NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL, mentions INTEGER NOT NULL, paragraphs INTEGER NOT NULL,
    PRIMARY KEY (number, kind, code)
) WITHOUT ROWID;
CREATE INDEX document_count_code ON document_count (kind, code, mentions, paragraphs);
-- Who asks what was reported on one mandate.
CREATE INDEX mandate_followup_mandate ON mandate_followup (resolution, clause, seq);
INSERT INTO document_count (number, kind, code, mentions, paragraphs)
SELECT * FROM (
    SELECT chunk_id >> 20 AS number, 'finding' AS kind, 'classification' AS code, count (*) AS mentions, count (DISTINCT chunk_id) AS paragraphs
    FROM classification WHERE chunk_id >> 20 IN (SELECT number FROM document WHERE linked = 1) GROUP BY chunk_id >> 20
    UNION ALL SELECT chunk_id >> 20 AS number, 'finding' AS kind, 'citation' AS code, count (*) AS mentions, count (DISTINCT chunk_id) AS paragraphs
    FROM citation WHERE chunk_id >> 20 IN (SELECT number FROM document WHERE linked = 1) GROUP BY chunk_id >> 20
    UNION ALL SELECT chunk_id >> 20 AS number, 'finding' AS kind, 'adherence' AS code, count (*) AS mentions, count (DISTINCT chunk_id) AS paragraphs
    FROM adherence WHERE chunk_id >> 20 IN (SELECT number FROM document WHERE linked = 1) GROUP BY chunk_id >> 20
    UNION ALL SELECT chunk_id >> 20 AS number, 'finding' AS kind, 'quantity' AS code, count (*) AS mentions, count (DISTINCT chunk_id) AS paragraphs
    FROM quantity WHERE chunk_id >> 20 IN (SELECT number FROM document WHERE linked = 1) GROUP BY chunk_id >> 20
    UNION ALL SELECT chunk_id >> 20 AS number, 'finding' AS kind, 'date_mention' AS code, count (*) AS mentions, count (DISTINCT chunk_id) AS paragraphs
    FROM date_mention WHERE chunk_id >> 20 IN (SELECT number FROM document WHERE linked = 1) GROUP BY chunk_id >> 20
    UNION ALL SELECT chunk_id >> 20 AS number, 'finding' AS kind, 'place' AS code, count (*) AS mentions, count (DISTINCT chunk_id) AS paragraphs
    FROM place WHERE chunk_id >> 20 IN (SELECT number FROM document WHERE linked = 1) GROUP BY chunk_id >> 20
    UNION ALL SELECT chunk_id >> 20 AS number, 'finding' AS kind, 'actor' AS code, count (*) AS mentions, count (DISTINCT chunk_id) AS paragraphs
    FROM actor WHERE chunk_id >> 20 IN (SELECT number FROM document WHERE linked = 1) GROUP BY chunk_id >> 20
    UNION ALL SELECT chunk_id >> 20 AS number, 'finding' AS kind, 'clause' AS code, count (*) AS mentions, count (DISTINCT chunk_id) AS paragraphs
    FROM clause WHERE chunk_id >> 20 IN (SELECT number FROM document WHERE linked = 1) GROUP BY chunk_id >> 20
    UNION ALL SELECT chunk_id >> 20 AS number, 'finding' AS kind, 'publication' AS code, count (*) AS mentions, count (DISTINCT chunk_id) AS paragraphs
    FROM publication WHERE chunk_id >> 20 IN (SELECT number FROM document WHERE linked = 1) GROUP BY chunk_id >> 20
    UNION ALL SELECT chunk_id >> 20, scheme, code, count (*), count (DISTINCT chunk_id)
    FROM classification WHERE chunk_id >> 20 IN (SELECT number FROM document WHERE linked = 1) AND rank = 1 GROUP BY chunk_id >> 20, scheme, code
    UNION ALL SELECT chunk_id >> 20, 'actor', actor, count (*), count (DISTINCT chunk_id)
    FROM actor WHERE chunk_id >> 20 IN (SELECT number FROM document WHERE linked = 1) GROUP BY chunk_id >> 20, actor
    UNION ALL SELECT chunk_id >> 20, kind, code, count (*), count (DISTINCT chunk_id)
    FROM place WHERE chunk_id >> 20 IN (SELECT number FROM document WHERE linked = 1) GROUP BY chunk_id >> 20, kind, code
    UNION ALL SELECT chunk_id >> 20, 'force', force, count (*), count (DISTINCT chunk_id)
    FROM clause WHERE chunk_id >> 20 IN (SELECT number FROM document WHERE linked = 1) GROUP BY chunk_id >> 20, force
) WHERE true
ON CONFLICT DO NOTHING;

--- version 9
-- Counts go by year, too, and are those of documents that none supersedes.
ALTER TABLE document_count ADD COLUMN year TEXT NOT NULL DEFAULT '';
DELETE FROM document_count WHERE number IN (SELECT number FROM document WHERE state = 'superseded');
UPDATE document_count
SET year = coalesce ((SELECT substr (d.published, 1, 4) FROM document d WHERE d.number = document_count.number), '');
DROP INDEX document_count_code;
CREATE INDEX document_count_code ON document_count (kind, code, year, mentions, paragraphs);

--- version 10
-- The view of documents whose chunks were read with several pipelines (below): views are made anew with each step.

--- version 11
-- What annotators said: classifications in schemes of their own. Their rows of `classification` have n = scheme_id << 16 | i.
-- A chunk is in `annotated` once a scheme has been through with it, whatever it said; `cause`: it could not, and is set aside.
CREATE TABLE annotation_scheme (
    scheme_id INTEGER PRIMARY KEY,
    scheme    TEXT NOT NULL UNIQUE
);
CREATE TABLE annotated (
    scheme_id    INTEGER NOT NULL,
    chunk_id     INTEGER NOT NULL,
    batch_id     INTEGER NOT NULL,           -- provenance_batch
    processed_us INTEGER NOT NULL,
    cause        TEXT,
    PRIMARY KEY (scheme_id, chunk_id)
) WITHOUT ROWID;

--- version 12
-- What questions about all documents are answered from: sums of document_count (link_totals.c), and of each mandate what
-- lists are filtered and ordered by, with the best status that any report has.
CREATE TABLE count_total (
    kind TEXT NOT NULL, code TEXT NOT NULL, year TEXT NOT NULL,
    mentions INTEGER NOT NULL, paragraphs INTEGER NOT NULL, documents INTEGER NOT NULL,
    PRIMARY KEY (kind, code, year)
) WITHOUT ROWID;
INSERT INTO count_total (kind, code, year, mentions, paragraphs, documents)
SELECT kind, code, year, sum (mentions), sum (paragraphs), count (*) FROM document_count
WHERE kind IN ('actor', 'country', 'finding', 'theme') GROUP BY kind, code, year;

-- A symbol as it is written; the key of the whole, under which a part of a resolution goes too, is not counted.
CREATE UNIQUE INDEX cited_key_symbol ON cited_key (symbol, number) WHERE key = replace (symbol, ' ', '');
CREATE INDEX mandate_resolution ON mandate (resolution, clause, seq);
CREATE INDEX mandate_followup_status ON mandate_followup (status) WHERE rank = 1;
CREATE TABLE mandate_list (
    clause_chunk_id INTEGER NOT NULL, seq INTEGER NOT NULL, resolution TEXT NOT NULL, published TEXT NOT NULL,
    force INTEGER NOT NULL, addressee TEXT NOT NULL, addressee_actor TEXT NOT NULL, due TEXT NOT NULL, theme TEXT,
    status TEXT NOT NULL DEFAULT 'no report', reports INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (clause_chunk_id, seq)
) WITHOUT ROWID;
INSERT INTO mandate_list (clause_chunk_id, seq, resolution, published, force, addressee, addressee_actor, due, theme,
                          status, reports)
SELECT m.clause_chunk_id, m.seq, coalesce (m.resolution, ''), coalesce (d.published, ''), f.force, m.addressee,
       f.addressee_actor, m.due,
       (SELECT code FROM classification g WHERE g.chunk_id = f.chunk_id AND g.scheme = 'theme' AND g.rank = 1),
       coalesce ((SELECT u.status FROM mandate_followup u
                  WHERE u.resolution = m.resolution AND u.clause = m.clause AND u.seq = m.seq
                  ORDER BY instr ('answered partial silent', u.status) LIMIT 1), 'no report'),
       (SELECT count (DISTINCT u.report_document_id) FROM mandate_followup u
        WHERE u.resolution = m.resolution AND u.clause = m.clause AND u.seq = m.seq)
FROM mandate m CROSS JOIN clause f ON f.chunk_id = m.clause_chunk_id AND f.seq = m.seq
     CROSS JOIN document d ON d.number = m.clause_chunk_id >> 20
ON CONFLICT DO NOTHING;
CREATE TRIGGER mandate_followup_added AFTER INSERT ON mandate_followup BEGIN
    UPDATE mandate_list SET
        status = coalesce ((SELECT u.status FROM mandate_followup u
                            WHERE u.resolution = new.resolution AND u.clause = new.clause AND u.seq = new.seq
                            ORDER BY instr ('answered partial silent', u.status) LIMIT 1), 'no report'),
        reports = (SELECT count (DISTINCT u.report_document_id) FROM mandate_followup u
                   WHERE u.resolution = new.resolution AND u.clause = new.clause AND u.seq = new.seq)
    WHERE (clause_chunk_id, seq) IN (SELECT m.clause_chunk_id, m.seq FROM mandate m WHERE m.resolution = new.resolution
                                       AND m.clause = new.clause AND m.seq = new.seq);
END;
CREATE TRIGGER mandate_followup_removed AFTER DELETE ON mandate_followup BEGIN
    UPDATE mandate_list SET
        status = coalesce ((SELECT u.status FROM mandate_followup u
                            WHERE u.resolution = old.resolution AND u.clause = old.clause AND u.seq = old.seq
                            ORDER BY instr ('answered partial silent', u.status) LIMIT 1), 'no report'),
        reports = (SELECT count (DISTINCT u.report_document_id) FROM mandate_followup u
                   WHERE u.resolution = old.resolution AND u.clause = old.clause AND u.seq = old.seq)
    WHERE (clause_chunk_id, seq) IN (SELECT m.clause_chunk_id, m.seq FROM mandate m WHERE m.resolution = old.resolution
                                       AND m.clause = old.clause AND m.seq = old.seq);
END;

-- In which order documents came to their end, for who takes what is new time and again: grows by one with each document,
-- whose findings do not change any more.
CREATE TABLE completion (
    seq INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE
);
INSERT INTO completion (number)
SELECT number FROM document WHERE linked = 1 AND state IN ('complete', 'superseded', 'dropped')
ORDER BY completed_at, number;
CREATE INDEX document_completed ON document (completed_at, stored) WHERE completed_at IS NOT NULL;

--- version 13
-- Documents by date, so that lists of what they hold by date are read from its end and not sorted as a whole.
CREATE INDEX document_published ON document (coalesce (published, ''), number);
-- Reports by title: of a resolution that was adopted every year there are many documents of the same title, of which few
-- are reports.
CREATE INDEX document_report ON document (title) WHERE kind = 'report' AND title <> '';

--- views
-- Which annotator has been through with which chunk.
CREATE VIEW annotation AS
SELECT s.scheme, a.chunk_id, b.pipeline, b.worker, b.attempt, b.dispatched_at, a.processed_us, b.committed_at, a.cause
FROM annotated a JOIN annotation_scheme s USING (scheme_id) JOIN provenance_batch b USING (batch_id);

CREATE VIEW provenance AS
SELECT c.chunk_id, b.pipeline, b.worker, b.attempt, b.dispatched_at, c.processed_us, b.committed_at
FROM provenance_chunk c JOIN provenance_batch b USING (batch_id);

-- One view a question, for dashboards; doc/database.md tells the columns. Facts of superseded documents are left out.
-- What has been read, and how far is it?
CREATE VIEW dashboard_documents AS
SELECT d.document_id, d.symbol, d.title, d.kind, d.body, d.published, d.source, d.state, d.chunks, d.stored,
       CASE WHEN d.chunks > 0 THEN round (100.0 * d.stored / d.chunks, 1) END AS percent,
       (SELECT min (n.document_id) FROM document n WHERE n.supersedes = d.document_id) AS superseded_by,
       d.received_at, d.completed_at
FROM document d;

-- What is asked of whom, by when, on what condition?
CREATE VIEW dashboard_directives AS
SELECT d.document_id, d.symbol, d.published, c.part, c.label, f.seq, f.verb, f.force, f.addressee, f.addressee_actor,
       f.action, f.condition, f.due, f.confidence, c.chunk_id, c.text
FROM clause f JOIN chunk c USING (chunk_id) JOIN document d USING (document_id)
WHERE f.force >= 3 AND d.state <> 'superseded';

-- What is the Secretariat asked to do, and what was reported on it?
CREATE VIEW dashboard_mandates AS
SELECT m.resolution, m.clause, m.seq, m.verb, m.addressee, m.action, m.condition, m.due, m.clause_chunk_id,
       r.symbol AS report, u.report_document_id, u.status, u.rank, u.evidence, u.evidence_chunk_id, u.score
FROM mandate m LEFT JOIN mandate_followup u USING (resolution, clause, seq)
     LEFT JOIN document r ON r.document_id = u.report_document_id;

-- Which paragraph cites what, and is that here?
CREATE VIEW dashboard_citations AS
SELECT d.document_id, d.symbol AS citing, c.part, c.label, f.symbol AS cited, f.pinpoint, f.relation, f.surface,
       f.target_document_id, t.title AS target_title, c.chunk_id, f.issued_in
FROM citation f JOIN chunk c USING (chunk_id) JOIN document d USING (document_id)
     LEFT JOIN document t ON t.document_id = f.target_document_id
WHERE d.state <> 'superseded';

-- What is cited most?
CREATE VIEW dashboard_most_cited AS
SELECT cited, count (*) AS citations, count (DISTINCT document_id) AS documents,
       max (target_document_id) AS target_document_id, max (target_title) AS target_title
FROM dashboard_citations GROUP BY cited;

-- How many States are party to which instrument, and since the count before?
CREATE VIEW dashboard_adherence AS
SELECT instrument, day, as_of, parties, parties - lag (parties) OVER (PARTITION BY instrument ORDER BY day) AS change,
       symbol, document_id, label, surface, chunk_id
FROM (SELECT f.instrument, coalesce (nullif (f.as_of, ''), d.published, substr (d.received_at, 1, 10)) AS day, f.as_of,
             f.parties, d.symbol, d.document_id, c.label, f.surface, c.chunk_id
      FROM adherence f JOIN chunk c USING (chunk_id) JOIN document d USING (document_id)
      WHERE d.state <> 'superseded');

-- What is asked of the Secretariat again and again? One row a mandate, those of a cluster together.
CREATE VIEW dashboard_mandate_clusters AS
SELECT k.cluster, count (*) OVER (PARTITION BY k.cluster) AS times, m.resolution, m.clause, m.seq, d.published, m.addressee,
       m.action, m.clause_chunk_id
FROM mandate_cluster k JOIN mandate m USING (clause_chunk_id, seq) JOIN document d ON d.number = m.clause_chunk_id >> 20;

-- From which draft, through which report, was something adopted?
CREATE VIEW dashboard_lifecycle AS
SELECT l.symbol, l.stage, l.related_symbol, d.document_id, d.symbol AS document, d.published, c.part, c.label, l.chunk_id
FROM lifecycle l JOIN document d USING (document_id) LEFT JOIN chunk c ON c.chunk_id = l.chunk_id;

-- How did what is counted change? Points of each series in the order of time.
CREATE VIEW dashboard_series AS
SELECT s.series_id, s.name, s.instrument_or_subject, s.measure, s.unit, p.as_of, p.value,
       p.value - lag (p.value) OVER (PARTITION BY s.series_id ORDER BY p.as_of, d.number) AS change,
       d.document_id, d.symbol, d.title, c.label, p.surface, p.chunk_id
FROM series s JOIN series_point p USING (series_id) JOIN document d USING (document_id) JOIN chunk c USING (chunk_id);

-- What is counted and measured?
CREATE VIEW dashboard_quantities AS
SELECT d.document_id, d.symbol, d.published, c.part, c.label, f.value, f.measure, f.unit, f.currency, f.bound, f.subject,
       f.surface, f.confidence, c.chunk_id
FROM quantity f JOIN chunk c USING (chunk_id) JOIN document d USING (document_id)
WHERE d.state <> 'superseded';

-- Who is mentioned where, and how often?
CREATE VIEW dashboard_actors AS
SELECT f.actor, f.kind, d.document_id, d.symbol, count (*) AS mentions, count (DISTINCT f.chunk_id) AS paragraphs,
       min (f.chunk_id) AS first_chunk_id
FROM actor f JOIN chunk c USING (chunk_id) JOIN document d USING (document_id)
WHERE d.state <> 'superseded' GROUP BY f.actor, f.kind, d.document_id;

-- Which countries and other places are mentioned where?
CREATE VIEW dashboard_places AS
SELECT f.code, f.kind, d.document_id, d.symbol, count (*) AS mentions, count (DISTINCT f.chunk_id) AS paragraphs,
       min (f.chunk_id) AS first_chunk_id
FROM place f JOIN chunk c USING (chunk_id) JOIN document d USING (document_id)
WHERE d.state <> 'superseded' GROUP BY f.code, f.kind, d.document_id;

-- What is each document about?
CREATE VIEW dashboard_themes AS
SELECT d.document_id, d.symbol, f.scheme, f.code, count (*) AS paragraphs, round (sum (f.score), 3) AS score,
       min (f.chunk_id) AS first_chunk_id
FROM classification f JOIN chunk c USING (chunk_id) JOIN document d USING (document_id)
WHERE f.rank = 1 AND d.state <> 'superseded' GROUP BY d.document_id, f.scheme, f.code;

-- How often is what found, actor or country or theme named, in which document and year? From counts kept, so that it is fast.
CREATE VIEW dashboard_counts AS
SELECT d.document_id, d.symbol, d.published, k.year, k.kind, k.code, k.mentions, k.paragraphs
FROM document_count k JOIN document d USING (number);

-- What could not be processed, and is still waiting for a person?
CREATE VIEW dashboard_quarantine AS
SELECT q.document_id, d.source, d.symbol, nullif (q.ordinal, -1) AS ordinal, q.cause, q.attempts, q.first_at, q.last_at
FROM quarantine q JOIN document d USING (document_id) WHERE q.released_at IS NULL AND q.dropped_at IS NULL;

-- What did a person drop, and why?
CREATE VIEW dashboard_dropped AS
SELECT q.document_id, d.source, d.symbol, nullif (q.ordinal, -1) AS ordinal, q.cause, q.attempts, q.first_at, q.last_at,
       q.dropped_at, q.dropped_by, q.dropped_reason
FROM quarantine q JOIN document d USING (document_id) WHERE q.released_at IS NULL AND q.dropped_at IS NOT NULL;

-- Which documents were read partly with one pipeline and partly with another (workers were upgraded meanwhile)?
CREATE VIEW dashboard_mixed AS
SELECT d.document_id, d.symbol, d.source, count (DISTINCT b.pipeline) AS pipelines,
       json_group_array (DISTINCT b.pipeline) AS read_with
FROM provenance_chunk c JOIN provenance_batch b USING (batch_id) JOIN document d ON d.number = c.chunk_id >> 20
GROUP BY d.number HAVING count (DISTINCT b.pipeline) > 1;

-- How fast is it, minute by minute and worker by worker?
CREATE VIEW dashboard_throughput AS
SELECT substr (b.committed_at, 1, 16) || 'Z' AS minute, b.worker, count (*) AS chunks,
       sum (b.attempt > 1) AS repeated, round (avg (c.processed_us), 1) AS processed_us, max (c.processed_us) AS slowest_us
FROM provenance_chunk c JOIN provenance_batch b USING (batch_id) GROUP BY 1, 2;

-- How does all of it stand?
CREATE VIEW dashboard_overview AS
SELECT count (*) AS documents, sum (state = 'complete') AS complete, sum (state = 'superseded') AS superseded,
       sum (state = 'receiving') AS receiving, sum (state = 'quarantined') AS quarantined, sum (chunks) AS chunks,
       sum (stored) AS stored, max (completed_at) AS last_completed_at, sum (state = 'dropped') AS dropped
FROM document;
