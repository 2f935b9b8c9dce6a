/* The context object (expressions.md 3) and the frame's source of random numbers. */
#include "value/small.h"

#include "value/base.h"

#include "expr/host.h"
#include "expr/time.h"
#include "machine/frame.h"
#include "machine/inspect.h"

#define ACCOUNT "arn:aws:states:us-east-1:123456789012:"

static asl_value time_text(asl_region *r, int64_t microseconds)
{
    char text[ASL__TIME_MAX + 1];

    return asl_string(r, text, asl__time_print(microseconds, text));
}

/* INTO with the members of FROM, an object, laid over it. */
static asl_value lay_over(asl_region *r, asl_value into, asl_value from)
{
    for (size_t i = 0; i < asl_count(from); i++)
        into = asl_set(r, into, asl_member_at(from, i)->key,
                       asl_member_at(from, i)->value);
    return into;
}

/* The name that was given, else a UUID. */
static asl_value name_of(asl_execution *e)
{
    char name[ASL__UUID_SIZE];

    if (e->name)
        return asl_cstring(&e->region, e->name);
    asl__uuid(name, e->seed ^ UINT64_C(0xA5A5A5A5A5A5A5A5), 4);
    return asl_cstring(&e->region, name);
}

bool asl__context_init(asl_execution *e)
{
    asl_region *r = &e->region;
    const char *machine = e->machine->name;
    asl_value v = asl_object(), name = name_of(e);

    if (asl_is_error(name)) {
        e->execution_context = e->machine_context = name;
        return false;
    }
    v = asl_set(r, v, asl_str("Id"),
                asl_format_string(r, ACCOUNT "execution:%s:%.*s", machine,
                                  (int)asl_text_len(name), asl_text(&name)));
    v = asl_set(r, v, asl_str("Input"), e->input);
    v = asl_set(r, v, asl_str("StartTime"), time_text(r, e->start));
    v = asl_set(r, v, asl_str("Name"), name);
    v = asl_set(r, v, asl_str("RoleArn"),
                asl_format_string(r, "arn:aws:iam::123456789012:role/%s", machine));
    v = asl_set(r, v, asl_str("RedriveCount"), asl_integer(0));
    e->execution_context = lay_over(r, v, asl_get(e->overlay, "Execution"));
    v = asl_set(r, asl_object(), asl_str("Id"),
                asl_format_string(r, ACCOUNT "stateMachine:%s", machine));
    v = asl_set(r, v, asl_str("Name"), asl_cstring(r, machine));
    e->machine_context = lay_over(r, v, asl_get(e->overlay, "StateMachine"));
    return !asl_is_error(e->execution_context) && !asl_is_error(e->machine_context);
}

void asl__context_need(asl_execution *e)
{
    if (e->has_context)
        return;
    (void)asl__context_init(e);
    __atomic_store_n(&e->has_context, true, __ATOMIC_RELEASE);
}

/* Makes the context where it is asked for first: most workflows never do.  (With the
 * history on it is there from the start.)  Without memory its parts are that error. */
static void need_context(asl_execution *e)
{
    /* Acquire: its partner is the release below, by whichever frame was first. */
    if (__atomic_load_n(&e->has_context, __ATOMIC_ACQUIRE))
        return;
    asl__lock(e->sched);
    asl__context_need(e);
    asl__unlock(e->sched);
}

/* Where a state is tested by itself, the context object of the call. */
static ASL__INLINE const asl__inspection *inspection_of(asl_frame *f)
{
    return f->execution->sched->options.inspection;
}

/* The child execution that F belongs to; NULL: the whole one.  An ItemSelector runs for
 * the Map's own. */
static const asl__child *own_of(asl_frame *f)
{
    const asl__frame *x = asl__whole(f);

    return x->selecting ? x->fork->parent->own : x->own;
}

asl_value asl_context_execution(asl_frame *f)
{
    const asl__inspection *inspection = inspection_of(f);
    const asl__child *own = own_of(f);

    if (inspection)
        return asl_get(inspection->context, "Execution");
    need_context(f->execution);
    if (!own)
        return f->execution->execution_context;
    return asl__child_execution(&f->region, own, time_text(&f->region, own->start));
}

asl_value asl_context_state_machine(asl_frame *f)
{
    const asl__inspection *inspection = inspection_of(f);
    const asl__child *own = own_of(f);

    if (inspection)
        return asl_get(inspection->context, "StateMachine");
    need_context(f->execution);
    return own ? asl__child_machine(&f->region, own) : f->execution->machine_context;
}

asl_value asl_context_state(asl_frame *f)
{
    const asl__inspection *inspection = inspection_of(f);
    asl__frame *x = asl__whole(f);
    asl_region *r = &f->region;

    if (inspection)
        return asl_get(inspection->context, "State");
    if (x->selecting)
        x = x->fork->parent;
    const asl_state *state = &x->f.scope->states[x->f.state];
    int64_t time =
        x->entered_time ? x->entered_time : asl__sched_now(f->execution->sched);
    asl_value v = asl_set(r, asl_object(), asl_str("Name"), state->name);
    v = asl_set(r, v, asl_str("EnteredTime"), time_text(r, time));
    if (state->type == ASL_TYPE_TASK || state->type == ASL_TYPE_CALLBACK) {
        bool again = state->role != ASL_ROLE_ENTRY || x->f.event == x->retry_mark;
        v = asl_set(r, v, asl_str("RetryCount"),
                    asl_integer(again ? x->retry_total : 0));
    }
    return v;
}

asl_value asl_context(asl_frame *f)
{
    asl_region *r = &f->region;
    const asl__inspection *inspection = inspection_of(f);
    asl_value v = asl_object(), map = asl_context_map(f), task = asl_context_task(f);

    if (inspection)
        return asl_is_undefined(map) ? inspection->context
                                     : asl_set(r, inspection->context, asl_str("Map"), map);
    v = asl_set(r, v, asl_str("Execution"), asl_context_execution(f));
    v = asl_set(r, v, asl_str("StateMachine"), asl_context_state_machine(f));
    v = asl_set(r, v, asl_str("State"), asl_context_state(f));
    if (!asl_is_undefined(map))
        v = asl_set(r, v, asl_str("Map"), map);
    return asl_is_undefined(task) ? v : asl_set(r, v, asl_str("Task"), task);
}

asl_random *asl_random_of(asl_frame *f)
{
    asl__frame *x = asl__whole(f);

    if (!x->seeded) {
        asl_random_seed(&x->random, x->seed);
        x->seeded = true;
    }
    return &x->random;
}

/* ---- what expr/host.h asks for ------------------------------------------------- */

int64_t asl__frame_now(asl_frame *f)
{
    return asl__sched_now(f->execution->sched);
}

uint64_t asl__frame_random(asl_frame *f)
{
    return asl_random_next(asl_random_of(f));
}
