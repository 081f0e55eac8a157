//  metrics: the catalogue as a table, and its page.
#include "rapporteur/metrics.h"

#include <inttypes.h>
#include <string.h>

#include "rapporteur/json.h"

typedef enum { COUNTER, GAUGE, HISTOGRAM, HIDDEN } type_t;
typedef enum { ONE, MICRO } unit_t;
typedef enum {
#define S(set, slots, label) SET_##set,
    RAP_METRIC_SETS (S)
#undef S
} set_t;

typedef struct {
    rap_stage_t stage;
    type_t type;
    unit_t unit;
    set_t set;
    unsigned slot;
    const char *name;
    const char *help;
} metric_t;

static const metric_t metrics[] = {
#define M(stage, id, type, unit, set, name, help) {RAP_STAGE_##stage, type, unit, SET_##set, RAP_M_##id, name, help},
    RAP_METRICS (M)
#undef M
};

enum { METRICS = sizeof metrics / sizeof *metrics };

static const struct {
    unsigned slots;
    const char *label;
} sets[] = {
#define S(set, slots, label) {slots, label},
    RAP_METRIC_SETS (S)
#undef S
};

//  Upper ends of buckets, ascending: microseconds from half a millisecond to 10
//  seconds; from 10 milliseconds to an hour; and sizes.
static const uint64_t quick[RAP_BUCKETS_MAX] = {100,   250,    500,    1000,    2500,    5000,    10000,
                                                25000, 100000, 250000, 1000000, 2500000, 5000000, 10000000};
static const uint64_t slow[RAP_BUCKETS_MAX] = {10000,    25000,     50000,     100000,    250000,
                                               500000,   1000000,   2500000,   10000000,  30000000,
                                               60000000, 300000000, 900000000, 3600000000};
static const uint64_t sizes[RAP_BUCKETS_MAX] = {1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 20000};

static rap_area_t unseen;
rap_area_t *rap_area = &unseen;

void rap_metrics_use (rap_area_t *area)
{
    rap_area = area ? area : &unseen;
}

static void observe (rap_metric_t histogram, const uint64_t *ends, uint64_t value)
{
    unsigned bucket = 0;
    while (bucket < RAP_BUCKETS_MAX && value > ends[bucket])
        bucket++;
    rap_metric_add (histogram + bucket, 1);
    rap_metric_add (histogram + RAP_BUCKETS_MAX + 1, value);
}

void rap_metric_quick (rap_metric_t histogram, int64_t us)
{
    observe (histogram, quick, us > 0 ? (uint64_t)us : 0);
}

void rap_metric_slow (rap_metric_t histogram, int64_t us)
{
    observe (histogram, slow, us > 0 ? (uint64_t)us : 0);
}

void rap_metric_size (rap_metric_t histogram, uint64_t size)
{
    observe (histogram, sizes, size);
}

void rap_metrics_name (const char *pipeline)
{
    unsigned now = atomic_load (&rap_area->named), next = now == 1 ? 1 : 0;
    if (now && strcmp (rap_area->pipeline[now - 1], pipeline) == 0)
        return;
    snprintf (rap_area->pipeline[next], sizeof rap_area->pipeline[next], "%s", pipeline);
    atomic_store (&rap_area->named, next + 1);
}

void rap_metrics_ended (rap_area_t *area)
{
    for (size_t i = 0; i < METRICS; i++)
        for (unsigned n = 0; metrics[i].type == GAUGE && n < sets[metrics[i].set].slots; n++)
            atomic_store (&area->slots[metrics[i].slot + n], 0);
}

//  --- the page ------------------------------------------------------------------

//  The analyzer does not know how many values a set has.
#define VALUE(names) (n < sizeof (names) / sizeof *(names) ? (names)[n] : "")

//  Names of a label's values, where they are not those of findings or buckets.
static const char *value_name (set_t set, unsigned n)
{
    static const char *const documents[] = {"taken", "split", "complete", "quarantined", "dropped"};
    static const char *const chunks[] = {"open", "in_flight", "stored", "quarantined", "dropped"};
    static const char *const batches[] = {"open", "loaded", "waiting", "in_flight"};
    static const char *const credit[] = {"given", "used"};
    static const char *const refusals[] = {"malformed", "unexpected", "unfit", "unknown"};
    static const char *const ends[] = {"drained", "refused", "failed", "hung", "killed"};
    switch (set) {
    case SET_DOCUMENTS:
        return VALUE (documents);
    case SET_CHUNKS:
        return VALUE (chunks);
    case SET_BATCHES:
        return VALUE (batches);
    case SET_CREDIT:
        return VALUE (credit);
    case SET_REFUSALS:
        return VALUE (refusals);
    case SET_KINDS:
        return rap_finding_schemas[n].name;
    case SET_ENDS:
        return VALUE (ends);
    default:
        return "";
    }
}

void rap_metrics_print_label (FILE *out, const char *value)
{
    for (; *value; value++) {
        if (*value == '\n')
            fputs ("\\n", out);
        else {
            if (*value == '"' || *value == '\\')
                fputc ('\\', out);
            fputc (*value, out);
        }
    }
}

static void print_value (FILE *out, unit_t unit, uint64_t value)
{
    if (unit == MICRO)
        fprintf (out, "%" PRIu64 ".%06" PRIu64, value / 1000000, value % 1000000);
    else
        fprintf (out, "%" PRIu64, value);
}

static uint64_t sum_slot (rap_area_t *const *areas, uint32_t count, unsigned slot)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += atomic_load_explicit (&areas[i]->slots[slot], memory_order_relaxed);
    return sum;
}

//  Buckets are cumulative, and the count is the last of them: consistent by the way
//  it is made, however the numbers move meanwhile.
static void print_histogram (FILE *out, const metric_t *metric, rap_area_t *const *areas, uint32_t count)
{
    const uint64_t *ends = metric->set == SET_QUICK ? quick : metric->set == SET_SLOW ? slow : sizes;
    uint64_t below = 0;
    for (unsigned n = 0; n <= RAP_BUCKETS_MAX; n++) {
        below += sum_slot (areas, count, metric->slot + n);
        fprintf (out, "rapporteur_%s_bucket{le=\"", metric->name);
        if (n == RAP_BUCKETS_MAX)
            fputs ("+Inf", out);
        else if (metric->unit == MICRO)
            fprintf (out, "%.4g", (double)ends[n] / 1e6);
        else
            print_value (out, ONE, ends[n]);
        fprintf (out, "\"} %" PRIu64 "\n", below);
    }
    fprintf (out, "rapporteur_%s_sum ", metric->name);
    print_value (out, metric->unit, sum_slot (areas, count, metric->slot + RAP_BUCKETS_MAX + 1));
    fprintf (out, "\nrapporteur_%s_count %" PRIu64 "\n", metric->name, below);
}

static void print_samples (FILE *out, const metric_t *metric, rap_area_t *const *areas, uint32_t count)
{
    for (unsigned n = 0; n < sets[metric->set].slots; n++) {
        fprintf (out, "rapporteur_%s", metric->name);
        if (metric->set != SET_NONE)
            fprintf (out, "{%s=\"%s\"}", sets[metric->set].label, value_name (metric->set, n));
        fputc (' ', out);
        print_value (out, metric->unit, sum_slot (areas, count, metric->slot + n));
        fputc ('\n', out);
    }
}

void rap_metrics_print (FILE *out, rap_stage_t stage, rap_area_t *const *areas, uint32_t areas_count)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    for (size_t i = 0; i < METRICS; i++) {
        const metric_t *metric = &metrics[i];
        if (!(metric->stage & stage) || metric->type == HIDDEN)
            continue;
        fprintf (out, "# HELP rapporteur_%s %s.\n# TYPE rapporteur_%s %s\n", metric->name, metric->help, metric->name,
                 types[metric->type]);
        if (metric->type == HISTOGRAM)
            print_histogram (out, metric, areas, areas_count);
        else
            print_samples (out, metric, areas, areas_count);
    }
}

//  --- the same as JSON ---------------------------------------------------------------

static double scaled (unit_t unit, uint64_t value)
{
    return unit == MICRO ? (double)value / 1e6 : (double)value;
}

static void put_histogram (rap_json_t *json, const metric_t *metric, rap_area_t *const *areas, uint32_t count)
{
    const uint64_t *ends = metric->set == SET_QUICK ? quick : metric->set == SET_SLOW ? slow : sizes;
    rap_json_object (json, metric->name);
    rap_json_array (json, "le");
    for (unsigned n = 0; n < RAP_BUCKETS_MAX; n++)
        rap_json_real (json, NULL, scaled (metric->unit, ends[n]));
    rap_json_end (json);
    rap_json_array (json, "counts");
    for (unsigned n = 0; n <= RAP_BUCKETS_MAX; n++)
        rap_json_integer (json, NULL, (int64_t)sum_slot (areas, count, metric->slot + n));
    rap_json_end (json);
    rap_json_real (json, "sum", scaled (metric->unit, sum_slot (areas, count, metric->slot + RAP_BUCKETS_MAX + 1)));
    rap_json_end (json);
}

void rap_metrics_print_json (FILE *out, rap_stage_t stage, rap_area_t *const *areas, uint32_t areas_count)
{
    rap_json_t json;
    rap_json_init (&json, out);
    rap_json_object (&json, NULL);
    for (size_t i = 0; i < METRICS; i++) {
        const metric_t *metric = &metrics[i];
        if (!(metric->stage & stage) || metric->type == HIDDEN)
            continue;
        if (metric->type == HISTOGRAM) {
            put_histogram (&json, metric, areas, areas_count);
            continue;
        }
        unsigned slots = sets[metric->set].slots;
        if (metric->set != SET_NONE)
            rap_json_object (&json, metric->name);
        for (unsigned n = 0; n < slots; n++)
            rap_json_real (&json, metric->set == SET_NONE ? metric->name : value_name (metric->set, n),
                           scaled (metric->unit, sum_slot (areas, areas_count, metric->slot + n)));
        if (metric->set != SET_NONE)
            rap_json_end (&json);
    }
    rap_json_end (&json);
}
