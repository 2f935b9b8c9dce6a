/* JSONata: the transform operator `|pattern|update, delete|` (jsonata.md 8).
 *
 * In the reference implementation a transform changes a copy of its argument in place,
 * one match after the other, and each update sees what those before it have changed.
 * Values are immutable here, so what changes is kept beside them: a version holds what
 * an object of the copy is now, found by the address of any block the object has had.
 * current() gives a value with all objects in it as they are now; that gets a new
 * block, which is noted as the same object, so that an update that puts a part of the
 * copy elsewhere ({"b": a}) makes both places follow later changes, as references
 * would.  An object put into itself is an error.
 */
#include "../value/base.h"

#include "callback.h"
#include "clone.h"
#include "../value/container.h"
#include "kinds.h"

/* ---- the copy -------------------------------------------------------------------- */

struct cloner {
    asl_eval *eval;
    uint32_t turns;
    uint32_t level;
};

static asl_value copy_of(struct cloner *c, asl_value v);

static asl_value clone_array(struct cloner *c, asl_value v)
{
    struct asl__values l;

    if (!asl__values_begin(c->eval, &l, asl__count(v)))
        return asl_no_memory();
    for (uint32_t i = 0; i < asl__count(v); i++) {
        asl_value item = copy_of(c, asl__items(v)[i]);
        if (asl_is_error(item))
            return item;
        asl__values_add(c->eval, &l, item);
    }
    return asl__values_end(c->eval, &l, 0);
}

static asl_value clone_object(struct cloner *c, asl_value v)
{
    asl_region *region = c->eval->region;
    uint32_t count = asl__count(v);
    asl_member *members = asl__block_new(region, sizeof *members, count, count);

    if (!members)
        return asl_no_memory();
    for (uint32_t i = 0; i < count; i++) {
        const asl_member *m = &asl__members(v)[i];
        members[i] = (asl_member){ m->key, copy_of(c, m->value) };
        if (asl_is_error(members[i].value))
            return members[i].value;
    }
    if (count > ASL__INDEX_ABOVE && !asl__index_build(region, members, count, NULL))
        return asl_no_memory();
    return asl__container(ASL_OBJECT, members, count,
                          asl__depth_of_members(members, count));
}

/* Whether the bounds are to be looked at: in some turns, and on the way down. */
static bool is_time_to_look(uint32_t turn, uint32_t level)
{
    return (turn & 63) == 63 || (level & 63) == 63;
}

/* Values are at most ASL_MAX_DEPTH deep, and so is this. */
static asl_value copy_of(struct cloner *c, asl_value v)
{
    if (asl_is_function(v))
        return asl_str("");
    if (!asl_is_array(v) && !asl_is_object(v))
        return v;
    if (is_time_to_look(c->turns++, c->level)) {
        asl_value error = asl__bounded(c->eval);
        if (asl_is_error(error))
            return error;
    }
    c->level++;
    asl_value copy = asl_is_array(v) ? clone_array(c, v) : clone_object(c, v);
    c->level--;
    return copy;
}

asl_value asl__clone(asl_eval *e, asl_value v)
{
    return copy_of(&(struct cloner){ .eval = e }, v);
}

/* ---- versions of objects --------------------------------------------------------- */

/* An object of the copy that has changed, or that something in it has changed. */
struct version {
    asl_value now;  /* what is in it may have changed since */
    uint32_t up_to; /* all in it is as it was after so many changes */
    bool busy;      /* is being looked at */
};

struct versions {
    asl_eval *eval;
    struct version *list;
    uint32_t count, room;
    struct version_slot {
        const void *block;
        uint32_t at; /* in `list`, + 1; 0 is free */
    } * slots;
    uint32_t used, mask; /* of slots; 0: there are none yet */
    uint32_t changes;
    uint32_t turns;
};

/* Where BLOCK is among SLOTS, or would be. */
static struct version_slot *find_slot(struct version_slot *slots, uint32_t mask,
                                      const void *block)
{
    uint64_t hash = (uint64_t)(uintptr_t)block * UINT64_C(0x9E3779B97F4A7C15);
    uint32_t at = (uint32_t)(hash >> 32) & mask;

    while (slots[at].at && slots[at].block != block)
        at = (at + 1) & mask;
    return &slots[at];
}

/* The version of the object with BLOCK, or NULL. */
static struct version *version_of(const struct versions *vs, const void *block)
{
    if (!vs->mask)
        return NULL;
    uint32_t at = find_slot(vs->slots, vs->mask, block)->at;
    return at ? &vs->list[at - 1] : NULL;
}

static bool grow_slots(struct versions *vs)
{
    uint32_t mask = vs->mask ? vs->mask * 2 + 1 : 63;
    struct version_slot *slots =
        asl_alloc(vs->eval->region, ((size_t)mask + 1) * sizeof *slots);

    if (!slots)
        return false;
    memset(slots, 0, ((size_t)mask + 1) * sizeof *slots);
    for (uint32_t i = 0; vs->mask && i <= vs->mask; i++)
        if (vs->slots[i].at)
            *find_slot(slots, mask, vs->slots[i].block) = vs->slots[i];
    vs->slots = slots;
    vs->mask = mask;
    return true;
}

/* Notes that BLOCK is one of VERSION's; false without memory. */
static bool note_block(struct versions *vs, const void *block,
                       const struct version *version)
{
    if (vs->used * 2 >= vs->mask && !grow_slots(vs))
        return false;
    struct version_slot *slot = find_slot(vs->slots, vs->mask, block);
    vs->used += slot->at == 0;
    *slot = (struct version_slot){ block, (uint32_t)(version - vs->list) + 1 };
    return true;
}

/* A version for the object V, which has none; NULL without memory. */
static struct version *add_version(struct versions *vs, asl_value v)
{
    if (vs->count == vs->room) {
        uint32_t room = vs->room ? vs->room * 2 : 16;
        struct version *list = asl_alloc(vs->eval->region, (size_t)room * sizeof *list);
        if (!list)
            return NULL;
        if (vs->count > 0)
            memcpy(list, vs->list, vs->count * sizeof *list);
        vs->list = list;
        vs->room = room;
    }
    struct version *version = &vs->list[vs->count++];
    *version = (struct version){ .now = v };
    return note_block(vs, asl__pointer(v), version) ? version : NULL;
}

/* ---- values as they are now ------------------------------------------------------ */

static asl_value current(struct versions *vs, asl_value v, unsigned level);

static bool same_words(asl_value a, asl_value b)
{
    return a.u.word.head == b.u.word.head && a.u.word.body == b.u.word.body;
}

static asl_value current_array(struct versions *vs, asl_value v, unsigned level)
{
    asl_value *items = NULL;
    uint32_t count = asl__count(v);

    for (uint32_t i = 0; i < count; i++) {
        asl_value old = asl__items(v)[i], now = current(vs, old, level);
        if (asl_is_error(now))
            return now;
        if (!items && same_words(old, now))
            continue;
        if (!items) {
            items = asl__block_new(vs->eval->region, sizeof *items, count, count);
            if (!items)
                return asl_no_memory();
            memcpy(items, asl__items(v), count * sizeof *items);
        }
        items[i] = now;
    }
    if (!items)
        return v;
    size_t depth = asl__depth_of_items(items, count);
    if (depth > ASL_MAX_DEPTH)
        return asl_too_deep();
    return asl_flagged(asl__container(ASL_ARRAY, items, count, depth), asl_flags(v));
}

/* OBJECT with its members as they are now: itself if nothing in it has changed. */
static asl_value current_members(struct versions *vs, asl_value object, unsigned level)
{
    asl_member *members = NULL;
    uint32_t count = asl__count(object);

    for (uint32_t i = 0; i < count; i++) {
        asl_value old = asl__members(object)[i].value, now = current(vs, old, level);
        if (asl_is_error(now))
            return now;
        if (!members && same_words(old, now))
            continue;
        if (!members) {
            members = asl_alloc(vs->eval->region, count * sizeof *members);
            if (!members)
                return asl_no_memory();
            memcpy(members, asl__members(object), count * sizeof *members);
        }
        members[i].value = now;
    }
    return members ? asl__object_build(vs->eval->region, members, count, true) : object;
}

static asl_value current_object(struct versions *vs, asl_value v, unsigned level)
{
    struct version *version = version_of(vs, asl__pointer(v));
    asl_value old = version ? version->now : v;

    if (version && version->busy)
        return asl_too_deep();
    if (version && version->up_to == vs->changes)
        return old;
    if (version)
        version->busy = true;
    asl_value now = current_members(vs, old, level);
    version = version_of(vs, asl__pointer(v)); /* the list may have moved */
    if (version)
        version->busy = false;
    if (asl_is_error(now) || (!version && same_words(old, now)))
        return now;
    if (!version && !(version = add_version(vs, v)))
        return asl_no_memory();
    version->now = now;
    version->up_to = vs->changes;
    return note_block(vs, asl__pointer(now), version) ? now : asl_no_memory();
}

/* V with all objects in it as they are now. */
static asl_value current(struct versions *vs, asl_value v, unsigned level)
{
    if ((!asl_is_array(v) && !asl_is_object(v)) || vs->changes == 0)
        return v;
    if (level > ASL_MAX_DEPTH)
        return asl_too_deep();
    if (is_time_to_look(vs->turns++, level)) {
        asl_value error = asl__bounded(vs->eval);
        if (asl_is_error(error))
            return error;
    }
    return asl_is_array(v) ? current_array(vs, v, level + 1)
                           : current_object(vs, v, level + 1);
}

/* From now on the object V is NOW, an object: undefined, or an error. */
static asl_value change(struct versions *vs, asl_value v, asl_value now)
{
    struct version *version = version_of(vs, asl__pointer(v));

    if (asl_is_error(now))
        return now;
    if (!asl__pointer(v)) /* is nowhere in the copy */
        return asl_undefined();
    if (!asl__pointer(now)) { /* of the copy all have a block */
        asl_member *none = asl__block_new(vs->eval->region, sizeof *none, 0, 0);
        if (!none)
            return asl_no_memory();
        now = asl__container(ASL_OBJECT, none, 0, 1);
    }
    if (!version && !(version = add_version(vs, v)))
        return asl_no_memory();
    vs->changes++;
    version->now = now;
    version->up_to = 0;
    return note_block(vs, asl__pointer(now), version) ? asl_undefined()
                                                      : asl_no_memory();
}

/* ---- the function ---------------------------------------------------------------- */

struct transform {
    asl_lambda_body *matches, *update, *remove;
};

asl_value asl_transform(asl_eval *e, asl_lambda_body *matches, asl_lambda_body *update,
                        asl_lambda_body *remove, asl_value context, uint32_t ncells,
                        asl_value *const *cells)
{
    struct transform *t = asl_alloc(e->region, sizeof *t);

    if (!t)
        return asl_no_memory();
    if (asl_is_error(context))
        return context;
    *t = (struct transform){ matches, update, remove };
    asl_function made = {
        .kind = ASL__TRANSFORM, .arity = 1, .context = context, .data = t
    };
    return asl__function_like(e, &made, ncells, cells);
}

/* OBJECT with the members of UPDATE. */
static asl_value with_members(asl_eval *e, asl_value object, asl_value update)
{
    size_t have = asl__count(object), more = asl__count(update);

    if (more == 0)
        return object;
    asl_member *members = asl_alloc(e->region, (have + more) * sizeof *members);
    if (!members)
        return asl_no_memory();
    if (have > 0)
        memcpy(members, asl__members(object), have * sizeof *members);
    memcpy(members + have, asl__members(update), more * sizeof *members);
    return asl_object_of(e->region, have + more, members);
}

/* OBJECT without the members named by NAMES, a string or an array of strings. */
static asl_value without_members(asl_eval *e, asl_value object, asl_value names)
{
    const asl_value *list;
    uint32_t count = asl_items(&names, &list);

    for (uint32_t i = 0; i < count && asl_is_object(object); i++)
        object = asl_without(e->region, object, list[i]);
    return object;
}

static bool is_names(asl_value v)
{
    if (!asl_is_array(v))
        return asl_is_string(v);
    for (uint32_t i = 0; i < asl__count(v); i++)
        if (!asl_is_string(asl__items(v)[i]))
            return false;
    return true;
}

/* The body PART of F with MATCH as its context. */
static asl_value part_of(asl_eval *e, asl_lambda_body *part, const asl_function *f,
                         asl_value match)
{
    struct asl__call_mark mark = asl__call_mark(e);
    asl_value v = part(e, f, &match);

    if (asl_is_unset(v))
        v = asl__call_bounce(e, &mark, asl_function_value(f), asl_null(), 1, &match);
    return asl_unwrap(v);
}

/* Merges the update for MATCH: undefined, or an error. */
static asl_value update_match(struct versions *vs, const asl_function *f,
                              asl_value match)
{
    const struct transform *t = f->data;
    asl_value now = current(vs, match, 0);

    if (asl_is_error(now))
        return now;
    asl_value update = part_of(vs->eval, t->update, f, now);
    if (asl_is_undefined(update) || asl_is_error(update))
        return update;
    if (!asl_is_object(update))
        return asl_query_error(vs->eval, "T2011", NULL, update);
    if (asl_is_object(match))
        return change(vs, match, with_members(vs->eval, now, update));
    if (asl_is_array(match) || asl_is_function(match) || asl__count(update) == 0)
        return asl_undefined(); /* JavaScript's properties of these are not JSON */
    return asl_query_fail(vs->eval, NULL,
                          asl_str("A transform expression can only update objects"));
}

/* Takes the members away that are named for MATCH. */
static asl_value remove_match(struct versions *vs, const asl_function *f,
                              asl_value match)
{
    const struct transform *t = f->data;
    asl_value now = current(vs, match, 0);

    if (asl_is_error(now))
        return now;
    asl_value names = part_of(vs->eval, t->remove, f, now);
    if (asl_is_undefined(names) || asl_is_error(names))
        return names;
    if (!is_names(names))
        return asl_query_error(vs->eval, "T2012", NULL, names);
    if (!asl_is_object(match))
        return asl_undefined();
    return change(vs, match, without_members(vs->eval, now, names));
}

asl_value asl__enter_transform(asl_eval *e, const asl_function *f, asl_value context,
                               uint32_t n, const asl_value *args)
{
    const struct transform *t = f->data;
    struct versions vs = { .eval = e };
    asl_value v, error = asl__signature(e, "<(oa):o>", NULL, 1, context, n, args, &v);

    if (!asl_is_undefined(error) || asl_is_undefined(v))
        return error;
    v = asl__clone(e, v);
    asl_value matches = asl_is_error(v) ? v : part_of(e, t->matches, f, v);
    if (asl_is_error(matches))
        return matches;
    const asl_value *list = &matches;
    uint32_t count = !asl_is_undefined(matches);
    if (asl_is_array(matches)) {
        list = asl__items(matches);
        count = asl__count(matches);
    }
    for (uint32_t i = 0; i < count; i++) {
        error = asl__in_turn(e, i);
        if (asl_is_undefined(error))
            error = update_match(&vs, f, list[i]);
        if (asl_is_undefined(error) && t->remove)
            error = remove_match(&vs, f, list[i]);
        if (!asl_is_undefined(error))
            return error;
    }
    return current(&vs, v, 0);
}
