/* JSONata: dates and times: $now, $millis, $fromMillis (jsonata.md 13). */
#include "../value/base.h"

#include <math.h>

#include "picture.h"
#include "time.h"

const char asl__months[12][10] = { "January",   "February", "March",    "April",
                                   "May",       "June",     "July",     "August",
                                   "September", "October",  "November", "December" };
const char asl__days[7][10] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                "Friday", "Saturday", "Sunday" };

/* ---- now ---------------------------------------------------------------------- */

static int64_t clock_micros(asl_eval *e)
{
    struct timespec now;

    if (e->f)
        return asl__frame_now(e->f);
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

asl_value asl__query_now(asl_eval *e, double *ms)
{
    struct asl__evaluation *more = asl__evaluation_of(e);

    if (!more)
        return asl_no_memory();
    if (!more->has_now) {
        int64_t micros = clock_micros(e);
        more->now = micros / 1000 - (micros % 1000 < 0);
        more->has_now = true;
    }
    *ms = (double)more->now;
    return asl_integer(more->now);
}

/* ---- instants ----------------------------------------------------------------- */

enum { DAY_MS = 86400000 };

struct asl__moment asl__moment_of(double ms)
{
    struct asl__moment m = { .valid = fabs(ms) <= 8.64e15 };

    if (!m.valid)
        return m;
    m.ms = (int64_t)ms;
    m.day = m.ms / DAY_MS - (m.ms % DAY_MS < 0);
    unsigned within = (unsigned)(m.ms - m.day * DAY_MS);
    asl__date_of(m.day, &m.year, &m.month, &m.date);
    m.hour = within / 3600000;
    m.minute = within / 60000 % 60;
    m.second = within / 1000 % 60;
    m.milli = within % 1000;
    return m;
}

/* Monday 1 to Sunday 7. */
static int64_t weekday(int64_t day)
{
    int64_t of_week = (day + 3) % 7; /* 1970 began on a Thursday */

    return (of_week < 0 ? of_week + 7 : of_week) + 1;
}

/* The Monday of week 1 of a month, which is the week with its first Thursday (ISO 8601,
 * for months as XPath has it). */
static int64_t first_week(int64_t year, int64_t month)
{
    year += month > 12 ? 1 : month < 1 ? -1 : 0;
    month += month > 12 ? -12 : month < 1 ? 12 : 0;
    int64_t first = asl__days_of(year, (unsigned)month, 1), at = weekday(first);

    return at > 4 ? first + 8 - at : first - (at - 1);
}

/* By how many years (months if BY_MONTH) the week of M lies beside its date's; *WEEK is
 * its number there. */
static int beside(const struct asl__moment *m, bool by_month, int64_t *week)
{
    int64_t month = by_month ? m->month : 1, step = by_month ? 1 : 12;
    int64_t start = first_week(m->year, month);
    int off = 0;

    if (m->day < start) {
        start =
            by_month ? first_week(m->year, month - step) : first_week(m->year - 1, 1);
        off = -1;
    } else if (m->day - start >= (by_month ? 28 : 364)) {
        int64_t following =
            by_month ? first_week(m->year, month + step) : first_week(m->year + 1, 1);
        off = m->day >= following;
        start = off ? following : start;
    }
    *week = (m->day - start) / 7 + 1;
    return off;
}

int64_t asl__fragment(const struct asl__moment *m, char component)
{
    int64_t week;

    switch (component) {
    case 'Y': return m->year;
    case 'M': return m->month;
    case 'D': return m->date;
    case 'd': return m->day - asl__days_of(m->year, 1, 1) + 1;
    case 'F': return weekday(m->day);
    case 'W': return (void)beside(m, false, &week), week;
    case 'w': return (void)beside(m, true, &week), week;
    case 'X': return m->year + beside(m, false, &week);
    case 'x': return ((int64_t)m->month + 11 + beside(m, true, &week)) % 12 + 1;
    case 'H': return m->hour;
    case 'h': return (m->hour + 11) % 12 + 1;
    case 'P': return m->hour >= 12;
    case 'm': return m->minute;
    case 's': return m->second;
    case 'f': return m->milli;
    default: return 0;
    }
}

/* ---- pictures: formatting ------------------------------------------------------ */

struct formatting {
    struct asl__out *o;
    struct asl__moment moment;
    struct asl__zone zone;
};

static void put_name(struct formatting *f, const struct asl__marker *m,
                     const char *name)
{
    size_t len = strlen(name);

    if (m->most >= 0 && (uint64_t)m->most < len)
        len = (size_t)m->most;
    for (size_t i = 0; i < len; i++) {
        bool up = m->letters == ASL__UPPER && name[i] >= 'a';
        bool down = m->letters == ASL__LOWER && name[i] < 'a';
        asl__out_char(f->o, (char)(name[i] + (up ? -32 : down ? 32 : 0)));
    }
}

/* NUMBER by its last DIGITS digits, as JavaScript's % has it. */
static int64_t cut_year(int64_t year, int64_t digits)
{
    int64_t unit = 1;

    while (digits-- > 0 && unit < 1000000000)
        unit *= 10;
    return year % unit;
}

static void put_number(struct formatting *f, const struct asl__marker *m)
{
    int64_t value = asl__fragment(&f->moment, (char)m->component);

    if (!f->moment.valid) {
        struct asl__integral none = { false, false, 0, NAN };
        asl__put_integer(f->o, &m->integer, none);
        return;
    }
    if (m->component == 'Y' && m->digits >= 0)
        value = cut_year(value, m->digits);
    asl__put_integer(f->o, &m->integer, asl__integral_int(value));
}

static void put_named(struct formatting *f, const struct asl__marker *m)
{
    int64_t value = asl__fragment(&f->moment, (char)m->component);

    if (!m->known)
        f->o->error = asl__no_component(f->o->e, m);
    else if (m->component != 'M' && m->component != 'x' && m->component != 'F')
        f->o->error = asl__not_a_name(f->o->e, m);
    else if (!f->moment.valid)
        f->o->error = asl_query_error(f->o->e, "D1001", NULL, asl_double(NAN));
    else
        put_name(f, m,
                 m->component == 'F' ? asl__days[value - 1] : asl__months[value - 1]);
}

static void put_zone(struct formatting *f, const struct asl__marker *m)
{
    const struct asl__integer_picture *p = &m->integer;
    int64_t offset = f->zone.hours * 100 + f->zone.minutes;
    struct asl__integral whole = f->zone.valid
                                     ? asl__integral_int(offset)
                                     : (struct asl__integral){ false, false, 0, NAN };
    struct asl__integer_picture two;

    if (offset == 0 && f->zone.valid && m->presentation2 == 't' &&
        p->numbering == ASL__DIGITS && (p->regular || p->mandatory <= 4)) {
        asl__out_char(f->o, 'Z');
        return;
    }
    if (m->component == 'z')
        asl__out_text(f->o, "GMT", 3);
    if (offset >= 0 && f->zone.valid)
        asl__out_char(f->o, '+');
    if (p->numbering != ASL__DIGITS || (!p->regular && p->mandatory > 4)) {
        f->o->error = asl_query_error(f->o->e, "D3134", NULL, asl_undefined());
    } else if (p->regular || p->mandatory > 2) {
        asl__put_integer(f->o, p, whole);
    } else {
        asl__put_integer(f->o, p,
                         f->zone.valid ? asl__integral_int(f->zone.hours) : whole);
        if (f->zone.valid && f->zone.minutes == 0)
            return;
        asl__out_char(f->o, ':');
        asl__integer_analyse("00", 2, &two);
        asl__put_integer(f->o, &two,
                         f->zone.valid ? asl__integral_int(f->zone.minutes) : whole);
    }
}

static void put_marker(struct formatting *f, const struct asl__marker *m)
{
    switch (m->component) {
    case 'P':
        asl__out_text(f->o,
                      &"amAMpmPM"[4 * asl__fragment(&f->moment, 'P') +
                                  2 * (m->names && m->letters == ASL__UPPER)],
                      2);
        return;
    case 'Z':
    case 'z': put_zone(f, m); return;
    case 'C':
    case 'E': asl__out_text(f->o, "ISO", 3); return;
    default: break;
    }
    if (m->numbered)
        put_number(f, m);
    else
        put_named(f, m);
}

/* By the whole picture, so that what is wrong in it counts before what does not go with
 * the value. */
static asl_value put_picture(struct formatting *f, const char *picture, size_t len)
{
    struct asl__pieces pieces = { f->o->e, picture, picture + len };
    struct asl__marker marker;
    asl_value error;
    const char *text;

    for (;;) {
        switch (asl__next_piece(&pieces, &text, &len, &marker, &error)) {
        case ASL__PICTURE_END: return asl__out_end(f->o);
        case ASL__PICTURE_ERROR: return error;
        case ASL__LITERAL: asl__out_text(f->o, text, len); break;
        case ASL__MARKER:
            if (!asl__out_failed(f->o))
                put_marker(f, &marker);
            break;
        }
    }
}

static char *put_padded(char *at, unsigned value, int width, char end)
{
    for (int i = width; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    at[width] = end;
    return at + width + 1;
}

/* `[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001]Z`. */
static asl_value plain_iso(asl_eval *e, const struct asl__moment *m)
{
    char buf[24], *at = put_padded(buf, (unsigned)(m->year % 10000), 4, '-');

    at = put_padded(at, m->month, 2, '-');
    at = put_padded(at, m->date, 2, 'T');
    at = put_padded(at, m->hour, 2, ':');
    at = put_padded(at, m->minute, 2, ':');
    at = put_padded(at, m->second, 2, '.');
    put_padded(at, m->milli, 3, 'Z');
    return asl_string(e->region, buf, sizeof buf);
}

static struct asl__zone read_zone(asl_value text)
{
    struct asl__zone zone = { true, 0, 0 };

    if (!asl_is_string(text))
        return zone;
    double number =
        asl_to_double(asl__read_prefix(asl_text(&text), asl_text_len(text)));
    zone.valid = !isnan(number);
    if (zone.valid) {
        number = fmax(-1e12, fmin(1e12, number));
        zone.hours = (int64_t)floor(number / 100);
        zone.minutes = (int64_t)number % 100;
    }
    return zone;
}

/* $fromMillis with what was checked; PICTURE and ZONE may be undefined. */
static asl_value from_millis(asl_eval *e, double ms, asl_value picture, asl_value zone)
{
    static const char iso[] = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]";
    struct formatting f = { .zone = read_zone(zone) };
    struct asl__out o;

    ms += (double)((60 * f.zone.hours + f.zone.minutes) * 60000);
    f.moment = asl__moment_of(f.zone.valid ? ms : NAN);
    bool is_iso = !asl_is_string(picture);
    if (is_iso && f.moment.valid && f.moment.year >= 0 && f.zone.hours == 0 &&
        f.zone.minutes == 0)
        return plain_iso(e, &f.moment);
    asl__out_begin(&o, e);
    f.o = &o;
    return is_iso ? put_picture(&f, iso, sizeof iso - 1)
                  : put_picture(&f, asl_text(&picture), asl_text_len(picture));
}

asl_value asl_fn_fromMillis(asl_eval *e, asl_value context, uint32_t n,
                            const asl_value *args)
{
    asl_value given[3], error, nothing = asl_undefined();

    if (n == 0 || n > 2 || !asl_is_number(args[0]) ||
        (n == 2 && !asl_is_string(args[1]))) {
        error = asl__checked(e, &asl_fv_fromMillis, context, n, args, given);
        if (asl_is_error(error) || asl_is_undefined(given[0]))
            return error;
        return from_millis(e, asl_to_double(given[0]), given[1], given[2]);
    }
    return from_millis(e, asl_to_double(args[0]), n == 2 ? args[1] : nothing, nothing);
}

asl_value asl_fn_now(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    asl_value given[2] = { asl_undefined(), asl_undefined() };
    double ms = 0;

    if (n > 0) {
        asl_value error = asl__checked(e, &asl_fv_now, context, n, args, given);
        if (asl_is_error(error))
            return error;
    }
    asl_value now = asl__query_now(e, &ms);
    return asl_is_error(now) ? now : from_millis(e, ms, given[0], given[1]);
}

asl_value asl_fn_millis(asl_eval *e, asl_value context, uint32_t n,
                        const asl_value *args)
{
    double ms;

    if (n > 0) {
        asl_value error = asl__checked(e, &asl_fv_millis, context, n, args, NULL);
        if (asl_is_error(error))
            return error;
    }
    return asl__query_now(e, &ms);
}
