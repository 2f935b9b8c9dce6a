/* Wait states (language.md 5.4, errors.md 3.5). */
#include "value/base.h"

#include "expr/failure.h"
#include "expr/time.h"
#include "machine/frame.h"

/* The longest delay AWS accepts. */
#define LONGEST_DELAY INT64_C(2147483648)

static asl_next park_until(asl_frame *f, int64_t deadline, uint32_t done)
{
    asl__frame *x = asl__whole(f);

    asl__visit(x);
    x->request = ASL__REQ_WAIT;
    x->deadline = deadline;
    f->state = done;
    return ASL_PARKED;
}

asl_next asl_wait_seconds(asl_frame *f, int64_t seconds, uint32_t done)
{
    if (seconds >= LONGEST_DELAY)
        return asl_raise(f, asl__failf(&f->region, "Wait state delay is too long."));
    if (seconds <= 0) {
        asl__visit(asl__whole(f));
        f->state = done;
        return ASL_GO_ON;
    }
    return park_until(f, asl__sched_now(f->execution->sched) + seconds * 1000000, done);
}

asl_next asl__wait_until(asl_frame *f, int64_t deadline, uint32_t done)
{
    int64_t now = asl__sched_now(f->execution->sched);

    if (deadline > now && (deadline - now) / 1000000 >= LONGEST_DELAY)
        return asl_raise(f, asl__failf(&f->region, "Wait state delay is too long."));
    return park_until(f, deadline, done);
}

asl_next asl_wait_until(asl_frame *f, const char *timestamp, uint32_t done)
{
    int64_t deadline = 0;

    if (!asl__time_parse(timestamp, strlen(timestamp), &deadline))
        return asl_raise(
            f, asl__failf(&f->region,
                          "The Timestamp parameter does not reference a valid ISO-8601 "
                          "extended offset date-time format string: %s",
                          timestamp));
    return asl__wait_until(f, deadline, done);
}

/* The text a Cause shows for V: a string raw, anything else as JSON. */
static asl_value shown(asl_frame *f, asl_value v)
{
    return asl_is_string(v) ? v : asl_to_json(&f->region, v);
}

/* A whole number, also as a string of digits. */
static bool as_long(asl_value v, int64_t *out)
{
    if (asl_is_number(v))
        return asl__tag(v) == ASL_INTEGER ? (*out = (int64_t)v.u.word.body, true) : false;
    if (!asl_is_string(v) || asl_text_len(v) == 0 || asl_text_len(v) > 18)
        return false;
    const char *text = asl_text(&v);
    size_t len = asl_text_len(v), i = text[0] == '-' || text[0] == '+';
    int64_t n = 0;
    if (i == len)
        return false;
    for (; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        n = n * 10 + (text[i] - '0');
    }
    *out = text[0] == '-' ? -n : n;
    return true;
}

static asl_next bad_seconds(asl_frame *f, const char *what, asl_value v,
                            const char *path)
{
    asl_value text = shown(f, v);

    if (asl_is_error(text))
        return asl_raise(f, text);
    return asl_raise(f,
                     asl__failf(&f->region, "The SecondsPath parameter %s: %s == %.*s",
                                what, path, (int)asl_text_len(text), asl_text(&text)));
}

asl_next asl_wait_seconds_path(asl_frame *f, asl_value v, const char *path,
                               uint32_t done)
{
    int64_t seconds = 0;

    if (asl_is_error(v))
        return asl_raise(f, v);
    if (asl_is_undefined(v))
        return asl_raise(
            f, asl__failf(
                   &f->region,
                   "The SecondsPath parameter does not reference an input value: %s",
                   path));
    if (!as_long(v, &seconds))
        return bad_seconds(f, "cannot be parsed as a long value", v, path);
    if (seconds < 0)
        return bad_seconds(f, "references a negative value", v, path);
    return asl_wait_seconds(f, seconds, done);
}

asl_next asl_wait_until_path(asl_frame *f, asl_value v, const char *path, uint32_t done)
{
    int64_t deadline = 0;

    if (asl_is_error(v))
        return asl_raise(f, v);
    if (asl_is_undefined(v))
        return asl_raise(
            f, asl__failf(
                   &f->region,
                   "The TimestampPath parameter does not reference an input value: %s",
                   path));
    if (asl_is_string(v) && asl__time_parse(asl_text(&v), asl_text_len(v), &deadline))
        return asl__wait_until(f, deadline, done);
    asl_value text = shown(f, v);
    if (asl_is_error(text))
        return asl_raise(f, text);
    return asl_raise(
        f, asl__failf(&f->region,
                      "The TimestampPath parameter does not reference a valid "
                      "ISO-8601 extended offset date-time format string: "
                      "%s == %.*s",
                      path, (int)asl_text_len(text), asl_text(&text)));
}
