-- What several documents together tell: run, statement by statement, for each document whose `linked` is 0, in a
-- transaction of its own. :number is the document's number, :document_id its id. Everything written here can be made
-- again from the findings, and comes out the same in whatever order documents were completed.
--
-- A SELECT asks about the document; each of its columns is a name. A statement below it that is marked '-- if: a, b' runs
-- only where a and b hold, since most statements have nothing to do for most documents, and to find that out is most of
-- what they cost. For the same reason they are written without what SQLite keeps in temporary tables (DISTINCT, sorting,
-- lists of more than two), where it can be said without.

SELECT d.other_symbols <> '' AND d.other_symbols <> '[]' AS bears_others,
       d.supersedes IS NOT NULL AS supersedes,
       d.kind = 'report' AS report,
       d.kind = 'committee-report' AS committee_report,
       (d.kind = 'resolution' OR d.kind = 'decision') AS adopted,
       d.title <> '' AS titled,
       EXISTS (SELECT 1 FROM adherence f WHERE f.chunk_id >= :number << 20 AND f.chunk_id < (:number + 1) << 20) AS tells_parties,
       EXISTS (SELECT 1 FROM mandate_followup u WHERE u.report_document_id = :document_id) AS answered_before
FROM document d WHERE d.document_id = :document_id;

SELECT count (*) > 0 AS cites,
       max (symbol GLOB '* [A-Z]') AS cites_parts,
       max (rule LIKE '%, in report') AS cites_in_reports,
       max (rule LIKE 'document symbol, report of %') AS cites_reports,
       max (relation = 'pursuant') AS is_pursuant
FROM citation WHERE chunk_id >= :number << 20 AND chunk_id < (:number + 1) << 20;

-- The symbols that it bears, and their keys: without spaces, since 'A/RES/57/270 B' is printed either way. Only documents
-- that were linked are in here, so that nothing points to a document of which only a part has come.
INSERT INTO document_symbol (symbol, number)
SELECT symbol, number FROM document WHERE document_id = :document_id AND symbol IS NOT NULL
ON CONFLICT DO NOTHING;

-- if: bears_others
INSERT INTO document_symbol (symbol, number)
SELECT j.value, d.number
FROM document d, json_each (CASE WHEN json_valid (d.other_symbols) THEN d.other_symbols ELSE '[]' END) j
WHERE d.document_id = :document_id AND j.type = 'text' AND j.value <> ''
ON CONFLICT DO NOTHING;

INSERT INTO document_key (key, number)
SELECT replace (symbol, ' ', ''), number FROM document_symbol WHERE number = :number
ON CONFLICT DO NOTHING;

-- The symbols that it cites, so that those who cite a symbol are found without an index over all citations. A part of a
-- resolution also goes by the key of the whole.
-- if: cites
INSERT INTO cited_key (key, symbol, number)
SELECT replace (symbol, ' ', ''), symbol, :number FROM citation
WHERE chunk_id >= :number << 20 AND chunk_id < (:number + 1) << 20 AND symbol <> ''
ON CONFLICT DO NOTHING;

-- if: cites_parts
INSERT INTO cited_key (key, symbol, number)
SELECT replace (substr (symbol, 1, length (symbol) - 2), ' ', ''), symbol, :number FROM citation
WHERE chunk_id >= :number << 20 AND chunk_id < (:number + 1) << 20 AND symbol GLOB '* [A-Z]'
ON CONFLICT DO NOTHING;

-- Which report prints a resolution that has no document of its own: 'see E/2018/30, chap. I, resolution 27/4', and the note
-- with a chapter whose mark stands at 'Commission resolution 27/4'. The rule of a citation begins with the body whose number
-- it is, and that of a report ends with it.
-- if: cites_in_reports, cites_reports
INSERT INTO printed_in (symbol, report, number)
SELECT v.symbol, f.symbol, :number
FROM citation v CROSS JOIN citation f USING (chunk_id)
WHERE v.chunk_id >= :number << 20 AND v.chunk_id < (:number + 1) << 20 AND v.rule LIKE '%, in report'
  AND f.rule = 'document symbol, report of ' || substr (v.rule, 1, instr (v.rule, ' ') - 1)
  AND f.start = (SELECT max (g.start) FROM citation g
                 WHERE g.chunk_id = v.chunk_id AND g.start < v.start AND g.rule = f.rule AND g.symbol NOT LIKE '%/Corr._')
ON CONFLICT DO NOTHING;

-- if: cites_reports
INSERT INTO printed_in (symbol, report, number)
SELECT v.symbol, f.symbol, :number
FROM citation v
     CROSS JOIN footnote_mark m ON m.chunk_id = v.chunk_id AND m.start BETWEEN v."end" AND v."end" + 80
          AND m.start <= (SELECT coalesce (min (w.start), m.start) FROM citation w
                          WHERE w.chunk_id = v.chunk_id AND w.start >= v."end")
     CROSS JOIN citation f ON f.chunk_id = m.footnote_chunk_id AND f.symbol <> v.symbol AND f.symbol NOT LIKE '%/Corr._'
          AND f.rule = 'document symbol, report of ' || substr (v.rule, 1, instr (v.rule, ' ') - 1)
WHERE v.chunk_id >= :number << 20 AND v.chunk_id < (:number + 1) << 20 AND instr (v.rule, ' ') > 1
  AND EXISTS (SELECT 1 FROM citation g WHERE g.chunk_id = f.chunk_id AND g.rule = f.rule
              AND (g.pinpoint LIKE 'chap%' OR g.pinpoint LIKE 'sect%'))
ON CONFLICT DO NOTHING;

-- A whole document supersedes a whole one, whichever came first. The older one is then due once more.
UPDATE document SET state = 'superseded'
WHERE document_id = :document_id AND state = 'complete'
  AND EXISTS (SELECT 1 FROM document n WHERE n.supersedes = :document_id AND n.document_id <> :document_id
              AND n.state IN ('complete', 'superseded'));

-- if: supersedes
UPDATE document SET state = 'superseded', linked = 0
WHERE state = 'complete' AND document_id <> :document_id
  AND document_id = (SELECT supersedes FROM document WHERE document_id = :document_id
                     AND state IN ('complete', 'superseded'));

-- Where what it cites is printed, and its citations of documents that are here: of the document itself; for a part of a
-- resolution, of the whole; for what has no document, of the report that prints it. Revisions and corrigenda are documents of
-- their own. Where several bear a symbol, it is one that none supersedes, of those the latest.
-- if: cites
UPDATE citation SET issued_in = (SELECT min (p.report) FROM printed_in p WHERE p.symbol = citation.symbol)
WHERE chunk_id >= :number << 20 AND chunk_id < (:number + 1) << 20 AND symbol IN (SELECT symbol FROM printed_in);

-- if: cites
UPDATE citation SET target_document_id = coalesce (
        (SELECT d.document_id FROM document_key s JOIN document d USING (number)
         WHERE s.key = replace (citation.symbol, ' ', '')
         ORDER BY d.state = 'superseded', d.published DESC, d.document_id LIMIT 1),
        (SELECT d.document_id FROM document_key s JOIN document d USING (number)
         WHERE citation.symbol GLOB '* [A-Z]' AND s.key = replace (substr (citation.symbol, 1, length (citation.symbol) - 2), ' ', '')
         ORDER BY d.state = 'superseded', d.published DESC, d.document_id LIMIT 1),
        (SELECT d.document_id FROM printed_in p JOIN document_key s ON s.key = replace (p.report, ' ', '')
              JOIN document d ON d.number = s.number
         WHERE p.symbol = citation.symbol
         ORDER BY d.state = 'superseded', d.published DESC, d.document_id LIMIT 1))
WHERE chunk_id >= :number << 20 AND chunk_id < (:number + 1) << 20
  AND (replace (symbol, ' ', '') IN (SELECT key FROM document_key) OR symbol GLOB '* [A-Z]'
       OR symbol IN (SELECT symbol FROM printed_in));

-- The same for the citations of others: of what it is the first to tell where it is printed, of what it bears, and of what
-- is printed in it. Who cites is looked up first, document by document; a scan of all citations would take ever longer.
SELECT EXISTS (SELECT 1 FROM printed_in WHERE number = :number) AS tells_where,
       EXISTS (SELECT 1 FROM printed_in WHERE number = :number)
       OR EXISTS (SELECT 1 FROM document_key k CROSS JOIN cited_key c USING (key)
                  WHERE k.number = :number AND c.number <> :number)
       OR EXISTS (SELECT 1 FROM document_key k CROSS JOIN printed_in p ON replace (p.report, ' ', '') = +k.key
                  WHERE k.number = :number) AS matters_to_others;

-- if: tells_where
WITH told AS MATERIALIZED (
    SELECT DISTINCT p.symbol FROM printed_in p
    WHERE p.number = :number
      AND NOT EXISTS (SELECT 1 FROM printed_in o
                      WHERE o.symbol = p.symbol AND o.report = p.report AND o.number <> p.number)
)
UPDATE citation SET issued_in = (SELECT min (p.report) FROM printed_in p WHERE p.symbol = citation.symbol)
WHERE (chunk_id, n) IN (
    SELECT x.chunk_id, x.n
    FROM told CROSS JOIN cited_key c ON c.key = replace (told.symbol, ' ', '') AND c.symbol = told.symbol
         CROSS JOIN citation x ON x.chunk_id >= c.number << 20 AND x.chunk_id < (c.number + 1) << 20
    WHERE c.number <> :number AND x.symbol = told.symbol);

-- if: matters_to_others
WITH borne AS MATERIALIZED (
    SELECT key FROM document_key WHERE number = :number
), touched AS MATERIALIZED (
    SELECT c.symbol FROM borne CROSS JOIN cited_key c USING (key)
    UNION
    SELECT p.symbol FROM borne CROSS JOIN printed_in p ON replace (p.report, ' ', '') = +borne.key
    UNION
    SELECT p.symbol FROM printed_in p
    WHERE p.number = :number
      AND NOT EXISTS (SELECT 1 FROM printed_in o
                      WHERE o.symbol = p.symbol AND o.report = p.report AND o.number <> p.number)
), aim AS MATERIALIZED (
    SELECT t.symbol, coalesce (
        (SELECT d.document_id FROM document_key s JOIN document d USING (number)
         WHERE s.key = replace (t.symbol, ' ', '')
         ORDER BY d.state = 'superseded', d.published DESC, d.document_id LIMIT 1),
        (SELECT d.document_id FROM document_key s JOIN document d USING (number)
         WHERE t.symbol GLOB '* [A-Z]' AND s.key = replace (substr (t.symbol, 1, length (t.symbol) - 2), ' ', '')
         ORDER BY d.state = 'superseded', d.published DESC, d.document_id LIMIT 1),
        (SELECT d.document_id FROM printed_in p JOIN document_key s ON s.key = replace (p.report, ' ', '')
              JOIN document d ON d.number = s.number
         WHERE p.symbol = t.symbol
         ORDER BY d.state = 'superseded', d.published DESC, d.document_id LIMIT 1)) AS target
    FROM touched t
)
UPDATE citation SET target_document_id = (SELECT a.target FROM aim a WHERE a.symbol = citation.symbol)
WHERE (chunk_id, n) IN (
    SELECT x.chunk_id, x.n
    FROM aim a CROSS JOIN cited_key c ON c.key = replace (a.symbol, ' ', '') AND c.symbol = a.symbol
         CROSS JOIN citation x ON x.chunk_id >= c.number << 20 AND x.chunk_id < (c.number + 1) << 20
    WHERE c.number <> :number AND a.target IS NOT NULL AND x.symbol = a.symbol AND x.target_document_id IS NOT a.target);

-- What it asks of the Secretariat. A nested text is named by its document and its part.
DELETE FROM mandate WHERE clause_chunk_id >= :number << 20 AND clause_chunk_id < (:number + 1) << 20;

INSERT INTO mandate (resolution, clause, seq, clause_chunk_id, verb, addressee, action, condition, due)
SELECT CASE WHEN c.part = '' THEN d.symbol WHEN length (c.part) = 1 THEN d.symbol || ' ' || c.part
            ELSE d.symbol || ', ' || c.part END,
       c.label, f.seq, f.chunk_id, f.verb, f.addressee, f.action, f.condition, f.due
FROM document d JOIN clause f ON f.chunk_id >= :number << 20 AND f.chunk_id < (:number + 1) << 20
     JOIN chunk c ON c.chunk_id = f.chunk_id
WHERE d.document_id = :document_id AND d.state <> 'superseded' AND c.kind = 'operative' AND f.force >= 3
  AND (f.addressee_actor IN (SELECT actor FROM mandate_actor)
       -- named among others between the verb and what is asked: 'calls upon Member States and the Office to'
       OR EXISTS (SELECT 1 FROM actor a WHERE a.chunk_id = f.chunk_id AND a.actor IN (SELECT actor FROM mandate_actor)
                  AND f.addressee <> '' AND f.action <> '' AND a.start >= f.start
                  AND a."end" < f.start + instr (substr (c.text, f.start + 1), f.action)))
ON CONFLICT DO NOTHING;

-- The same for lists of them; the status follows what reports say (triggers on mandate_followup).
DELETE FROM mandate_list WHERE clause_chunk_id >= :number << 20 AND clause_chunk_id < (:number + 1) << 20;

INSERT INTO mandate_list (clause_chunk_id, seq, resolution, published, force, addressee, addressee_actor, due, theme, status,
                          reports)
SELECT m.clause_chunk_id, m.seq, coalesce (m.resolution, ''), coalesce (d.published, ''), f.force, m.addressee,
       f.addressee_actor, m.due,
       (SELECT code FROM classification g WHERE g.chunk_id = f.chunk_id AND g.scheme = 'theme' AND g.rank = 1),
       (SELECT coalesce (status, 'no report')
        FROM (SELECT u.status, min (instr ('answered partial silent', u.status)) FROM mandate_followup u
              WHERE u.resolution = m.resolution AND u.clause = m.clause AND u.seq = m.seq) best),
       (SELECT count (*) FROM mandate_followup u
        WHERE u.resolution = m.resolution AND u.clause = m.clause AND u.seq = m.seq AND u.rank = 1)
FROM document d CROSS JOIN mandate m ON m.clause_chunk_id >= :number << 20 AND m.clause_chunk_id < (:number + 1) << 20
     CROSS JOIN clause f ON f.chunk_id = m.clause_chunk_id AND f.seq = m.seq
WHERE d.document_id = :document_id
ON CONFLICT DO NOTHING;

-- Which resolutions a report answers: those that its summary or first paragraphs say it was written pursuant to, and
-- earlier ones of the same title. The answers themselves are found after all of this (link.c).
DELETE FROM answered_symbol WHERE number = :number;

-- if: report, is_pursuant
INSERT INTO answered_symbol (number, symbol)
SELECT :number, f.symbol
FROM document d JOIN chunk c ON c.chunk_id >= :number << 20 AND c.chunk_id < (:number + 1) << 20
     JOIN citation f USING (chunk_id)
WHERE d.document_id = :document_id AND d.kind = 'report' AND d.state <> 'superseded' AND f.relation = 'pursuant'
  AND f.symbol <> '' AND c.part = ''
  AND (c.kind IN ('title', 'summary') OR (c.kind = 'paragraph' AND c.label IN ('1', '2', '3')))
ON CONFLICT DO NOTHING;

-- Once as the report, once as the resolution: the order of the tables is told (CROSS JOIN), for without statistics one of all
-- documents is chosen.
-- if: report, titled
INSERT INTO answered_symbol (number, symbol)
SELECT d.number, r.symbol
FROM document d CROSS JOIN document r ON r.title = d.title AND r.title <> ''
WHERE d.document_id = :document_id AND d.kind = 'report' AND r.kind IN ('resolution', 'decision')
  AND d.state = 'complete' AND r.state = 'complete' AND r.symbol IS NOT NULL AND r.published < d.published
ON CONFLICT DO NOTHING;

-- if: adopted, titled
INSERT INTO answered_symbol (number, symbol)
SELECT d.number, r.symbol
FROM document r CROSS JOIN document d INDEXED BY document_report ON d.title = r.title AND d.title <> ''
WHERE r.document_id = :document_id AND d.kind = 'report' AND r.kind IN ('resolution', 'decision')
  AND d.state = 'complete' AND r.state = 'complete' AND r.symbol IS NOT NULL AND r.published < d.published
ON CONFLICT DO NOTHING;

-- if: answered_before
DELETE FROM mandate_followup
WHERE report_document_id = :document_id
  AND NOT EXISTS (SELECT 1 FROM document WHERE document_id = :document_id AND state <> 'superseded' AND kind = 'report');

-- States parties, by instrument: one series each, with one point for each number that a document gives.
DELETE FROM series_point WHERE n IS NULL AND chunk_id >= :number << 20 AND chunk_id < (:number + 1) << 20;

-- if: tells_parties
INSERT INTO series (series_id, name, instrument_or_subject, measure, unit)
SELECT rap_hash ('States parties: ' || f.instrument), 'States parties: ' || f.instrument, f.instrument, 'count', ''
FROM document d JOIN adherence f ON f.chunk_id >= :number << 20 AND f.chunk_id < (:number + 1) << 20
WHERE d.document_id = :document_id AND d.state = 'complete'
ON CONFLICT DO NOTHING;

-- if: tells_parties
INSERT INTO series_point (series_id, document_id, chunk_id, as_of, value, surface)
SELECT rap_hash ('States parties: ' || f.instrument), d.document_id, min (f.chunk_id),
       coalesce (nullif (f.as_of, ''), d.published, ''), f.parties, f.surface
FROM document d JOIN adherence f ON f.chunk_id >= :number << 20 AND f.chunk_id < (:number + 1) << 20
WHERE d.document_id = :document_id AND d.state = 'complete'
GROUP BY f.instrument, f.as_of, f.parties;

-- if: tells_parties
DELETE FROM series
WHERE series_id IN (SELECT rap_hash ('States parties: ' || f.instrument) FROM adherence f
                    WHERE f.chunk_id >= :number << 20 AND f.chunk_id < (:number + 1) << 20)
  AND NOT EXISTS (SELECT 1 FROM series_point p WHERE p.series_id = series.series_id);

-- From draft to adopted text. What a committee's report recommends, by its title; a draft's own symbol ('L.') stands in
-- the paragraph that says under which number it was recommended; what was adopted has the title and the session.
DELETE FROM draft_title WHERE number = :number;

-- if: committee_report
INSERT INTO draft_title (number, part, title, chunk_id)
SELECT :number, c.part, trim (coalesce ((SELECT t.text FROM chunk t WHERE t.chunk_id > c.chunk_id AND t.chunk_id < c.chunk_id + 3
                                           AND t.part = c.part AND t.kind = 'title'), substr (c.text, length (c.part) + 1))), c.chunk_id
FROM document d JOIN chunk c ON c.chunk_id >= :number << 20 AND c.chunk_id < (:number + 1) << 20
WHERE d.document_id = :document_id AND d.kind = 'committee-report' AND d.state = 'complete' AND d.symbol IS NOT NULL
  AND c.kind = 'heading' AND c.part <> '' AND instr (c.part, '/') = 0
  AND lower (substr (c.text, 1, length (c.part))) = lower (c.part)
ON CONFLICT DO NOTHING;

DELETE FROM lifecycle WHERE document_id = :document_id;

-- if: committee_report
INSERT INTO lifecycle (symbol, stage, related_symbol, document_id, chunk_id)
SELECT f.symbol, 'draft', d.symbol || ', ' || t.part, d.document_id, c.chunk_id
FROM draft_title t JOIN document d USING (number)
     JOIN chunk c ON c.chunk_id >= :number << 20 AND c.chunk_id < (:number + 1) << 20
     JOIN citation f ON f.chunk_id = c.chunk_id
WHERE t.number = :number AND c.kind = 'paragraph' AND c.part = '' AND f.symbol LIKE '%/L.%'
  AND instr (c.text, t.part || ')') > 0
ON CONFLICT DO NOTHING;

-- A resolution of a lower body that recommended the draft is cited where the draft is introduced.
-- if: committee_report
INSERT INTO lifecycle (symbol, stage, related_symbol, document_id, chunk_id)
SELECT r.symbol, 'proposed', l.symbol, d.document_id, c.chunk_id
FROM lifecycle l JOIN document d USING (document_id)
     JOIN citation f ON f.symbol = l.symbol AND f.chunk_id >= :number << 20 AND f.chunk_id < (:number + 1) << 20
     JOIN chunk c ON c.chunk_id = f.chunk_id
     JOIN citation r ON r.chunk_id = c.chunk_id AND r.start < f.start AND r.symbol LIKE '%/RES/%'
WHERE l.document_id = :document_id AND l.stage = 'draft' AND c.kind = 'paragraph'
GROUP BY c.chunk_id HAVING count (*) = 1
ON CONFLICT DO NOTHING;

-- if: committee_report
INSERT INTO lifecycle (symbol, stage, related_symbol, document_id, chunk_id)
SELECT d.symbol || ', ' || t.part, 'recommended', r.symbol, d.document_id, t.chunk_id
FROM draft_title t CROSS JOIN document d USING (number) CROSS JOIN document r ON r.title = t.title AND r.session = d.session
WHERE t.number = :number AND r.title <> '' AND r.kind IN ('resolution', 'decision') AND r.state = 'complete' AND r.symbol IS NOT NULL
ON CONFLICT DO NOTHING;

-- if: adopted, titled
INSERT INTO lifecycle (symbol, stage, related_symbol, document_id, chunk_id)
SELECT d.symbol || ', ' || t.part, 'recommended', r.symbol, d.document_id, t.chunk_id
FROM document r CROSS JOIN draft_title t ON t.title = r.title CROSS JOIN document d ON d.number = t.number AND d.session = r.session
WHERE r.document_id = :document_id AND r.title <> '' AND r.kind IN ('resolution', 'decision') AND r.state = 'complete'
  AND r.symbol IS NOT NULL AND d.state = 'complete'
ON CONFLICT DO NOTHING;

-- Its findings are all there are, now and later: its place in the order of completion, once for all.
INSERT INTO completion (number)
SELECT number FROM document WHERE document_id = :document_id AND state <> 'receiving' AND state <> 'quarantined'
ON CONFLICT DO NOTHING;

UPDATE document SET linked = 1 WHERE document_id = :document_id;
