/*
 * diag.c - collects, sorts and shows diagnostics.
 */
#include "diag.h"

#include <string.h>

#include "arena.h"

/* A line longer than this is shown in part, around the mistake. */
enum { WIDEST_LINE = 120, LONGEST_NAME = 80 };

void diags_init(struct diags *diags, struct arena *arena, const struct source *source)
{
    *diags = (struct diags){ .arena = arena, .source = source };
}

static void grow(struct diags *diags)
{
    size_t capacity = diags->capacity ? 2 * diags->capacity : 16;
    struct diag *list = ARENA_ARRAY(diags->arena, capacity, struct diag);

    if (diags->count)
        memcpy(list, diags->list, diags->count * sizeof *list);
    diags->list = list;
    diags->capacity = capacity;
}

void diags_add(struct diags *diags, const struct diag *diag)
{
    struct diag *added;

    if (diags->count == diags->capacity)
        grow(diags);
    added = &diags->list[diags->count++];
    *added = *diag;
    if (added->span.end > diags->source->len) /* what is missing at the text's end */
        added->span.end = (uint32_t)diags->source->len;
    if (diags->werror)
        added->severity = SEVERITY_ERROR;
    if (added->severity == SEVERITY_ERROR)
        diags->nerrors++;
    else
        diags->nwarnings++;
}

static bool is_before(const struct diag *a, const struct diag *b)
{
    return a->span.begin < b->span.begin;
}

/* Merges the sorted halves list[0..half) and list[half..count). */
static void merge(struct diag *list, size_t half, size_t count, struct diag *spare)
{
    size_t left = 0, right = half, out = 0;

    while (left < half || right < count) {
        bool take_right =
            left == half || (right < count && is_before(&list[right], &list[left]));

        spare[out++] = take_right ? list[right++] : list[left++];
    }
    memcpy(list, spare, count * sizeof *list);
}

/* Merge sort: stable, and no deeper than the logarithm of the count. */
static void sort(struct diag *list, size_t count, struct diag *spare)
{
    if (count < 2)
        return;
    sort(list, count / 2, spare);
    sort(list + count / 2, count - count / 2, spare);
    merge(list, count / 2, count, spare);
}

void diags_sort(struct diags *diags)
{
    if (diags->count > 1)
        sort(diags->list, diags->count,
             ARENA_ARRAY(diags->arena, diags->count, struct diag));
}

static const char *severity_name(enum severity severity)
{
    return severity == SEVERITY_ERROR ? "error" : "warning";
}

/* Bytes of one character at `at`, at most `left`. */
static size_t char_size(const char *at, size_t left)
{
    size_t size = 1;

    while (size < left && ((unsigned char)at[size] & 0xC0) == 0x80)
        size++;
    return size;
}

/* Where a window of WIDEST_LINE bytes that shows `column` begins in a line. */
static size_t window_start(const char *line, size_t len, size_t byte)
{
    size_t start =
        len > WIDEST_LINE && byte > WIDEST_LINE / 2 ? byte - WIDEST_LINE / 2 : 0;

    while (start && ((unsigned char)line[start] & 0xC0) == 0x80)
        start--;
    return start;
}

/* The source line without control characters but tabs, which the caret line has too. */
static void print_line(const char *line, size_t len, FILE *out)
{
    for (size_t i = 0; i < len; i++)
        fputc((unsigned char)line[i] < 0x20 && line[i] != '\t' ? ' ' : line[i], out);
    fputc('\n', out);
}

static void print_carets(const char *line, size_t from, size_t to, FILE *out)
{
    for (size_t i = 0; i < from; i += char_size(line + i, from - i))
        fputc(line[i] == '\t' ? '\t' : ' ', out);
    fputc('^', out);
    for (size_t i = from + char_size(line + from, to > from ? to - from : 1); i < to;
         i += char_size(line + i, to - i))
        fputc('~', out);
    fputc('\n', out);
}

static void print_source(const struct diags *diags, const struct diag *diag, FILE *out)
{
    const struct source *source = diags->source;
    uint32_t number = source_line(source, diag->span.begin);
    size_t len, byte = diag->span.begin - source->line_start[number - 1];
    const char *line = source_line_text(source, number, &len);
    size_t start = window_start(line, len, byte < len ? byte : len);
    size_t shown = len - start > WIDEST_LINE ? WIDEST_LINE : len - start;
    size_t from = byte < len ? byte - start : len - start;
    size_t to = from + (diag->span.end - diag->span.begin);

    print_line(line + start, shown, out);
    print_carets(line + start, from, to < shown ? to : shown, out);
}

static void print_one(const struct diags *diags, const struct diag *diag, FILE *out)
{
    struct place place = source_place(diags->source, diag->span.begin);

    fprintf(out, "%s:%u:%u: %s: %s [ASL%04u]\n", diags->source->name, place.line,
            place.column, severity_name(diag->severity), diag->message, diag->rule);
    print_source(diags, diag, out);
    if (diag->note)
        fprintf(out, "  note: %s\n", diag->note);
}

void diags_print_text(struct diags *diags, FILE *out)
{
    diags_sort(diags);
    for (size_t i = 0; i < diags->count; i++)
        print_one(diags, &diags->list[i], out);
}

/* A lone surrogate (three bytes of WTF-8), which no UTF-8 has; its code, or 0. */
static unsigned surrogate_at(const unsigned char *at)
{
    if (at[0] != 0xED || at[1] < 0xA0 || at[1] > 0xBF || at[2] < 0x80)
        return 0;
    return 0xD000u | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
}

static void print_string(const char *text, FILE *out)
{
    const unsigned char *at = (const unsigned char *)text;

    fputc('"', out);
    for (; *at; at++) {
        unsigned surrogate = surrogate_at(at);

        if (*at == '"' || *at == '\\')
            fputc('\\', out);
        if (surrogate || *at < 0x20)
            fprintf(out, "\\u%04x", surrogate ? surrogate : *at);
        else
            fputc(*at, out);
        at += surrogate ? 2 : 0;
    }
    fputc('"', out);
}

static const char *message_with_note(const struct diags *diags, const struct diag *diag)
{
    if (!diag->note)
        return diag->message;
    return arena_printf(diags->arena, "%s; %s", diag->message, diag->note);
}

static void print_json_one(const struct diags *diags, const struct diag *diag,
                           FILE *out)
{
    struct place begin = source_place(diags->source, diag->span.begin);
    struct place end = source_place(diags->source, diag->span.end);

    fputs("{\"file\":", out);
    print_string(diags->source->name, out);
    fprintf(out, ",\"line\":%u,\"column\":%u,\"endLine\":%u,\"endColumn\":%u",
            begin.line, begin.column, end.line, end.column);
    fprintf(out, ",\"severity\":\"%s\",\"code\":\"ASL%04u\",\"message\":",
            severity_name(diag->severity), diag->rule);
    print_string(message_with_note(diags, diag), out);
    fputs(",\"path\":", out);
    print_string(diag->path ? diag->path : "", out);
    fputc('}', out);
}

/* Calls `print` for each diagnostic of all sources, with commas between. */
static void print_list(struct diags *const list[], size_t count, FILE *out,
                       void (*print)(const struct diags *, const struct diag *, FILE *))
{
    const char *before = "\n";

    for (size_t i = 0; i < count; i++) {
        diags_sort(list[i]);
        for (size_t k = 0; k < list[i]->count; k++) {
            fputs(before, out);
            print(list[i], &list[i]->list[k], out);
            before = ",\n";
        }
    }
}

void diags_print_json(struct diags *const list[], size_t count, FILE *out)
{
    fputc('[', out);
    print_list(list, count, out, print_json_one);
    fputs("\n]\n", out);
}

static void print_sarif_one(const struct diags *diags, const struct diag *diag,
                            FILE *out)
{
    struct place begin = source_place(diags->source, diag->span.begin);
    struct place end = source_place(diags->source, diag->span.end);

    fprintf(out, "{\"ruleId\":\"ASL%04u\",\"level\":\"%s\",\"message\":{\"text\":",
            diag->rule, severity_name(diag->severity));
    print_string(message_with_note(diags, diag), out);
    fputs("},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":",
          out);
    print_string(diags->source->name, out);
    fprintf(out, "},\"region\":{\"startLine\":%u,\"startColumn\":%u,", begin.line,
            begin.column);
    fprintf(out, "\"endLine\":%u,\"endColumn\":%u}},", end.line, end.column);
    fputs("\"logicalLocations\":[{\"fullyQualifiedName\":", out);
    print_string(diag->path ? diag->path : "", out);
    fputs("}]}]}", out);
}

void diags_print_sarif(struct diags *const list[], size_t count, FILE *out)
{
    fputs("{\"version\":\"2.1.0\",\"$schema\":"
          "\"https://json.schemastore.org/sarif-2.1.0.json\",\"runs\":[{"
          "\"tool\":{\"driver\":{\"name\":\"aslc\",\"rules\":[]}},"
          "\"columnKind\":\"unicodeCodePoints\",\"results\":[",
          out);
    print_list(list, count, out, print_sarif_one);
    fputs("\n]}]}\n", out);
}

void nearest_init(struct nearest *nearest, const char *name)
{
    *nearest = (struct nearest){ .name = name, .distance = (strlen(name) + 1) / 3 };
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* One row more of the table for b[0..len); the least number in it. */
static size_t next_row(size_t *row, char a, const char *b, size_t len)
{
    size_t diagonal = row[0], best = ++row[0];

    for (size_t k = 0; k < len; k++) {
        size_t above = row[k + 1];

        row[k + 1] =
            least(least(above, row[k]) + 1, diagonal + (lower(a) != lower(b[k])));
        best = least(best, row[k + 1]);
        diagonal = above;
    }
    return best;
}

/* Levenshtein distance without regard to case, one row at a time.  Names differ in a few
 * letters, if they are near: equal ends are cut off first, and what is over `limit` ends
 * it (the result is then only known to be that). */
static size_t distance(const char *a, size_t alen, const char *b, size_t blen,
                       size_t limit)
{
    size_t row[LONGEST_NAME + 1];

    for (; alen && blen && lower(*a) == lower(*b); a++, b++, alen--, blen--)
        continue;
    for (; alen && blen && lower(a[alen - 1]) == lower(b[blen - 1]); alen--, blen--)
        continue;
    for (size_t k = 0; k <= blen; k++)
        row[k] = k;
    for (size_t i = 0; i < alen; i++)
        if (next_row(row, a[i], b, blen) > limit)
            return limit + 1;
    return row[blen];
}

void nearest_try(struct nearest *nearest, const char *known)
{
    size_t len = strlen(nearest->name), known_len = strlen(known), far;

    if (len > LONGEST_NAME || known_len > LONGEST_NAME ||
        len > known_len + nearest->distance || known_len > len + nearest->distance)
        return;
    far = distance(nearest->name, len, known, known_len, nearest->distance);
    if (far > nearest->distance || (nearest->best && far == nearest->distance))
        return;
    nearest->best = known;
    nearest->distance = far;
}

const char *nearest_note(const struct nearest *nearest, struct arena *arena)
{
    return nearest->best ? arena_printf(arena, "did you mean `%s`?", nearest->best)
                         : NULL;
}
