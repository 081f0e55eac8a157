//  citations: who cites whom around a symbol, breadth first and bounded.
#include <string.h>

#include "resources.h"

enum { NODES = 60, NODES_MAX = 300, EDGES_MAX = 2000, DEPTH_MAX = 2, NEIGHBOURS_MAX = 200 };

typedef struct {
    const char *symbol;
    uint32_t depth;
} node_t;

typedef struct {
    rap_reply_t *answer;
    node_t nodes[NODES_MAX];
    uint32_t count;
    uint32_t limit;
    bool cut; //  more would have come
} graph_t;

static int64_t find (const graph_t *self, const char *symbol)
{
    for (uint32_t i = 0; i < self->count; i++)
        if (strcmp (self->nodes[i].symbol, symbol) == 0)
            return i;
    return -1;
}

static void add (graph_t *self, const char *symbol, uint32_t depth)
{
    if (find (self, symbol) >= 0)
        return;
    if (self->count == self->limit) {
        self->cut = true;
        return;
    }
    self->nodes[self->count++] = (node_t){rap_arena_text (self->answer->arena, rap_text (symbol)).at, depth};
}

static void add_all (graph_t *self, const char *sql, const char *symbol, uint32_t depth)
{
    rap_found_t *rows = rap_reply_ask (self->answer, sql, &symbol, 1);
    while (rap_found_next (&rows))
        add (self, rap_found_text (rows, 0), depth);
}

//  What most cite comes first, so that a bound cuts the least.
static const char cited_sql[] =
    "SELECT f.symbol FROM document_key s JOIN document d USING (number) CROSS JOIN citation f ON f.chunk_id >= "
    "d.number"
    " << 20 AND f.chunk_id < (d.number + 1) << 20 WHERE s.key = replace (?1, ' ', '') AND d.state <> 'superseded' AND"
    " f.symbol <> '' GROUP BY f.symbol ORDER BY count (*) DESC, f.symbol LIMIT 200";
static const char citing_sql[] =
    "SELECT DISTINCT d.symbol FROM cited_key k JOIN document d USING (number) WHERE k.key = replace (?1, ' ', '')"
    " AND d.symbol IS NOT NULL AND d.state <> 'superseded' ORDER BY d.published DESC, d.symbol LIMIT 200";

static void put_node (graph_t *self, const node_t *node)
{
    rap_json_t *json = &self->answer->json;
    rap_json_object (json, NULL);
    rap_json_text (json, "symbol", node->symbol);
    rap_json_integer (json, "depth", node->depth);
    rap_found_t *row = rap_reply_ask (self->answer,
                                      "SELECT d.document_id, d.title, d.kind, d.published, (SELECT count (DISTINCT "
                                      "number) FROM cited_key WHERE key ="
                                      " replace (?1, ' ', '')) AS cited_by FROM (SELECT 1) LEFT JOIN (SELECT d.* "
                                      "FROM document_key s JOIN document d"
                                      " USING (number) WHERE s.key = replace (?1, ' ', '') ORDER BY d.state = "
                                      "'superseded', d.published DESC LIMIT 1) d",
                                      &node->symbol, 1);
    if (rap_found_next (&row))
        rap_reply_put_columns (self->answer, row, 0);
    rap_found_end (&row);
    rap_json_end (json);
}

//  All edges between nodes that were taken, from the documents that bear one.
static uint32_t put_edges (graph_t *self, const node_t *node, uint32_t made)
{
    rap_json_t *json = &self->answer->json;
    rap_found_t *rows = rap_reply_ask (
        self->answer,
        "SELECT f.symbol, count (*) AS citations, min (f.chunk_id) AS first_chunk_id, group_concat (DISTINCT "
        "f.relation)"
        " AS relations FROM document_key s JOIN document d USING (number) CROSS JOIN citation f ON f.chunk_id >="
        " d.number << 20 AND f.chunk_id < (d.number + 1) << 20 WHERE s.key = replace (?1, ' ', '') AND d.state <>"
        " 'superseded' GROUP BY f.symbol ORDER BY f.symbol",
        &node->symbol, 1);
    while (rap_found_next (&rows)) {
        if (find (self, rap_found_text (rows, 0)) < 0)
            continue;
        if (made++ >= EDGES_MAX) {
            self->cut = true;
            continue;
        }
        rap_json_object (json, NULL);
        rap_json_text (json, "from", node->symbol);
        rap_json_text (json, "to", rap_found_text (rows, 0));
        rap_reply_put_columns (self->answer, rows, 1);
        rap_json_end (json);
    }
    return made;
}

void rap_reply_graph (rap_reply_t *self)
{
    rap_reason_t reason;
    int64_t depth = 1, limit = NODES;
    const char *symbol = rap_request_get (self->request, "symbol");
    if (!symbol) {
        rap_reply_problem (self, 400, "say around which 'symbol'");
        return;
    }
    if (rap_request_number (self->request, "depth", 1, DEPTH_MAX, 1, &depth, &reason) != RAP_OK
        || rap_request_number (self->request, "limit", 1, NODES_MAX, NODES, &limit, &reason) != RAP_OK) {
        rap_reply_problem (self, 400, "%s", reason.text);
        return;
    }
    graph_t *graph = rap_arena_alloc (self->arena, sizeof *graph);
    *graph = (graph_t){.answer = self, .limit = (uint32_t)limit};
    add (graph, symbol, 0);
    for (uint32_t i = 0; i < graph->count && graph->nodes[i].depth < (uint32_t)depth; i++) {
        add_all (graph, cited_sql, graph->nodes[i].symbol, graph->nodes[i].depth + 1);
        add_all (graph, citing_sql, graph->nodes[i].symbol, graph->nodes[i].depth + 1);
    }
    rap_json_object (&self->json, NULL);
    rap_json_text (&self->json, "symbol", symbol);
    rap_json_array (&self->json, "nodes");
    for (uint32_t i = 0; i < graph->count; i++)
        put_node (graph, &graph->nodes[i]);
    rap_json_end (&self->json);
    rap_json_array (&self->json, "edges");
    uint32_t made = 0;
    for (uint32_t i = 0; i < graph->count; i++)
        made = put_edges (graph, &graph->nodes[i], made);
    rap_json_end (&self->json);
    rap_json_bool (&self->json, "cut", graph->cut);
    rap_json_end (&self->json);
}
