/* Task tokens (service.md 4).  A token stands for one attempt at one Task:
 *
 *     32 hexadecimal digits   128 random bits: nobody can guess one
 *     16 more                 a check of these under a key of this program's run
 *
 * So a token whose task is over need not be remembered to be told from one that never
 * was.  The bits come from the system, or from the frame's seed with --seed.  An attempt's
 * token is made where it is first read, or when the task starts, and kept on its frame. */
#include "value/base.h"

#include "machine/frame.h"
#include "machine/inspect.h"

#include <errno.h>
#include <sys/random.h>

static bool system_random(void *to, size_t size)
{
    ssize_t got;

    do
        got = getrandom(to, size, 0);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)size;
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* The seed's words for the token of X's attempt: the same in each run, others for each
 * attempt, frame and execution. */
static void seeded(const asl__frame *x, uint64_t token[2])
{
    uint64_t place = mix(x->seed ^ mix(x->f.execution->number + 1)) ^ x->f.event;

    token[0] = mix(place * UINT64_C(0x9E3779B97F4A7C15));
    token[1] = mix(token[0] ^ place ^ x->retry_total);
}

/* Whether X has a token that is of the attempt under way.  At the state's entry that is
 * one made at this very event; later on, one made in this visit. */
static bool is_current(const asl__frame *x)
{
    const asl_frame *f = &x->f;

    if (!x->has_token)
        return false;
    if (f->scope->states[f->state].role == ASL_ROLE_ENTRY)
        return x->token_event == f->event;
    return x->token_event >= f->entered;
}

bool asl__frame_token(asl__frame *x, uint64_t token[2])
{
    if (!is_current(x)) {
        const asl__options *options = &x->f.execution->sched->options;
        if (options->seeded)
            seeded(x, x->token);
        else if (!system_random(x->token, sizeof x->token))
            return false;
        x->has_token = true;
        x->token_event = x->f.event;
    }
    memcpy(token, x->token, sizeof x->token);
    return true;
}

bool asl__call_token(asl__call *call)
{
    asl__frame *x = asl__whole(call->frame);

    if (call->has_token)
        return true;
    x->has_token = false; /* one there may be is of an earlier attempt */
    call->has_token = asl__frame_token(x, call->token);
    return call->has_token;
}

/* ---- as text -------------------------------------------------------------------- */

/* Copies the scheduler's key, made at its first use, to KEY; false: no random numbers. */
static bool key_of(asl__sched *s, uint64_t key[2])
{
    bool good = true;

    asl__lock(s);
    if (!s->has_key && s->options.seeded) {
        s->key[0] = mix(s->options.seed);
        s->key[1] = mix(s->key[0]);
        s->has_key = true;
    } else if (!s->has_key) {
        good = s->has_key = system_random(s->key, sizeof s->key);
    }
    memcpy(key, s->key, sizeof s->key);
    asl__unlock(s);
    return good;
}

static uint64_t check_of(const uint64_t token[2], const uint64_t key[2])
{
    uint64_t a = mix(token[0] ^ key[0]), b = mix(token[1] ^ key[1] ^ a);

    return mix(a + b * UINT64_C(0xD1342543DE82EF95) + key[0]);
}

static void put_word(char *to, uint64_t word)
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 15; i >= 0; i--, word >>= 4)
        to[i] = digits[word & 15];
}

static bool get_word(const char *text, uint64_t *word)
{
    *word = 0;
    for (int i = 0; i < 16; i++) {
        char c = text[i];
        bool digit = c >= '0' && c <= '9';
        if (!digit && !(c >= 'a' && c <= 'f'))
            return false;
        *word = *word << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
    }
    return true;
}

bool asl__token_print(asl__sched *s, const uint64_t token[2], char text[ASL__TOKEN_SIZE])
{
    uint64_t key[2];

    if (!key_of(s, key))
        return false;
    put_word(text, token[0]);
    put_word(text + 16, token[1]);
    put_word(text + 32, check_of(token, key));
    text[ASL__TOKEN_SIZE - 1] = '\0';
    return true;
}

enum asl__token_kind asl__token_read(asl__sched *s, const char *text, size_t len,
                                     uint64_t token[2])
{
    uint64_t check, key[2];

    if (len != ASL__TOKEN_SIZE - 1 || !get_word(text, &token[0]) ||
        !get_word(text + 16, &token[1]) || !get_word(text + 32, &check))
        return ASL__TOKEN_BAD;
    return key_of(s, key) && check_of(token, key) == check ? ASL__TOKEN_OWN
                                                           : ASL__TOKEN_FOREIGN;
}

asl_value asl_context_task(asl_frame *f)
{
    static const asl_value keys[] = { ASL_TEXT("Token") };
    char text[ASL__TOKEN_SIZE];
    uint64_t token[2];

    if (f->execution->sched->options.inspection)
        return asl_get(f->execution->sched->options.inspection->context, "Task");
    if (f->scope->states[f->state].type != ASL_TYPE_CALLBACK)
        return asl_undefined();
    if (!asl__frame_token(asl__whole(f), token) ||
        !asl__token_print(f->execution->sched, token, text))
        return asl_errorf(&f->region, "States.Runtime",
                          "the system gives no random numbers for a task token");
    asl_value value = asl_string(&f->region, text, ASL__TOKEN_SIZE - 1);
    return asl_record(&f->region, 1, keys, &value);
}
