/* JSONata: the signature of a lambda, `<a<n>s?:n>` (jsonata.md 10).
 *
 * It is read token by token, so blanks and comments in it do not count, and only as far
 * as to find its end and what the reference implementation refuses; what it means is
 * the run time's business.
 */
#include "base.h"

#include <string.h>

#include "arena.h"
#include "jsonata_parts.h"

static bool is_at(const struct query *q, enum token_kind kind)
{
    return q->token.kind == kind;
}

/* The text of a signature, without blanks and comments, and where each of its bytes
 * stood. */
struct signature {
    char *text;
    size_t *places;
    size_t len, room;
};

static void signature_add(struct query *q, struct signature *signature,
                          const struct token *token)
{
    size_t len = signature->len + token->text.len;

    if (len > signature->room) {
        struct signature larger = { .room = 2 * len };
        larger.text = ARENA_ARRAY(q->arena, larger.room, char);
        larger.places = ARENA_ARRAY(q->arena, larger.room, size_t);
        if (signature->len) {
            memcpy(larger.text, signature->text, signature->len);
            memcpy(larger.places, signature->places,
                   signature->len * sizeof *larger.places);
        }
        larger.len = signature->len;
        *signature = larger;
    }
    for (size_t i = 0; i < token->text.len; i++) {
        signature->text[signature->len] = token->text.text[i];
        signature->places[signature->len++] = token->span.start;
    }
}

/* The position of the CLOSE that belongs to the OPEN at START, or the end. */
static size_t signature_close(const struct signature *signature, size_t start,
                              char open, char close)
{
    size_t depth = 0, i = start;

    for (; i < signature->len; i++) {
        depth += signature->text[i] == open;
        if (signature->text[i] == close && --depth == 0)
            break;
    }
    return i;
}

/* Type parameters only stand behind `a` and `f` and in no choice. */
static bool signature_check(struct query *q, const struct signature *signature)
{
    char type = 0; /* of the last parameter */

    for (size_t i = 1; i < signature->len && signature->text[i] != ':'; i++) {
        char c = signature->text[i];
        size_t end;
        if (c == '(') {
            end = signature_close(signature, i, '(', ')');
            if (memchr(signature->text + i, '<', end - i))
                return query_fail(q, "S0402", signature->places[i], "", "");
        } else if (c == '<') {
            end = signature_close(signature, i, '<', '>');
            if (type != 'a' && type != 'f')
                return query_fail(q, "S0401", signature->places[i], "", "");
        } else {
            end = i;
        }
        if (c && strchr("snbloafjx(", c))
            type = c;
        i = end;
    }
    return true;
}

bool query_signature(struct query *q, struct expr_text *text)
{
    struct signature signature = { 0 };
    size_t depth = 1;

    signature_add(q, &signature, &q->token);
    while (depth && !is_at(q, TOKEN_OPEN_BRACE) && !is_at(q, TOKEN_END)) {
        if (!query_next(q, false))
            return false;
        depth += is_at(q, TOKEN_LESS);
        depth -= is_at(q, TOKEN_GREATER);
        signature_add(q, &signature, &q->token);
    }
    *text = (struct expr_text){ signature.text, signature.len };
    return query_expect(q, TOKEN_GREATER, false) && signature_check(q, &signature);
}
