/* The Map state: its items, limits, batches, and what an item's frame is given. */
#include "value/base.h"

#include "expr/failure.h"
#include "machine/frame.h"

static bool count_items(asl_value items, uint32_t *out)
{
    *out = (uint32_t)asl_count(items);
    return asl_is_array(items) || asl_is_object(items);
}

/* The service's caps on concurrency. */
static void limit_concurrency(const asl__frame *x, asl__fork *k)
{
    uint32_t cap = k->map->distributed ? 10000 : 40;

    if (x->f.execution->sched->options.aws_limits && (k->limit == 0 || k->limit > cap))
        k->limit = cap;
}

asl_value asl_map_open(asl_frame *f, const asl_map *map, asl_value input,
                       asl_value items, const char *path)
{
    asl__frame *x = asl__whole(f);
    uint32_t total;

    if (asl_is_error(items))
        return items;
    if (!count_items(items, &total) || (path && !asl_is_array(items)))
        return asl__failf(&f->region, "Reference path \"%s\" must point to array.",
                          path ? path : "$");
    asl__visit(x);
    asl__fork *k = asl__fork_new(x, total);
    if (!k)
        return asl_no_memory();
    k->map = map;
    k->input = input;
    k->items = items;
    k->limit = x->limits[0] > 0 ? (uint32_t)x->limits[0] : map->max_concurrency;
    x->limits[0] = 0;
    limit_concurrency(x, k);
    k->batch_items = map->batch_items;
    k->batch_bytes = map->batch_bytes;
    if (map->tolerant) {
        k->tolerated_count = map->tolerated_count;
        k->tolerated_percentage = map->tolerated_percentage;
    }
    x->open = k;
    asl__event_map_started(x, total);
    return asl_undefined();
}

/* The text a Cause shows for V. */
static asl_value shown(asl_frame *f, asl_value v)
{
    return asl_is_string(v) ? v : asl_to_json(&f->region, v);
}

static asl_value not_a(asl_frame *f, const char *field, const char *kind, asl_value v,
                       const char *path)
{
    asl_value text = asl_is_error(v) ? v : shown(f, v);

    if (asl_is_error(text))
        return text;
    return asl__failf(
        &f->region, "The %s field refers to value \"%.*s\" which is not a valid %s: %s",
        field, (int)asl_text_len(text), asl_text(&text), kind, path);
}

/* V as a number; AWS also takes a string that holds one.  Undefined if it is neither, or
 * an error. */
static asl_value as_number(asl_frame *f, asl_value v)
{
    asl_syntax_error error;
    asl_value parsed;

    if (!asl_is_string(v))
        return asl_is_number(v) ? v : asl_undefined();
    if (!asl_parse(&f->region, asl_text(&v), asl_text_len(v), &parsed, &error))
        return error.no_memory ? asl_no_memory() : asl_undefined();
    return asl_is_number(parsed) ? parsed : asl_undefined();
}

/* False: *V is no whole number, or has become an error. */
static bool whole(asl_frame *f, asl_value *v, int64_t *out)
{
    asl_value number = as_number(f, *v);

    if (asl_is_error(number))
        *v = number;
    return asl_is_number(number) && asl_to_integer(number, out);
}

asl_value asl_map_concurrency(asl_frame *f, asl_value v, const char *path)
{
    int64_t n;

    if (asl_is_error(v))
        return v;
    if (!whole(f, &v, &n) || n < 0)
        return not_a(f, "MaxConcurrencyPath", "integer", v, path);
    asl__whole(f)->limits[0] = n > UINT32_MAX ? UINT32_MAX : n;
    return asl_undefined();
}

asl_value asl_map_tolerated_count(asl_frame *f, asl_value v, const char *path)
{
    int64_t n;

    if (asl_is_error(v))
        return v;
    if (!whole(f, &v, &n))
        return not_a(f, "ToleratedFailureCountPath", "integer", v, path);
    if (n < 0)
        return asl__failf(&f->region, "ToleratedFailureCount cannot be negative.");
    asl__whole(f)->open->tolerated_count = n;
    return asl_undefined();
}

asl_value asl_map_tolerated_percentage(asl_frame *f, asl_value v, const char *path)
{
    if (asl_is_error(v))
        return v;
    asl_value number = as_number(f, v);
    if (!asl_is_number(number))
        return not_a(f, "ToleratedFailurePercentagePath", "float",
                     asl_is_error(number) ? number : v, path);
    double d = asl_to_double(number);
    if (!(d >= 0 && d <= 100))
        return asl__failf(&f->region,
                          "ToleratedFailurePercentage must be between 0 and 100.");
    asl__whole(f)->open->tolerated_percentage = d;
    return asl_undefined();
}

asl_value asl_map_batch_items(asl_frame *f, asl_value v, const char *path)
{
    int64_t n;

    if (asl_is_error(v))
        return v;
    if (!whole(f, &v, &n) || n <= 0 || n > UINT32_MAX)
        return not_a(f, "MaxItemsPerBatchPath", "integer", v, path);
    asl__whole(f)->open->batch_items = (uint32_t)n;
    return asl_undefined();
}

asl_value asl_map_batch_bytes(asl_frame *f, asl_value v, const char *path)
{
    int64_t n;

    if (asl_is_error(v))
        return v;
    if (!whole(f, &v, &n) || n <= 0 || n > 262144)
        return not_a(f, "MaxInputBytesPerBatchPath", "integer", v, path);
    asl__whole(f)->open->batch_bytes = (uint64_t)n;
    return asl_undefined();
}

/* What the ItemSelector needs; false without memory. */
static bool give(asl_region *region, asl__fork *k)
{
    const asl_map *map = k->map;

    if (!map->select)
        return true;
    k->given = asl_alloc(region, map->ngiven * sizeof *k->given);
    if (!k->given)
        return false;
    k->given[0] = k->input;
    if (map->give)
        map->give(k->input, k->given);
    return true;
}

asl_value asl__map_prepare(asl_frame *f)
{
    asl__fork *k = asl__whole(f)->open;

    if (!give(&f->region, k))
        return asl_no_memory();
    if (k->map->batch_input) {
        k->batch_input = k->map->batch_input(f);
        if (asl_is_error(k->batch_input))
            return k->batch_input;
    }
    if ((k->batch_items != 0 || k->batch_bytes != 0) && !asl__map_batch(k))
        return asl_no_memory();
    return asl_undefined();
}

asl_next asl_map_run(asl_frame *f, uint32_t done)
{
    asl__frame *x = asl__whole(f);
    asl_value error = asl__map_prepare(f);

    if (asl_is_error(error))
        return asl_raise(f, error);
    if (x->open->map->distributed)
        asl__event_map_run(x, "MapRunStarted", asl_undefined());
    x->request = ASL__REQ_FORK;
    f->state = done;
    return ASL_PARKED;
}

/* A frame for what an item is given: no state of it is run. */
static asl__frame item_frame_of(asl__fork *k, uint32_t index)
{
    asl__frame *parent = k->parent;

    return (asl__frame){ .f = { .parent = &parent->f,
                                .scope = k->map->scope,
                                .execution = parent->f.execution },
                         .fork = k,
                         .own = parent->own,
                         .index = index,
                         .seed = k->seed + index };
}

asl_value asl__map_given(asl__fork *k, uint32_t index, bool batched, asl_region *region)
{
    asl__frame x = item_frame_of(k, index);

    asl__region_init(&x.f.region, k->parent->f.region.source);
    asl_value v = batched ? asl__map_batched(k, &x, index) : asl__map_select(k, &x, index);
    v = asl_copy_to(region, v);
    asl__region_release(&x.f.region);
    return v;
}

uint32_t asl__map_weight(const asl__fork *k, uint32_t index)
{
    if (!k->batch_ends)
        return 1;
    return k->batch_ends[index] - (index ? k->batch_ends[index - 1] : 0);
}

bool asl__map_tolerates(const asl__fork *k)
{
    uint32_t items = k->batch_ends ? k->batch_ends[k->total - 1] : k->total;

    if (!k->map->distributed)
        return false;
    int64_t count = k->tolerated_count;
    double percentage = k->tolerated_percentage;
    if (count < 0 && percentage < 0)
        return false;
    if (count > 0 || percentage <= 0) {
        if ((int64_t)k->failures > count)
            return false;
    }
    if (percentage > 0 || count <= 0) {
        double limit = percentage < 0 ? 0 : percentage;
        if ((double)k->failures * 100.0 > limit * (double)items)
            return false;
    }
    return true;
}

/* ---- items -------------------------------------------------------------------- */

/* The bytes of JSON text of item INDEX as its child is given it; B is scratch. */
static uint64_t item_bytes(asl__fork *k, uint32_t index, struct asl__buf *b)
{
    asl__frame x = item_frame_of(k, index);

    asl__region_init(&x.f.region, k->parent->f.region.source);
    asl_value v = asl__map_select(k, &x, index);
    b->len = 0;
    if (!asl_is_error(v)) /* if it is one, the child fails with it */
        asl__print(b, v);
    else if (asl_error_of(v)->flags & ASL_ERROR_NO_MEMORY)
        b->failed = true; /* or the batches would be others */
    asl__region_release(&x.f.region);
    return b->len;
}

/* Where the batches end: greedy, in order, by count and by bytes of JSON text. */
bool asl__map_batch(asl__fork *k)
{
    uint32_t total = k->total, batches = 0, in_batch = 0;
    struct asl__buf b = ASL__BUF_INIT;
    uint64_t bytes = 0, frame = 11; /* an item counts with a comma */

    k->batch_ends = malloc((total + 1) * sizeof *k->batch_ends);
    if (!k->batch_ends)
        return false;
    if (k->batch_bytes != 0 && !asl_is_undefined(k->batch_input)) {
        asl__print(&b, k->batch_input);
        frame += b.len + 14;
    }
    for (uint32_t i = 0; i < total; i++) {
        uint64_t size = 0;
        if (k->batch_bytes != 0)
            size = item_bytes(k, i, &b) + 1;
        bool full = k->batch_items != 0 && in_batch == k->batch_items;
        bool heavy = k->batch_bytes != 0 && frame + bytes + size > k->batch_bytes;
        if (in_batch > 0 && (full || heavy)) {
            k->batch_ends[batches++] = i;
            in_batch = 0;
            bytes = 0;
        }
        in_batch++;
        bytes += size;
    }
    if (in_batch > 0)
        k->batch_ends[batches++] = total;
    bool ok = !b.failed;
    asl__buf_free(&b);
    k->total = batches;
    return ok;
}

asl_value asl__map_batched(asl__fork *k, asl__frame *x, uint32_t index)
{
    asl_region *r = &x->f.region;
    uint32_t first = index ? k->batch_ends[index - 1] : 0;
    asl_value items = asl_array(), v = asl_object();

    for (uint32_t i = first; i < k->batch_ends[index]; i++) {
        x->index = i;
        items = asl_push(r, items, asl__map_select(k, x, i));
    }
    x->index = index;
    if (!asl_is_undefined(k->batch_input))
        v = asl_set(r, v, asl_str("BatchInput"), k->batch_input);
    return asl_set(r, v, asl_str("Items"), items);
}

/* The frame whose fork is the Map that $$.Map means at F; NULL outside of one. */
static const asl__frame *item_frame(asl_frame *f)
{
    const asl__frame *x = asl__whole(f);

    if (x->selecting)
        return x;
    for (; x->fork; x = x->fork->parent)
        if (x->fork->map)
            return x->fork->map->distributed ? NULL : x;
    return NULL;
}

asl_value asl_item_value(asl_frame *f)
{
    const asl__frame *x = item_frame(f);

    return x ? asl__map_raw(x->fork, x->index) : asl_undefined();
}

asl_value asl_item_index(asl_frame *f)
{
    const asl__frame *x = item_frame(f);

    return x ? asl_integer(x->index) : asl_undefined();
}

asl_value asl_item_key(asl_frame *f)
{
    const asl__frame *x = item_frame(f);

    return x && asl_is_object(x->fork->items)
               ? asl_member_at(x->fork->items, x->index)->key
               : asl_undefined();
}

asl_value asl_context_map(asl_frame *f)
{
    const asl__frame *x = item_frame(f);
    asl_region *r = &f->region;

    if (!x)
        return asl_undefined();
    asl_value item = asl_set(r, asl_object(), asl_str("Index"), asl_item_index(f));
    if (asl_is_object(x->fork->items))
        item = asl_set(r, item, asl_str("Key"), asl_item_key(f));
    item = asl_set(r, item, asl_str("Value"), asl_item_value(f));
    if (x->selecting && x->fork->map->distributed)
        item = asl_set(r, item, asl_str("Source"), asl_str("STATE_DATA"));
    return asl_set(r, asl_object(), asl_str("Item"), item);
}
