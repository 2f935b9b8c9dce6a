/* JSONata: $toMillis (jsonata.md 13): ISO 8601, and what the parts of a picture found.
 * */
#include "../value/base.h"

#include <math.h>

#include "time.h"
#include "timestamp.h"
#include "../value/utf8.h"

/* ---- without a picture --------------------------------------------------------- */

/* The first three digits behind a point, the rest is dropped. */
static bool read_fraction(struct asl__cursor *c, unsigned *ms)
{
    unsigned unit = 100;

    *ms = 0;
    if (!asl__read_char(c, '.'))
        return true;
    const char *start = c->at;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, unit /= 10)
        *ms += unit * (unsigned)(*c->at - '0');
    return c->at > start;
}

/* `Z`, `+hh:mm`, `+hhmm` or nothing, in minutes. */
static bool read_offset(struct asl__cursor *c, int64_t *minutes)
{
    unsigned hour, minute;

    *minutes = 0;
    if (c->at == c->end || asl__read_char(c, 'Z'))
        return true;
    bool west = asl__read_char(c, '-');
    if ((!west && !asl__read_char(c, '+')) || !asl__read_digits(c, 2, 0, 23, &hour))
        return false;
    asl__read_char(c, ':');
    if (!asl__read_digits(c, 2, 0, 59, &minute))
        return false;
    *minutes = hour * 60 + minute;
    *minutes = west ? -*minutes : *minutes;
    return true;
}

/* Years, months or days, and a time behind any of them; as V8 takes them: a day that
 * the month does not have is one of the next, 24:00:00 the next day's begin. */
static bool read_iso(const char *text, size_t len, int64_t *ms)
{
    struct asl__cursor c = { text, text + len };
    unsigned year, month = 1, day = 1, hour = 0, minute = 0, second = 0, milli = 0;
    int64_t offset = 0;

    if (!asl__read_digits(&c, 4, 0, 9999, &year) ||
        (asl__read_char(&c, '-') &&
         (!asl__read_digits(&c, 2, 1, 12, &month) ||
          (asl__read_char(&c, '-') && !asl__read_digits(&c, 2, 1, 31, &day)))))
        return false;
    if (asl__read_char(&c, 'T')) {
        if (!asl__read_digits(&c, 2, 0, 24, &hour) || !asl__read_char(&c, ':') ||
            !asl__read_digits(&c, 2, 0, 59, &minute) || !asl__read_char(&c, ':') ||
            !asl__read_digits(&c, 2, 0, 59, &second) || !read_fraction(&c, &milli) ||
            !read_offset(&c, &offset) ||
            (hour == 24 && (minute > 0 || second > 0 || milli > 0)))
            return false;
    } else {
        asl__read_char(&c, 'Z');
    }
    *ms = (asl__days_of(year, month, 1) + day - 1) * 86400000 +
          hour * INT64_C(3600000) + minute * 60000 + second * 1000 + milli -
          offset * 60000;
    return c.at == c.end;
}

/* ---- the instant ------------------------------------------------------------------
 * */

/* What the markers gave, by the letter of the component. */
struct found {
    bool set[128];
    double value[128];
};

static bool is_name(const struct asl__fitting *m, const struct asl__part *part,
                    const char *name)
{
    size_t len = strlen(name);

    if (part->width > 0 && (uint64_t)part->width < len)
        len = (size_t)part->width;
    return part->end - part->start == len &&
           memcmp(m->text + part->start, name, len) == 0;
}

/* The last month or day of that name wins, where names are cut; NaN: none. */
static double read_name(const struct asl__fitting *m, const struct asl__part *part)
{
    const char *text = m->text + part->start;

    if (part->component == 'P') {
        if (part->end - part->start != 2 || asl__fold(text[1]) != 'm' ||
            (text[0] >= 'a') != (text[1] >= 'a'))
            return NAN;
        return asl__fold(text[0]) == 'a' ? 0 : asl__fold(text[0]) == 'p' ? 1 : NAN;
    }
    for (size_t i = part->component == 'F' ? 7 : 12; i-- > 0;)
        if (is_name(m, part, part->component == 'F' ? asl__days[i] : asl__months[i]))
            return (double)(i + 1);
    return NAN;
}

/* Minutes; as in the reference those behind a separator always count eastward. */
static double read_zone(const struct asl__fitting *m, const struct asl__part *part)
{
    size_t start = part->start + (part->component == 'z' ? 3 : 0);
    const char *text = m->text + start;
    size_t len = part->end - start, hours = len <= 3 ? len : 3, minutes = hours;
    char separator[4];

    if (part->integer.regular) {
        hours = asl__run_of(m, ASL__PART_ZONE, start + 1) - start;
        minutes = hours + asl__utf8_encode(part->integer.separator, separator);
    }
    double sum = asl_to_double(asl__read_prefix(text, hours)) * 60;
    return minutes < len
               ? sum + asl_to_double(asl__read_prefix(text + minutes, len - minutes))
               : sum;
}

static asl_value read_parts(struct asl__fitting *m, struct found *found)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct asl__part *part = &m->parts[i];
        unsigned at = part->component & 0x7f;
        if (part->kind == ASL__PART_TEXT)
            continue;
        if (part->kind == ASL__PART_NAME) {
            found->value[at] = read_name(m, part);
            found->set[at] = !isnan(found->value[at]); /* unknown: as if not there */
            continue;
        }
        found->set[at] = true;
        if (part->kind == ASL__PART_ZONE) {
            found->value[at] = read_zone(m, part);
            continue;
        }
        asl_value v = asl__read_integer(m->e, &part->integer, m->text + part->start,
                                        part->end - part->start);
        if (asl_is_error(v))
            return v;
        found->value[at] = asl_to_double(v);
    }
    return asl_undefined();
}

/* A bit for each of NAMES, the first the highest, that is there and not 0. */
static unsigned mask_of(const struct found *found, const char *names)
{
    unsigned mask = 0;

    for (; *names; names++) {
        unsigned char at = (unsigned char)*names;
        bool counts =
            found->set[at] && !isnan(found->value[at]) && found->value[at] != 0;
        mask = mask << 1 | counts;
    }
    return mask;
}

static bool is_type(unsigned mask, unsigned type)
{
    return !(mask & ~type) && (mask & type);
}

/* Parts more significant than the first one found come from now, less significant ones
 * are the least; false: there is a gap. */
static bool fill_in(struct found *found, const char *names,
                    const struct asl__moment *now)
{
    bool started = false, ended = false;

    for (; *names; names++) {
        unsigned char at = (unsigned char)*names;
        if (found->set[at]) {
            started = true;
            if (ended)
                return false;
            continue;
        }
        found->set[at] = true;
        ended = started;
        /* Of now, the reference takes `am` and `pm` for neither. */
        found->value[at] = started     ? at == 'M' || at == 'D' || at == 'd'
                           : at == 'P' ? 2
                                       : (double)asl__fragment(now, *names);
    }
    return true;
}

/* As Date.UTC: parts beyond their range carry over, years 0 to 99 are those of 1900. */
static double date_utc(double year, double month, double day, double within)
{
    if (!(fabs(year) <= 1e6) || !(fabs(month) <= 1e7) || isnan(day) || isnan(within))
        return NAN;
    if (year >= 0 && year <= 99)
        year += 1900;
    double years = floor(month / 12);
    int64_t first =
        asl__days_of((int64_t)(year + years), (unsigned)(month - years * 12) + 1, 1);
    double ms = ((double)first + day - 1) * 86400000 + within;
    return fabs(ms) <= 8.64e15 ? ms : NAN;
}

/* The time of day that V has. */
static double time_of(const double *v, bool half_days)
{
    double hour;

    if (half_days)
        hour = (v['h'] == 12 ? 0 : v['h']) + (v['P'] == 1 ? 12 : 0);
    else
        hour = v['H'];
    return hour * 3600000 + v['m'] * 60000 + v['s'] * 1000 + v['f'];
}

/* The date and time that F has, all of it filled in; BY_DAY: of the day in the year. */
static double instant_of(const struct found *f, bool by_day, bool half_days)
{
    const double *v = f->value;
    double month, day, zone = 0;

    if (by_day) {
        struct asl__moment derived = asl__moment_of(date_utc(v['Y'], 0, v['d'], 0));
        month = derived.valid ? (double)derived.month - 1 : (double)NAN;
        day = derived.date;
    } else {
        month = v['M'] > 0 ? v['M'] - 1 : 0;
        day = v['D'];
    }
    if (f->set['Z'] && v['Z'] != 0 && !isnan(v['Z']))
        zone = v['Z'];
    else if (f->set['z'] && !isnan(v['z']))
        zone = v['z'];
    return date_utc(v['Y'], month, day, time_of(v, half_days)) - zone * 60000;
}

/* The instant of what was found: the date is {Y,M,D} or {Y,d} (those with weeks are not
 * to be had), the time {H,m,s,f} or {P,h,m,s,f}. */
static asl_value settle(asl_eval *e, struct found *f)
{
    unsigned date = mask_of(f, "YXMxWwdD"), time = mask_of(f, "PHhmsf");
    bool by_day = !is_type(date, 0xA1) && is_type(date, 0x82);
    bool by_week = is_type(date, 0x54) || is_type(date, 0x48);
    bool half_days = !is_type(time, 0x17) && is_type(time, 0x2F);
    static const char *const names[2][2] = { { "YMDHmsf", "YMDPhmsf" },
                                             { "YDHmsf", "YDPhmsf" } };
    struct asl__moment now = { .valid = false };
    double ms;

    if (!f->set['Y']) {
        asl_value instant = asl__query_now(e, &ms);
        if (asl_is_error(instant))
            return instant;
        now = asl__moment_of(ms);
    }
    if (by_week || !fill_in(f, names[by_day][half_days], &now))
        return asl_query_error(e, "D3136", NULL, asl_undefined());
    return asl_number(instant_of(f, by_day, half_days));
}

static asl_value by_picture(asl_eval *e, asl_value timestamp, asl_value picture)
{
    struct asl__part few[16];
    struct found found;
    struct asl__fitting m = { .e = e,
                              .parts = few,
                              .room = ASL__COUNT_OF(few),
                              .text = asl_text(&timestamp),
                              .len = asl_text_len(timestamp) };

    memset(found.set, 0, sizeof found.set);
    asl_value error = asl__read_parts(&m, asl_text(&picture), asl_text_len(picture));
    if (asl_is_error(error))
        return error;
    asl_value fits = asl__fit(&m);
    if (!asl_is_true(fits))
        return asl_is_error(fits) ? fits : asl_undefined();
    error = read_parts(&m, &found);
    if (asl_is_error(error) || !m.any)
        return error;
    return settle(e, &found);
}

asl_value asl_fn_toMillis(asl_eval *e, asl_value context, uint32_t n,
                          const asl_value *args)
{
    asl_value given[2], error;
    int64_t ms;

    if (n == 0 || n > 2 || !asl_is_string(args[0]) ||
        (n == 2 && !asl_is_string(args[1]))) {
        error = asl__checked(e, &asl_fv_toMillis, context, n, args, given);
        if (asl_is_error(error) || asl_is_undefined(given[0]))
            return error;
        args = given;
        n = asl_is_string(given[1]) ? 2 : 1;
    }
    if (n == 2)
        return by_picture(e, args[0], args[1]);
    if (!read_iso(asl_text(&args[0]), asl_text_len(args[0]), &ms))
        return asl_query_error(e, "D3110", NULL, args[0]);
    return asl_integer(ms);
}
