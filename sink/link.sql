-- What several documents together tell: run, statement by statement, for each document whose `linked` is 0, in a
-- transaction of its own. :number is the document's number, :document_id its id. Everything written here can be made
-- again from the findings, and comes out the same in whatever order documents were completed.

-- The symbols that it bears. Only documents that were linked are in here, so that nothing points to a document of which
-- only a part has come.
INSERT INTO document_symbol (symbol, number)
SELECT symbol, number FROM document WHERE document_id = :document_id AND symbol IS NOT NULL
ON CONFLICT DO NOTHING;

INSERT INTO document_symbol (symbol, number)
SELECT j.value, d.number
FROM document d, json_each (CASE WHEN json_valid (d.other_symbols) THEN d.other_symbols ELSE '[]' END) j
WHERE d.document_id = :document_id AND j.type = 'text' AND j.value <> ''
ON CONFLICT DO NOTHING;

-- The symbols that it cites, so that those who cite a symbol are found without an index over all citations.
INSERT INTO cited_symbol (symbol, number)
SELECT DISTINCT symbol, :number FROM citation
WHERE chunk_id >= :number << 20 AND chunk_id < (:number + 1) << 20 AND symbol <> ''
ON CONFLICT DO NOTHING;

-- A whole document supersedes a whole one, whichever came first. The older one is then due once more.
UPDATE document SET state = 'superseded'
WHERE document_id = :document_id AND state = 'complete'
  AND EXISTS (SELECT 1 FROM document n WHERE n.supersedes = :document_id AND n.document_id <> :document_id
              AND n.state IN ('complete', 'superseded'));

UPDATE document SET state = 'superseded', linked = 0
WHERE state = 'complete' AND document_id <> :document_id
  AND document_id = (SELECT supersedes FROM document WHERE document_id = :document_id
                     AND state IN ('complete', 'superseded'));

-- Its own citations of documents that are here. Where several bear a symbol, it is the one that none supersedes, and of
-- those the one taken first.
UPDATE citation SET target_document_id =
    (SELECT d.document_id FROM document_symbol s JOIN document d USING (number)
     WHERE s.symbol = citation.symbol ORDER BY d.state = 'superseded', d.number LIMIT 1)
WHERE chunk_id >= :number << 20 AND chunk_id < (:number + 1) << 20
  AND symbol IN (SELECT symbol FROM document_symbol);

-- The citations of others of the symbols that it bears.
WITH borne AS MATERIALIZED (
    SELECT symbol FROM document WHERE document_id = :document_id
    UNION
    SELECT j.value FROM document d,
           json_each (CASE WHEN json_valid (d.other_symbols) THEN d.other_symbols ELSE '[]' END) j
    WHERE d.document_id = :document_id
), aim AS MATERIALIZED (
    SELECT b.symbol, (SELECT d.document_id FROM document_symbol s JOIN document d USING (number)
                      WHERE s.symbol = b.symbol ORDER BY d.state = 'superseded', d.number LIMIT 1) AS target
    FROM borne b
), citing AS MATERIALIZED (
    SELECT c.number, a.symbol, a.target FROM aim a CROSS JOIN cited_symbol c USING (symbol)
    WHERE a.target IS NOT NULL AND c.number <> :number
)
UPDATE citation SET target_document_id = citing.target
FROM citing
WHERE citation.chunk_id >= citing.number << 20 AND citation.chunk_id < (citing.number + 1) << 20
  AND citation.symbol = citing.symbol AND citation.target_document_id IS NOT citing.target;

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

-- Which resolutions a report answers: those that its summary or first paragraphs say it was written pursuant to, and
-- earlier ones of the same title. The answers themselves are found after all of this (link.c).
DELETE FROM answered_symbol WHERE number = :number;

INSERT INTO answered_symbol (number, symbol)
SELECT DISTINCT :number, f.symbol
FROM document d JOIN chunk c ON c.chunk_id >= :number << 20 AND c.chunk_id < (:number + 1) << 20
     JOIN citation f USING (chunk_id)
WHERE d.document_id = :document_id AND d.kind = 'report' AND d.state <> 'superseded' AND f.relation = 'pursuant'
  AND f.symbol <> '' AND c.part = ''
  AND (c.kind IN ('title', 'summary') OR (c.kind = 'paragraph' AND c.label IN ('1', '2', '3')))
ON CONFLICT DO NOTHING;

INSERT INTO answered_symbol (number, symbol)
SELECT d.number, r.symbol
FROM document d JOIN document r ON r.title = d.title AND r.title <> ''
WHERE :document_id IN (d.document_id, r.document_id) AND d.kind = 'report' AND r.kind IN ('resolution', 'decision')
  AND d.state = 'complete' AND r.state = 'complete' AND r.symbol IS NOT NULL AND r.published < d.published
ON CONFLICT DO NOTHING;

DELETE FROM mandate_followup
WHERE report_document_id = :document_id
  AND NOT EXISTS (SELECT 1 FROM document WHERE document_id = :document_id AND state <> 'superseded' AND kind = 'report');

UPDATE document SET linked = 1 WHERE document_id = :document_id;
