/*
 * names.c - C identifiers, C string literals and C comments made of any text.
 */
#include "names.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"

struct name {
    const char *text;
    size_t copies; /* how often it has been claimed, for the next suffix */
    uint64_t hash;
    struct name *next;
};

struct names {
    struct arena *arena;
    struct name **table;
    size_t size, count; /* size is a power of two */
};

/* Macros of the headers that emitted code includes which a <machine>_<slug>, in upper
 * case, could be. */
static const char *const reserved[] = {
    "int8_max",      "int16_max",     "int32_max",       "int64_max",
    "int8_min",      "int16_min",     "int32_min",       "int64_min",
    "uint8_max",     "uint16_max",    "uint32_max",      "uint64_max",
    "int8_c",        "int16_c",       "int32_c",         "int64_c",
    "uint8_c",       "uint16_c",      "uint32_c",        "uint64_c",
    "int8_t",        "int16_t",       "int32_t",         "int64_t",
    "uint8_t",       "uint16_t",      "uint32_t",        "uint64_t",
    "intmax_c",      "uintmax_c",     "intmax_max",      "intmax_min",
    "intmax_t",      "uintmax_t",     "uintmax_max",     "intptr_max",
    "intptr_min",    "intptr_t",      "uintptr_max",     "uintptr_t",
    "size_max",      "size_t",        "ptrdiff_max",     "ptrdiff_min",
    "ptrdiff_t",     "sig_atomic_max", "sig_atomic_min", "wchar_max",
    "wchar_min",     "wchar_t",       "wint_max",        "wint_min",
    "max_align_t",   "int_fast8_max", "int_fast16_max",  "int_fast32_max",
    "int_fast64_max", "int_least8_max", "int_least16_max", "int_least32_max",
    "int_least64_max", "locale_t",    "thread_local",    "static_assert",
};

static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001B3);
    return hash ^ (hash >> 29);
}

static struct name *find(const struct names *names, const char *text, uint64_t hash)
{
    struct name *name = names->table[hash & (names->size - 1)];

    while (name && (name->hash != hash || strcmp(name->text, text) != 0))
        name = name->next;
    return name;
}

static void grow(struct names *names)
{
    size_t size = names->size * 2;
    struct name **table = ARENA_ARRAY(names->arena, size, struct name *);

    for (size_t i = 0; i < names->size; i++)
        for (struct name *name = names->table[i], *next; name; name = next) {
            next = name->next;
            name->next = table[name->hash & (size - 1)];
            table[name->hash & (size - 1)] = name;
        }
    names->table = table;
    names->size = size;
}

static void add(struct names *names, const char *text)
{
    struct name *name = ARENA_NEW(names->arena, struct name);
    struct name **slot;

    if (names->count >= names->size)
        grow(names);
    name->text = text;
    name->copies = 1;
    name->hash = hash_of(text);
    slot = &names->table[name->hash & (names->size - 1)];
    name->next = *slot;
    *slot = name;
    names->count++;
}

struct names *names_new(struct arena *arena)
{
    struct names *names = ARENA_NEW(arena, struct names);

    names->arena = arena;
    names->size = 256;
    names->table = ARENA_ARRAY(arena, names->size, struct name *);
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        add(names, reserved[i]);
    return names;
}

const char *names_claim(struct names *names, const char *wanted)
{
    struct name *taken = find(names, wanted, hash_of(wanted));
    const char *text = wanted;

    while (taken) {
        text = arena_printf(names->arena, "%s_%zu", wanted, ++taken->copies);
        if (!find(names, text, hash_of(text)))
            break;
    }
    add(names, text);
    return text;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* Whether a new word begins at text[i]: ChargeCard -> charge_card, HTTPCall -> http_call. */
static bool begins_word(const char *text, size_t len, size_t i)
{
    if (i == 0 || !is_upper(text[i]))
        return false;
    if (is_digit(text[i - 1]) || (is_letter(text[i - 1]) && !is_upper(text[i - 1])))
        return true;
    return is_upper(text[i - 1]) && i + 1 < len && is_letter(text[i + 1]) &&
           !is_upper(text[i + 1]);
}

const char *names_slug(struct arena *arena, const char *text, size_t len)
{
    char *slug = arena_alloc(arena, 2 * len + sizeof "state");
    size_t n = 0;
    bool gap = false;

    for (size_t i = 0; i < len; i++) {
        if (!is_letter(text[i]) && !is_digit(text[i])) {
            gap = true;
            continue;
        }
        if (n > 0 && (gap || begins_word(text, len, i)))
            slug[n++] = '_';
        gap = false;
        slug[n++] = lower(text[i]);
    }
    if (n == 0)
        memcpy(slug, "state", n = 5);
    slug[n] = '\0';
    return slug;
}

const char *names_machine(struct arena *arena, const char *text, size_t len)
{
    const char *slug = names_slug(arena, text, len);

    if (is_digit(slug[0]) || (strncmp(slug, "asl", 3) == 0 && (!slug[3] || slug[3] == '_')))
        return arena_printf(arena, "m_%s", slug);
    return slug;
}

const char *names_handler(struct arena *arena, const char *text, size_t len)
{
    char *name = arena_copy(arena, text, len);

    for (size_t i = 0; i < len; i++)
        if (!is_letter(name[i]) && !is_digit(name[i]))
            name[i] = '_';
    return name;
}

const char *names_upper(struct arena *arena, const char *name)
{
    size_t len = strlen(name);
    char *upper = arena_copy(arena, name, len);

    for (size_t i = 0; i < len; i++)
        if (upper[i] >= 'a' && upper[i] <= 'z')
            upper[i] = (char)(upper[i] - 'a' + 'A');
    return upper;
}

/* One character of a literal at OUT; how many it takes. */
static size_t put_escaped(char *out, unsigned char c, bool after_question)
{
    static const char plain[] = "\n\r\t\"\\", letters[] = "nrt\"\\";
    bool is_plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
    const char *found = c && !is_plain ? strchr(plain, c) : NULL;

    if (found || (c == '?' && after_question)) {
        out[0] = '\\';
        out[1] = found ? letters[found - plain] : '?';
        return 2;
    }
    if (is_plain) {
        out[0] = (char)c;
        return 1;
    }
    out[0] = '\\';
    out[1] = (char)('0' + (c >> 6));
    out[2] = (char)('0' + ((c >> 3) & 7));
    out[3] = (char)('0' + (c & 7));
    return 4;
}

const char *names_string(struct arena *arena, const char *text, size_t len)
{
    char *literal = arena_alloc(arena, 4 * len + 3);
    size_t n = 0;

    literal[n++] = '"';
    for (size_t i = 0; i < len; i++)
        n += put_escaped(literal + n, (unsigned char)text[i], i > 0 && text[i - 1] == '?');
    literal[n++] = '"';
    literal[n] = '\0';
    return literal;
}

const char *names_comment(struct arena *arena, const char *text, size_t len)
{
    enum { WIDEST = 60 };
    size_t n = len > WIDEST ? WIDEST - 3 : len;
    char *comment = arena_alloc(arena, WIDEST + 1);

    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        bool ends = c == '/' && i > 0 && text[i - 1] == '*';
        bool opens = c == '*' && i > 0 && text[i - 1] == '/';

        comment[i] = c < 0x20 || c > 0x7E || c == '\\' || c == '?' || ends || opens ? '.' : c;
    }
    if (len > WIDEST)
        memcpy(comment + n, "...", 3);
    return comment;
}
