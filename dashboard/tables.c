//  tables: every list, declared.
#include "table.h"

//  Offsets count code points; `end` is a word of SQL.
#define SPAN(f) f ".start, " f ".\"end\", " f ".surface"
//  Where in its document.
#define PLACE(c) c ".part, " c ".label, " c ".kind AS chunk_kind"
#define DOCUMENT(d) d ".document_id, " d ".symbol, " d ".title, " d ".published"
//  Findings of kind `table` of the documents that are asked for, document by document: with a
//  bound on the document this is a run of rows.
#define FINDINGS(table)                                                                                              \
    "document d CROSS JOIN " table " f ON f.chunk_id >= d.number << 20 AND f.chunk_id < (d.number + 1) << 20 JOIN "  \
    "chunk c ON c.chunk_id = f.chunk_id"
#define FINDING_KEY                                                                                                  \
    {                                                                                                                \
        "d.number", "f.chunk_id", "f.n"                                                                              \
    }
#define NOT_SUPERSEDED "d.state <> 'superseded'"
//  Named exactly, or by the class above it: 'toc' for 'toc.tip'.
#define IS_CODE(code) "(" code " = ? OR substr (" code ", 1, length (?) + 1) = ? || '.')"
#define HAS_COUNT(kind, test)                                                                                        \
    "EXISTS (SELECT 1 FROM document_count k WHERE k.number = d.number AND k.kind = '" kind "' AND " test ")"
#define CHUNK_HAS(scheme, chunk)                                                                                     \
    "EXISTS (SELECT 1 FROM classification g WHERE g.chunk_id = " chunk " AND g.scheme = '" scheme                    \
    "' AND g.rank = 1 AND " IS_CODE ("g.code") ")"
#define BEST(scheme, chunk)                                                                                          \
    "(SELECT g.code FROM classification g WHERE g.chunk_id = " chunk " AND g.scheme = '" scheme                      \
    "' AND g.rank = 1 LIMIT 1)"
#define IN_DOCUMENT                                                                                                  \
    "d.number IN (SELECT number FROM document WHERE document_id = ? UNION SELECT number FROM document_key WHERE "    \
    "key "                                                                                                           \
    "= replace (?, ' ', ''))"
#define HOLDS(column) "instr (lower (" column "), lower (?)) > 0"
//  What each list of findings may be asked.
#define DOCUMENT_FILTERS                                                                                             \
    {.name = "document", .sql = IN_DOCUMENT}, {.name = "year", .sql = "substr (d.published, 1, 4) = ?"},             \
        {.name = "from", .sql = "d.published >= ?"},                                                                 \
    {                                                                                                                \
        .name = "to", .sql = "d.published <= ?"                                                                      \
    }
#define END                                                                                                          \
    {                                                                                                                \
        .name = NULL                                                                                                 \
    }

// clang-format off
static const rap_filter_t documents_filters[] = {
    {.name = "q", .sql = "(instr (lower (coalesce (d.symbol, '') || ' ' || d.title || ' ' || d.source), lower (?)) > 0)"},
    {.name = "symbol", .sql = "d.number IN (SELECT number FROM document_key WHERE key = replace (?, ' ', ''))"},
    {.name = "kind", .sql = "d.kind = ?",
     .words = "report resolution decision committee-report declaration statement letter other"},
    {.name = "body", .sql = "d.body = ?"},
    {.name = "state", .sql = "d.state = ?", .words = "receiving complete superseded quarantined"},
    {.name = "year", .sql = "substr (d.published, 1, 4) = ?"},
    {.name = "from", .sql = "d.published >= ?"},
    {.name = "to", .sql = "d.published <= ?"},
    {.name = "theme", .sql = HAS_COUNT ("theme", IS_CODE ("k.code"))},
    {.name = "actor", .sql = HAS_COUNT ("actor", "k.code = ?")},
    {.name = "country", .sql = HAS_COUNT ("country", "k.code = ?")},
    {.name = "since", .kind = RAP_FILTER_NUMBER, .sql = "d.number > ?"},
    END};
static const rap_order_t documents_orders[] = {
    {.name = "taken"}, {.name = "published", .sql = "coalesce (d.published, '')"}, {.name = "symbol", .sql = "coalesce (d.symbol, '')"},
    {.name = "title", .sql = "d.title"}, {.name = "chunks", .sql = "d.chunks"}, {.name = "completed", .sql = "coalesce (d.completed_at, '')"}, END};

//  Mandates are chosen by mandate_list alone, which has a short row for each.
#define MANDATE_DOCUMENT(test) "l.clause_chunk_id >> 20 IN (" test ")"
static const rap_filter_t mandates_filters[] = {
    {.name = "q", .sql = "EXISTS (SELECT 1 FROM mandate a WHERE a.clause_chunk_id = l.clause_chunk_id AND a.seq = l.seq AND "
                         HOLDS ("a.action") ")"},
    {.name = "addressee", .sql = "(l.addressee_actor = lower (?) OR " HOLDS ("l.addressee") ")"},
    {.name = "force", .kind = RAP_FILTER_NUMBER, .sql = "l.force = ?"},
    {.name = "theme", .sql = IS_CODE ("l.theme")},
    {.name = "due", .sql = "l.due <> '' AND " HOLDS ("l.due")},
    {.name = "status", .sql = "l.status = replace (?, '-', ' ')", .words = "answered partial silent no-report"},
    {.name = "resolution", .sql = "(l.resolution = ? OR "
                                  MANDATE_DOCUMENT ("SELECT number FROM document_key WHERE key = replace (?, ' ', '')") ")"},
    {.name = "document", .sql = MANDATE_DOCUMENT ("SELECT number FROM document WHERE document_id = ? UNION SELECT number FROM"
                                                  " document_key WHERE key = replace (?, ' ', '')")},
    {.name = "year", .sql = "substr (l.published, 1, 4) = ?"},
    {.name = "from", .sql = "l.published >= ?"},
    {.name = "to", .sql = "l.published <> '' AND l.published <= ?"},
    END};
static const rap_order_t mandates_orders[] = {
    {.name = "taken"}, {.name = "resolution", .sql = "l.resolution"}, {.name = "published", .sql = "l.published"}, {.name = "addressee", .sql = "lower (l.addressee)"},
    {.name = "due", .sql = "l.due"}, {.name = "force", .sql = "l.force"}, {.name = "status", .sql = "l.status"}, END};

static const rap_filter_t followups_filters[] = {
    {.name = "resolution", .sql = "u.resolution = ?"},
    {.name = "report", .sql = "u.report_document_id = ?"},
    {.name = "status", .sql = "u.status = ?", .words = "answered partial silent"},
    END};
static const rap_order_t followups_orders[] = {{.name = "report"}, END};

static const rap_filter_t clauses_filters[] = {
    {.name = "q", .sql = HOLDS ("f.action")},
    {.name = "addressee", .sql = "(f.addressee_actor = lower (?) OR " HOLDS ("f.addressee") ")"},
    {.name = "force", .kind = RAP_FILTER_NUMBER, .sql = "f.force = ?"},
    {.name = "least_force", .kind = RAP_FILTER_NUMBER, .sql = "f.force >= ?"},
    {.name = "verb", .sql = "f.base = lower (?)"},
    {.name = "theme", .sql = CHUNK_HAS ("theme", "f.chunk_id")},
    {.name = "due", .sql = "f.due <> '' AND " HOLDS ("f.due")},
    DOCUMENT_FILTERS, END};
static const rap_order_t findings_orders[] = {{.name = "taken"}, END};

static const rap_filter_t series_filters[] = {
    {.name = "q", .sql = "(instr (lower (s.name || ' ' || s.instrument_or_subject), lower (?)) > 0)"},
    {.name = "measure", .sql = "s.measure = ?"},
    {.name = "unit", .sql = "s.unit = ?"},
    {.name = "parties", .kind = RAP_FILTER_FLAG, .sql = "(? = 0 OR s.name LIKE 'States parties: %')"},
    END};
static const rap_order_t series_orders[] = {
    {.name = "documents", .sql = "p.documents"}, {.name = "points", .sql = "p.points"}, {.name = "name", .sql = "s.name"}, {.name = "measure", .sql = "s.measure"}, END};

static const rap_filter_t no_filters[] = {END};
#define DAY "coalesce (nullif (p.as_of, ''), d.published, substr (d.received_at, 1, 10))"
static const rap_order_t points_orders[] = {{.name = "day", .sql = DAY}, END};

static const rap_filter_t citations_filters[] = {
    {.name = "symbol", .sql = "d.number IN (SELECT number FROM cited_key WHERE key = replace (?, ' ', ''))"
                              " AND replace (f.symbol, ' ', '') = replace (?, ' ', '')"},
    {.name = "relation", .sql = "f.relation = ?", .words = "pursuant recalls reaffirms see source other"},
    {.name = "missing", .kind = RAP_FILTER_FLAG, .sql = "(? = 0 OR f.target_document_id IS NULL)"},
    DOCUMENT_FILTERS, END};
//  By what is cited: along cited_key, and of each document that cites it the citations.
#define CITATIONS_BY_CITED                                                                                           \
    "cited_key k INDEXED BY cited_key_symbol CROSS JOIN document d ON d.number = k.number CROSS JOIN citation f ON"  \
    " f.chunk_id >= k.number << 20 AND f.chunk_id < (k.number + 1) << 20 AND f.symbol = k.symbol"                    \
    " AND k.key = replace (k.symbol, ' ', '')"
static const rap_order_t citations_orders[] = {
    {.name = "taken"}, {.name = "cited", .sql = "k.symbol", .choice = CITATIONS_BY_CITED}, {.name = "citing", .sql = "coalesce (d.symbol, '')"}, {.name = "relation", .sql = "f.relation"},
    {.name = "published", .sql = "coalesce (d.published, '')"}, END};

static const rap_filter_t cited_filters[] = {{.name = "q", .sql = HOLDS ("k.symbol")}, END};
static const rap_order_t cited_orders[] = {{.name = "documents", .sql = "k.documents"}, {.name = "symbol"}, END};

static const rap_filter_t counts_filters[] = {
    {.name = "q", .sql = HOLDS ("k.code")},
    {.name = "code", .sql = IS_CODE ("k.code")},
    END};
static const rap_order_t counts_orders[] = {
    {.name = "paragraphs", .sql = "k.paragraphs"}, {.name = "mentions", .sql = "k.mentions"}, {.name = "documents", .sql = "k.documents"}, {.name = "code"}, END};
#define COUNTED(kind)                                                                                                \
    "(SELECT k.code, sum (k.mentions) AS mentions, sum (k.paragraphs) AS paragraphs, sum (k.documents) AS documents" \
    " FROM count_total k WHERE k.kind = '" kind "' GROUP BY k.code) k"

//  By code, through the documents that have it.
#define MENTIONED(kind, column)                                                                                      \
    "d.number IN (SELECT k.number FROM document_count k WHERE k.kind = '" kind "' AND k.code = ?) AND " column " = ?"
static const rap_filter_t places_filters[] = {
    {.name = "code", .sql = MENTIONED ("country", "f.code") " AND f.kind = 'country'"},
    {.name = "theme", .sql = CHUNK_HAS ("theme", "f.chunk_id")},
    {.name = "function", .sql = CHUNK_HAS ("function", "f.chunk_id")},
    DOCUMENT_FILTERS, END};
static const rap_filter_t actors_filters[] = {
    {.name = "actor", .sql = MENTIONED ("actor", "f.actor")},
    {.name = "theme", .sql = CHUNK_HAS ("theme", "f.chunk_id")},
    {.name = "function", .sql = CHUNK_HAS ("function", "f.chunk_id")},
    DOCUMENT_FILTERS, END};
static const rap_filter_t quantities_filters[] = {
    {.name = "measure", .sql = "f.measure = ?", .words = "money percent mass length duration count"},
    {.name = "currency", .sql = "f.currency = ?"},
    {.name = "unit", .sql = "f.unit = ?"},
    {.name = "subject", .sql = HOLDS ("f.subject")},
    DOCUMENT_FILTERS, END};
static const rap_filter_t adherence_filters[] = {{.name = "instrument", .sql = "f.instrument = ?"}, DOCUMENT_FILTERS, END};
static const rap_order_t adherence_orders[] = {
    {.name = "taken"}, {.name = "day", .sql = "coalesce (nullif (f.as_of, ''), d.published, '')"}, {.name = "parties", .sql = "f.parties"}, END};

static const rap_filter_t quarantine_filters[] = {
    {.name = "settled", .kind = RAP_FILTER_FLAG, .sql = "(? OR (q.released_at IS NULL AND q.dropped_at IS NULL))"},
    {.name = "q", .sql = HOLDS ("q.cause")},
    END};
static const rap_order_t quarantine_orders[] = {{.name = "last", .sql = "q.last_at"}, {.name = "document"}, END};

const rap_table_view_t rap_table_views[] = {
    {.name = "documents",
     .columns = "d.document_id, d.number, d.symbol, d.title, d.kind, d.body, d.session, d.agenda_item, d.published, d.language,"
                " d.source, d.distribution, d.state, d.chunks, d.stored, d.supersedes,"
                " (SELECT min (n.document_id) FROM document n WHERE n.supersedes = d.document_id) AS superseded_by,"
                " d.received_at, d.completed_at",
     .from = "document d", .filters = documents_filters, .orders = documents_orders, .key = {"d.number"}, .descending = true},
    {.name = "mandates",
     .columns = "m.resolution, m.clause, m.seq, m.clause_chunk_id AS chunk_id, d.document_id, d.published, m.verb, l.force,"
                " m.addressee, l.addressee_actor, m.action, m.condition, m.due, l.theme, l.status, l.reports,"
                " (SELECT CAST (k.cluster AS TEXT) FROM mandate_cluster k WHERE k.clause_chunk_id = m.clause_chunk_id AND k.seq = m.seq) AS cluster",
     .from = "mandate_list l CROSS JOIN mandate m ON m.clause_chunk_id = l.clause_chunk_id AND m.seq = l.seq"
             " CROSS JOIN document d ON d.number = l.clause_chunk_id >> 20",
     .choice = "mandate_list l",
     .filters = mandates_filters, .orders = mandates_orders, .key = {"l.clause_chunk_id", "l.seq"}, .descending = true, .dear = true},
    {.name = "followups",
     .columns = "u.resolution, u.clause, u.seq, u.report_document_id, r.symbol AS report, r.published, u.status, u.rank,"
                " u.evidence_chunk_id, c.label, u.evidence, u.score, u.rule",
     .from = "mandate_followup u JOIN document r ON r.document_id = u.report_document_id"
             " LEFT JOIN chunk c ON c.chunk_id = u.evidence_chunk_id",
     .where = "u.rank = 1", .filters = followups_filters, .orders = followups_orders,
     .key = {"u.report_document_id", "u.resolution || ' ' || u.clause", "u.seq"}},
    {.name = "clauses",
     .columns = DOCUMENT ("d") ", f.chunk_id, " PLACE ("c") ", f.seq, f.verb, f.base, f.force, f.addressee, f.addressee_actor,"
                " f.action, f.condition, f.due, " SPAN ("f") ", f.rule, f.confidence",
     .from = FINDINGS ("clause"), .where = NOT_SUPERSEDED, .filters = clauses_filters, .orders = findings_orders,
     .key = FINDING_KEY, .descending = true, .dear = true},
    {.name = "series",
     .columns = "CAST (s.series_id AS TEXT) AS series_id, s.name, s.instrument_or_subject, s.measure, s.unit, p.points, p.documents, p.first, p.last",
     .from = "series s JOIN (SELECT series_id, count (*) AS points, count (DISTINCT document_id) AS documents,"
             " min (nullif (as_of, '')) AS first, nullif (max (as_of), '') AS last FROM series_point GROUP BY series_id) p USING (series_id)",
     .filters = series_filters, .orders = series_orders, .key = {"s.series_id"}, .descending = true},
    {.name = "points",
     .columns = DAY " AS day, nullif (p.as_of, '') AS as_of, p.value, p.surface, d.document_id, d.symbol, d.title, d.published, c.label, p.chunk_id",
     .from = "series_point p JOIN document d USING (document_id) JOIN chunk c USING (chunk_id)",
     .where = "p.series_id = CAST (? AS INTEGER)", .filters = no_filters, .orders = points_orders, .key = {"p.rowid"}},
    {.name = "citations",
     .columns = DOCUMENT ("d") ", f.chunk_id, " PLACE ("c") ", f.symbol AS cited, f.pinpoint, f.relation, " SPAN ("f") ","
                " f.target_document_id, t.title AS target_title, f.issued_in, f.rule, f.confidence",
     .from = FINDINGS ("citation") " LEFT JOIN document t ON t.document_id = f.target_document_id",
     .choice = "document d CROSS JOIN citation f ON f.chunk_id >= d.number << 20 AND f.chunk_id < (d.number + 1) << 20",
     .where = NOT_SUPERSEDED, .filters = citations_filters, .orders = citations_orders, .key = FINDING_KEY, .descending = true, .dear = true},
    {.name = "cited",
     .columns = "k.symbol, k.documents, (SELECT t.document_id FROM document_key s JOIN document t USING (number) WHERE s.key ="
                " replace (k.symbol, ' ', '') LIMIT 1) AS document_id, (SELECT t.title FROM document_key s JOIN document t USING"
                " (number) WHERE s.key = replace (k.symbol, ' ', '') LIMIT 1) AS title",
     .from = "(SELECT symbol, count (*) AS documents FROM cited_key INDEXED BY cited_key_symbol WHERE key = replace (symbol, ' ', '')"
             " GROUP BY symbol) k",
     .filters = cited_filters, .orders = cited_orders, .key = {"k.symbol"}, .descending = true},
    {.name = "places", .columns = "k.code, k.mentions, k.paragraphs, k.documents", .from = COUNTED ("country"),
     .filters = counts_filters, .orders = counts_orders, .key = {"k.code"}, .descending = true},
    {.name = "actors", .columns = "k.code, k.mentions, k.paragraphs, k.documents", .from = COUNTED ("actor"),
     .filters = counts_filters, .orders = counts_orders, .key = {"k.code"}, .descending = true},
    {.name = "themes", .columns = "k.code, k.mentions, k.paragraphs, k.documents", .from = COUNTED ("theme"),
     .filters = counts_filters, .orders = counts_orders, .key = {"k.code"}, .descending = true},
    {.name = "place-mentions",
     .columns = DOCUMENT ("d") ", f.chunk_id, " PLACE ("c") ", f.code, f.kind, " SPAN ("f") ", " BEST ("theme", "f.chunk_id")
                " AS theme, " BEST ("function", "f.chunk_id") " AS function, c.text",
     .from = FINDINGS ("place"), .where = NOT_SUPERSEDED, .filters = places_filters, .orders = findings_orders,
     .key = FINDING_KEY, .descending = true, .dear = true},
    {.name = "actor-mentions",
     .columns = DOCUMENT ("d") ", f.chunk_id, " PLACE ("c") ", f.actor, f.kind, " SPAN ("f") ", " BEST ("theme", "f.chunk_id")
                " AS theme, " BEST ("function", "f.chunk_id") " AS function, c.text",
     .from = FINDINGS ("actor"), .where = NOT_SUPERSEDED, .filters = actors_filters, .orders = findings_orders,
     .key = FINDING_KEY, .descending = true, .dear = true},
    {.name = "quantities",
     .columns = DOCUMENT ("d") ", f.chunk_id, " PLACE ("c") ", f.value, f.measure, f.unit, f.currency, f.bound, f.subject, "
                SPAN ("f") ", f.rule, f.confidence",
     .from = FINDINGS ("quantity"), .where = NOT_SUPERSEDED, .filters = quantities_filters, .orders = findings_orders,
     .key = FINDING_KEY, .descending = true, .dear = true},
    {.name = "adherence",
     .columns = DOCUMENT ("d") ", f.chunk_id, " PLACE ("c") ", f.instrument, f.parties, nullif (f.as_of, '') AS as_of, "
                SPAN ("f") ", f.rule, f.confidence",
     .from = FINDINGS ("adherence"), .where = NOT_SUPERSEDED, .filters = adherence_filters, .orders = adherence_orders,
     .key = FINDING_KEY, .descending = true, .dear = true},
    {.name = "quarantine",
     .columns = "q.document_id, d.symbol, d.title, d.source, nullif (q.ordinal, -1) AS ordinal, q.cause, q.attempts, q.first_at,"
                " q.last_at, q.released_at, q.dropped_at, q.dropped_by, q.dropped_reason",
     .from = "quarantine q JOIN document d USING (document_id)", .filters = quarantine_filters, .orders = quarantine_orders,
     .key = {"q.document_id", "q.ordinal"}, .descending = true},
};
// clang-format on

const uint32_t rap_table_views_count = sizeof rap_table_views / sizeof *rap_table_views;
