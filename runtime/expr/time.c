/* Timestamps: days are counted in the proleptic Gregorian calendar, with years that begin
 * in March, so that leap days come last. */
#include "../value/base.h"

#include "time.h"

static const unsigned char month_days[] = { 31, 28, 31, 30, 31, 30,
                                            31, 31, 30, 31, 30, 31 };

int64_t asl__days_of(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void asl__date_of(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;

    *day = (unsigned)(of_year - (153 * m + 2) / 5 + 1);
    *month = (unsigned)(m < 10 ? m + 3 : m - 9);
    *year = y + era * 400 + (*month <= 2);
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool asl__read_char(struct asl__cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

bool asl__read_digits(struct asl__cursor *c, int count, unsigned least, unsigned most,
                      unsigned *out)
{
    unsigned value = 0;

    if (c->end - c->at < count)
        return false;
    for (int i = 0; i < count; i++, c->at++) {
        if (*c->at < '0' || *c->at > '9')
            return false;
        value = value * 10 + (unsigned)(*c->at - '0');
    }
    *out = value;
    return value >= least && value <= most;
}

static bool read_date(struct asl__cursor *c, int64_t *days)
{
    unsigned year, month, day;

    if (!asl__read_digits(c, 4, 0, 9999, &year) || !asl__read_char(c, '-') ||
        !asl__read_digits(c, 2, 1, 12, &month) || !asl__read_char(c, '-') ||
        !asl__read_digits(c, 2, 1, 31, &day))
        return false;
    *days = asl__days_of(year, month, day);
    return day <= month_days[month - 1] + (unsigned)(month == 2 && is_leap(year));
}

/* A fraction, if there is one, in nanoseconds. */
static bool read_fraction(struct asl__cursor *c, uint32_t *nanoseconds)
{
    uint32_t unit = 100000000;

    *nanoseconds = 0;
    if (!asl__read_char(c, '.'))
        return true;
    const char *start = c->at;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, unit /= 10) {
        if (unit == 0)
            return false;
        *nanoseconds += unit * (uint32_t)(*c->at - '0');
    }
    return c->at > start;
}

/* Z or +hh:mm, in seconds east of UTC. */
static bool read_zone(struct asl__cursor *c, int64_t *offset)
{
    unsigned hours, minutes;
    bool west;

    *offset = 0;
    if (asl__read_char(c, 'Z'))
        return true;
    west = asl__read_char(c, '-');
    if ((!west && !asl__read_char(c, '+')) || !asl__read_digits(c, 2, 0, 18, &hours) ||
        !asl__read_char(c, ':') || !asl__read_digits(c, 2, 0, 59, &minutes))
        return false;
    *offset = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    *offset = west ? -*offset : *offset;
    return hours < 18 || minutes == 0;
}

bool asl__time_parse_exact(const char *text, size_t len, int64_t *seconds,
                           uint32_t *nanoseconds)
{
    struct asl__cursor c = { text, text + len };
    unsigned hour, minute, second;
    int64_t days, offset;

    if (!read_date(&c, &days) || !asl__read_char(&c, 'T') ||
        !asl__read_digits(&c, 2, 0, 23, &hour) || !asl__read_char(&c, ':') ||
        !asl__read_digits(&c, 2, 0, 59, &minute) || !asl__read_char(&c, ':') ||
        !asl__read_digits(&c, 2, 0, 59, &second) || !read_fraction(&c, nanoseconds) ||
        !read_zone(&c, &offset))
        return false;
    *seconds = days * 86400 + (int64_t)hour * 3600 + (int64_t)minute * 60 +
               (int64_t)second - offset;
    return c.at == c.end;
}

bool asl__time_parse(const char *text, size_t len, int64_t *microseconds)
{
    int64_t seconds;
    uint32_t nanoseconds;

    if (!asl__time_parse_exact(text, len, &seconds, &nanoseconds))
        return false;
    *microseconds = seconds * 1000000 + nanoseconds / 1000;
    return true;
}

/* The WIDTH last digits of VALUE and then END; returns what follows them. */
static char *put_digits(char *at, unsigned value, int width, char end)
{
    for (int i = width; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    at[width] = end;
    return at + width + 1;
}

/* Not by printf: every start of a program prints a time. */
size_t asl__time_print(int64_t microseconds, char *buf)
{
    int64_t day_us = INT64_C(86400000000);
    int64_t days = microseconds / day_us - (microseconds % day_us < 0);
    int64_t within = microseconds % day_us; /* less than nothing before 1970 */
    unsigned ms = (unsigned)((within < 0 ? within + day_us : within) / 1000);
    int64_t year;
    unsigned month, day;
    char *at = buf;

    asl__date_of(days, &year, &month, &day);
    if (year >= 0 && year <= 9999)
        at = put_digits(at, (unsigned)year, 4, '-');
    else
        at += snprintf(at, 9, "%04d-", (int)year);
    at = put_digits(at, month, 2, '-');
    at = put_digits(at, day, 2, 'T');
    at = put_digits(at, ms / 3600000, 2, ':');
    at = put_digits(at, ms / 60000 % 60, 2, ':');
    at = put_digits(at, ms / 1000 % 60, 2, '.');
    at = put_digits(at, ms % 1000, 3, 'Z');
    *at = '\0';
    return (size_t)(at - buf);
}
