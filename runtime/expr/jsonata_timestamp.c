/* JSONata: $toMillis (jsonata.md 13): ISO 8601, and text that is matched against a picture.
 *
 * A picture is a list of parts, each of which takes some of the text: as much as it can,
 * then less, until all parts fit (what the reference does by a regular expression).  Where
 * a part was tried in vain is remembered, so that no text makes the work explode. */
#include "../value/base.h"

#include <math.h>

#include "picture.h"
#include "time.h"
#include "../value/utf8.h"

/* ---- without a picture --------------------------------------------------------- */

/* Text that is read from the left. */
struct cursor {
    const char *at, *end;
};

static bool read_char(struct cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

static bool read_digits(struct cursor *c, int count, unsigned least, unsigned most,
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

/* The first three digits behind a point, the rest is dropped. */
static bool read_fraction(struct cursor *c, unsigned *ms)
{
    unsigned unit = 100;

    *ms = 0;
    if (!read_char(c, '.'))
        return true;
    const char *start = c->at;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, unit /= 10)
        *ms += unit * (unsigned)(*c->at - '0');
    return c->at > start;
}

/* `Z`, `+hh:mm`, `+hhmm` or nothing, in minutes. */
static bool read_offset(struct cursor *c, int64_t *minutes)
{
    unsigned hour, minute;

    *minutes = 0;
    if (c->at == c->end || read_char(c, 'Z'))
        return true;
    bool west = read_char(c, '-');
    if ((!west && !read_char(c, '+')) || !read_digits(c, 2, 0, 23, &hour))
        return false;
    read_char(c, ':');
    if (!read_digits(c, 2, 0, 59, &minute))
        return false;
    *minutes = hour * 60 + minute;
    *minutes = west ? -*minutes : *minutes;
    return true;
}

/* Years, months or days, and a time behind any of them; as V8 takes them: a day that the
 * month does not have is one of the next, 24:00:00 the next day's begin. */
static bool read_iso(const char *text, size_t len, int64_t *ms)
{
    struct cursor c = { text, text + len };
    unsigned year, month = 1, day = 1, hour = 0, minute = 0, second = 0, milli = 0;
    int64_t offset = 0;

    if (!read_digits(&c, 4, 0, 9999, &year) ||
        (read_char(&c, '-') &&
         (!read_digits(&c, 2, 1, 12, &month) ||
          (read_char(&c, '-') && !read_digits(&c, 2, 1, 31, &day)))))
        return false;
    if (read_char(&c, 'T')) {
        if (!read_digits(&c, 2, 0, 24, &hour) || !read_char(&c, ':') ||
            !read_digits(&c, 2, 0, 59, &minute) || !read_char(&c, ':') ||
            !read_digits(&c, 2, 0, 59, &second) || !read_fraction(&c, &milli) ||
            !read_offset(&c, &offset) ||
            (hour == 24 && (minute > 0 || second > 0 || milli > 0)))
            return false;
    } else {
        read_char(&c, 'Z');
    }
    *ms = (asl__days_of(year, month, 1) + day - 1) * 86400000 + hour * INT64_C(3600000) +
          minute * 60000 + second * 1000 + milli - offset * 60000;
    return c.at == c.end;
}

/* ---- the parts of a picture ----------------------------------------------------- */

enum part_kind { TEXT, DIGITS, LETTERS, ROMAN, WORDS, NAME, ZONE };

struct part {
    enum part_kind kind;
    uint32_t component;
    const char *text; /* TEXT */
    size_t len;
    int64_t least, most; /* DIGITS: that many */
    int64_t width;       /* NAME: cut to that; 0: not */
    struct asl__integer_picture integer;
    size_t start, end, low; /* of its piece of text: where it is and could end at least */
};

static void number_part(struct part *part, const struct asl__marker *m)
{
    part->integer = m->integer;
    part->least = 1;
    part->most = INT64_MAX;
    switch (m->integer.numbering) {
    case ASL__LETTERS: part->kind = LETTERS; break;
    case ASL__ROMAN: part->kind = ROMAN; break;
    case ASL__WORDS: part->kind = WORDS; break;
    case ASL__DIGITS:
    case ASL__NO_NUMBERING: part->kind = DIGITS; break;
    }
    if (m->digits > 0) {
        part->most = m->digits;
        part->least = m->digits - m->integer.optional;
    }
}

/* M as a part; an error: it cannot be read back. */
static asl_value marker_part(asl_eval *e, struct part *part, const struct asl__marker *m)
{
    *part = (struct part){ .component = m->component };
    if (m->component == 'Z' || m->component == 'z') {
        part->kind = ZONE;
        part->integer = m->integer;
    } else if (m->numbered && m->integer.numbering == ASL__NO_NUMBERING) {
        return asl__no_numbering(e, &m->integer);
    } else if (m->numbered) {
        number_part(part, m);
    } else if (m->component == 'M' || m->component == 'x' || m->component == 'F' ||
               m->component == 'P') {
        part->kind = NAME;
        part->width = m->most > 0 ? m->most : 0;
    } else {
        return asl__not_a_name(e, m);
    }
    return asl_undefined();
}

struct matcher {
    asl_eval *e;
    struct part *parts;
    size_t count, room;
    bool any; /* a marker is among them */
    const char *text;
    size_t len;
    unsigned char *vain; /* a bit for each part and place; NULL: nothing yet */
};

static struct part *new_part(struct matcher *m)
{
    if (m->count == m->room) {
        size_t room = m->room * 2;
        struct part *parts = asl_alloc(m->e->region, room * sizeof *parts);
        if (!parts)
            return NULL;
        memcpy(parts, m->parts, m->count * sizeof *parts);
        m->parts = parts;
        m->room = room;
    }
    return &m->parts[m->count++];
}

/* All of PICTURE as parts; what is wrong with the whole of it counts before what cannot be
 * read back. */
static asl_value read_picture(struct matcher *m, const char *picture, size_t len)
{
    struct asl__pieces pieces = { m->e, picture, picture + len };
    asl_value error, first = asl_undefined();
    struct asl__marker marker;
    enum asl__piece piece;
    const char *text;

    while ((piece = asl__next_piece(&pieces, &text, &len, &marker, &error)) !=
           ASL__PICTURE_END) {
        if (piece == ASL__PICTURE_ERROR)
            return error;
        struct part *part = new_part(m);
        if (!part)
            return asl_no_memory();
        if (piece == ASL__LITERAL) {
            *part = (struct part){ .kind = TEXT, .text = text, .len = len };
            continue;
        }
        m->any = true;
        error = marker_part(m->e, part, &marker);
        if (asl_is_error(error) && !asl_is_error(first))
            first = error;
    }
    return first;
}

enum { MOST_NOTES = 1 << 26 }; /* bytes of matcher.vain */

/* ---- matching ------------------------------------------------------------------- */

static unsigned char fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/* Whether C, folded, may be in a part of KIND. */
static bool belongs(enum part_kind kind, char c)
{
    c = (char)fold(c);
    if (kind == DIGITS || kind == ZONE)
        return c >= '0' && c <= '9';
    if (kind == ROMAN)
        return c && strchr("mdclxvi", c);
    return c >= 'a' && c <= 'z';
}

static size_t run(const struct matcher *m, enum part_kind kind, size_t at)
{
    size_t end = at;

    while (end < m->len && belongs(kind, m->text[end]))
        end++;
    return end;
}

/* Upper case as JavaScript's regular expressions have it without the flag `u`. */
static uint32_t canonical(uint32_t code)
{
    uint32_t upper = code;

    if (code < 0x80)
        return code >= 'a' && code <= 'z' ? code - 32 : code;
    if (code < 0x10000)
        upper = asl__upper_of(code);
    return upper < 0x80 ? code : upper;
}

/* The end of the LEN bytes of TEXT at AT, in any case of letters; 0: something else is
 * there. */
static size_t end_of(const struct matcher *m, size_t at, const char *text, size_t len)
{
    const char *here = m->text + at, *here_end = m->text + m->len, *end = text + len;

    for (size_t bytes, here_bytes; text < end; text += bytes, here += here_bytes) {
        bytes = here_bytes = 1;
        if (here == here_end)
            return 0;
        if (*here == *text && (unsigned char)*here < 0x80)
            continue;
        if (canonical(asl__utf8_decode(here, here_end, &here_bytes)) !=
            canonical(asl__utf8_decode(text, end, &bytes)))
            return 0;
    }
    return (size_t)(here - m->text);
}

static bool is_at(const struct matcher *m, size_t at, const char *text, size_t len)
{
    return end_of(m, at, text, len) > 0;
}

/* Sets the ends a piece of PART may have that starts at part->start: all from low to end.
 * False: none. */
static bool match_digits(const struct matcher *m, struct part *part)
{
    size_t end = run(m, DIGITS, part->start), found = end - part->start;

    if (part->least < 0 || (int64_t)found < part->least)
        return false;
    part->low = part->start + (size_t)part->least;
    part->end = (int64_t)found > part->most ? part->start + (size_t)part->most : end;
    if (!part->integer.ordinal)
        return true;
    if (part->end != end) /* a suffix stands behind all digits */
        return false;
    part->low = part->end = end + 2;
    return (is_at(m, end, "th", 2) || is_at(m, end, "st", 2) || is_at(m, end, "nd", 2) ||
            is_at(m, end, "rd", 2));
}

static bool match_zone(const struct matcher *m, struct part *part)
{
    size_t at = part->start, digits;
    char separator[4];

    if (part->component == 'z') {
        if (!is_at(m, at, "GMT", 3))
            return false;
        at += 3;
    }
    if (at == m->len || (m->text[at] != '+' && m->text[at] != '-'))
        return false;
    digits = at + 1;
    part->end = run(m, ZONE, digits);
    if (part->integer.regular && part->end > digits) {
        size_t len = asl__utf8_encode(part->integer.separator, separator);
        if (!is_at(m, part->end, separator, len))
            return false;
        digits = part->end + len;
        part->end = run(m, ZONE, digits);
    }
    part->low = digits + 1;
    return part->end > digits;
}

/* The length of the longest word of a number (or `-, `) at AT; 0: none.  Where a longer one
 * fits, what follows a shorter one is no word. */
static size_t longest_word(const struct matcher *m, size_t at)
{
    size_t word, longest = strchr("-, ", m->text[at]) && m->text[at];

    while ((word = asl__number_word(m->text + at, m->len - at, longest)) > 0)
        longest = word;
    return longest;
}

/* The first end of a shorter word in the run of words from START that is behind BEHIND; 0:
 * none. */
static size_t short_end(const struct matcher *m, size_t start, size_t behind)
{
    for (size_t at = start, longest; at < m->len; at += longest) {
        longest = longest_word(m, at);
        if (longest == 0)
            return 0;
        for (size_t word = 0;
             (word = asl__number_word(m->text + at, m->len - at, word)) > 0;)
            if (word < longest && at + word > behind)
                return at + word;
    }
    return 0;
}

/* The last end of a longest word in that run that is before BELOW; START: none. */
static size_t long_end(const struct matcher *m, size_t start, size_t below)
{
    size_t at = start, best = start;

    while (at < m->len && at < below) {
        size_t longest = longest_word(m, at);
        if (longest == 0)
            break;
        at += longest;
        if (at < below)
            best = at;
    }
    return best;
}

/* The next end of a run of words, in the order of the reference: it tries shorter words first,
 * and behind the longest more words before none.  part->low: the shorter ones are done. */
static bool match_words(const struct matcher *m, struct part *part)
{
    if (part->low == 0) {
        size_t end = short_end(m, part->start, part->end);
        if (end > 0) {
            part->end = end;
            return true;
        }
        part->low = 1;
        part->end = m->len + 1;
    }
    part->end = long_end(m, part->start, part->end);
    return part->end > part->start;
}

/* The first end of PART's piece. */
static bool match_first(const struct matcher *m, struct part *part)
{
    switch (part->kind) {
    case TEXT:
        part->low = part->end = end_of(m, part->start, part->text, part->len);
        return part->end > 0;
    case DIGITS: return match_digits(m, part);
    case ZONE: return match_zone(m, part);
    case WORDS:
        part->low = 0;
        part->end = part->start;
        return match_words(m, part);
    case LETTERS:
    case ROMAN:
    case NAME:
        part->low = part->start + 1;
        part->end = run(m, part->kind, part->start);
        return part->end > part->start;
    }
    return false;
}

static bool match_shorter(const struct matcher *m, struct part *part)
{
    if (part->kind == WORDS)
        return match_words(m, part);
    return part->end-- > part->low;
}

/* Notes that the parts from INDEX on do not fit at AT; false without memory. */
static bool note_vain(struct matcher *m, size_t index, size_t at)
{
    size_t bit, bits, bytes;

    if (!m->vain) {
        if (!asl__size_mul(m->count, m->len + 1, &bits) || bits / 8 > MOST_NOTES)
            return false;
        bytes = bits / 8 + 1;
        m->vain = asl_alloc(m->e->region, bytes);
        if (!m->vain)
            return false;
        memset(m->vain, 0, bytes);
    }
    bit = index * (m->len + 1) + at;
    m->vain[bit / 8] |= (unsigned char)(1 << bit % 8);
    return true;
}

static bool is_vain(const struct matcher *m, size_t index, size_t at)
{
    size_t bit = index * (m->len + 1) + at;

    return m->vain && (m->vain[bit / 8] >> bit % 8 & 1);
}

/* Fits the parts to the whole text: true, false, or an error. */
static asl_value match(struct matcher *m)
{
    size_t index = 0;
    bool fresh = true;

    if (m->count == 0)
        return asl_boolean(m->len == 0);
    m->parts[0].start = 0;
    for (;;) {
        struct part *part = &m->parts[index];
        if (fresh ? match_first(m, part) : match_shorter(m, part)) {
            bool last = index + 1 == m->count;
            if (last && part->end == m->len)
                return asl_boolean(true);
            fresh = !last && !is_vain(m, index + 1, part->end);
            if (fresh)
                m->parts[++index].start = part->end;
            if (!last || part->kind == WORDS)
                continue; /* but for words the last one's first end is the longest */
        }
        if (index == 0)
            return asl_boolean(false);
        if (!note_vain(m, index, part->start))
            return asl_no_memory();
        asl_value error = asl__tick(m->e);
        if (asl_is_error(error))
            return error;
        index--;
        fresh = false;
    }
}

/* ---- the instant ------------------------------------------------------------------ */

/* What the markers gave, by the letter of the component. */
struct found {
    bool set[128];
    double value[128];
};

static bool is_name(const struct matcher *m, const struct part *part, const char *name)
{
    size_t len = strlen(name);

    if (part->width > 0 && (uint64_t)part->width < len)
        len = (size_t)part->width;
    return part->end - part->start == len && memcmp(m->text + part->start, name, len) == 0;
}

/* The last month or day of that name wins, where names are cut; NaN: none. */
static double read_name(const struct matcher *m, const struct part *part)
{
    const char *text = m->text + part->start;

    if (part->component == 'P') {
        if (part->end - part->start != 2 || fold(text[1]) != 'm' ||
            (text[0] >= 'a') != (text[1] >= 'a'))
            return NAN;
        return fold(text[0]) == 'a' ? 0 : fold(text[0]) == 'p' ? 1 : NAN;
    }
    for (size_t i = part->component == 'F' ? 7 : 12; i-- > 0;)
        if (is_name(m, part, part->component == 'F' ? asl__days[i] : asl__months[i]))
            return (double)(i + 1);
    return NAN;
}

/* Minutes; as in the reference those behind a separator always count eastward. */
static double read_zone(const struct matcher *m, const struct part *part)
{
    size_t start = part->start + (part->component == 'z' ? 3 : 0);
    const char *text = m->text + start;
    size_t len = part->end - start, hours = len <= 3 ? len : 3, minutes = hours;
    char separator[4];

    if (part->integer.regular) {
        hours = run(m, ZONE, start + 1) - start;
        minutes = hours + asl__utf8_encode(part->integer.separator, separator);
    }
    double sum = asl_to_double(asl__read_prefix(text, hours)) * 60;
    return minutes < len ? sum + asl_to_double(asl__read_prefix(text + minutes, len - minutes))
                         : sum;
}

static asl_value read_parts(struct matcher *m, struct found *found)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct part *part = &m->parts[i];
        unsigned at = part->component & 0x7f;
        if (part->kind == TEXT)
            continue;
        if (part->kind == NAME) {
            found->value[at] = read_name(m, part);
            found->set[at] = !isnan(found->value[at]); /* unknown: as if not there */
            continue;
        }
        found->set[at] = true;
        if (part->kind == ZONE) {
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
        double value = found->value[(unsigned char)*names];
        bool counts = found->set[(unsigned char)*names] && !isnan(value) && value != 0;
        mask = mask << 1 | counts;
    }
    return mask;
}

static bool is_type(unsigned mask, unsigned type)
{
    return !(mask & ~type) && (mask & type);
}

/* Parts more significant than the first one found come from now, less significant ones are
 * the least; false: there is a gap. */
static bool fill_in(struct found *found, const char *names, const struct asl__moment *now)
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
        found->value[at] = started    ? at == 'M' || at == 'D' || at == 'd'
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
    int64_t first = asl__days_of((int64_t)(year + years),
                                 (unsigned)(month - years * 12) + 1, 1);
    double ms = ((double)first + day - 1) * 86400000 + within;
    return fabs(ms) <= 8.64e15 ? ms : NAN;
}

/* The time of day that V has. */
static double time_of(const double *v, bool half_days)
{
    double hour = v['H'];

    if (half_days)
        hour = (v['h'] == 12 ? 0 : v['h']) + (v['P'] == 1 ? 12 : 0);
    return hour * 3600000 + v['m'] * 60000 + v['s'] * 1000 + v['f'];
}

static asl_value instant_of(asl_eval *e, struct found *found)
{
    unsigned date = mask_of(found, "YXMxWwdD"), time = mask_of(found, "PHhmsf");
    bool by_day = !is_type(date, 0xA1) && is_type(date, 0x82); /* {Y,M,D}, {Y,d} */
    bool by_week = is_type(date, 0x54) || is_type(date, 0x48); /* {X,x,w}, {X,W} */
    bool half_days = !is_type(time, 0x17) && is_type(time, 0x2F);
    double *v = found->value, ms;

    asl_value now = asl__query_now(e, &ms);
    if (asl_is_error(now))
        return now;
    struct asl__moment moment = asl__moment_of(ms);
    if (by_week || !fill_in(found,
                            by_day ? half_days ? "YDPhmsf" : "YDHmsf"
                            : half_days ? "YMDPhmsf"
                                        : "YMDHmsf",
                            &moment))
        return asl_query_error(e, "D3136", NULL, asl_undefined());
    double month = v['M'] > 0 ? v['M'] - 1 : 0, day = v['D'];
    if (by_day) {
        struct asl__moment derived = asl__moment_of(date_utc(v['Y'], 0, v['d'], 0));
        month = derived.valid ? (double)derived.month - 1 : (double)NAN;
        day = derived.date;
    }
    double zone = found->set['Z'] && v['Z'] != 0 && !isnan(v['Z']) ? v['Z']
                  : found->set['z'] && !isnan(v['z'])              ? v['z']
                                                                   : 0;
    return asl_number(date_utc(v['Y'], month, day, time_of(v, half_days)) - zone * 60000);
}

static asl_value by_picture(asl_eval *e, asl_value timestamp, asl_value picture)
{
    struct part few[16];
    struct found found = { .set = { false } };
    struct matcher m = { .e = e,
                         .parts = few,
                         .room = ASL__COUNT_OF(few),
                         .text = asl_text(&timestamp),
                         .len = asl_text_len(timestamp) };

    asl_value error = read_picture(&m, asl_text(&picture), asl_text_len(picture));
    if (asl_is_error(error))
        return error;
    asl_value fits = match(&m);
    if (!asl_is_true(fits))
        return asl_is_error(fits) ? fits : asl_undefined();
    error = read_parts(&m, &found);
    if (asl_is_error(error) || !m.any)
        return error;
    return instant_of(e, &found);
}

asl_value asl_fn_toMillis(asl_eval *e, asl_value context, uint32_t n,
                          const asl_value *args)
{
    asl_value given[2], error;
    int64_t ms;

    if (n == 0 || n > 2 || !asl_is_string(args[0]) || (n == 2 && !asl_is_string(args[1]))) {
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
