/* What the parts of the reader of JSONata share: jsonata_lex.re (tokens),
 * jsonata_parse.c and jsonata_signature.c (a tree of what is written), jsonata_path.c
 * and jsonata_parent.c (that tree as jsonata.h has it: paths, %), jsonata_error.c.
 *
 *   text --query_next--> tokens --expression--> drafts --query_settle--> the tree
 *
 * Everything lives in the query's arena, a copy of the text too: what tokens and nodes
 * hold of it points there.  A function that fails has filled in the error and gives
 * false or NULL.
 */
#ifndef ASLC_JSONATA_PARTS_H
#define ASLC_JSONATA_PARTS_H

#include "jsonata.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,     /* text */
    TOKEN_VARIABLE, /* text, without $ */
    TOKEN_STRING,   /* text, decoded */
    TOKEN_NUMBER,   /* text, number */
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_NULL,
    TOKEN_REGEX, /* text: the pattern; flags */
    TOKEN_DOT,
    TOKEN_OPEN_BRACKET,
    TOKEN_CLOSE_BRACKET,
    TOKEN_OPEN_BRACE,
    TOKEN_CLOSE_BRACE,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_AT,
    TOKEN_HASH,
    TOKEN_SEMICOLON,
    TOKEN_COLON,
    TOKEN_QUESTION,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_PERCENT,
    TOKEN_BAR,
    TOKEN_EQUAL,
    TOKEN_LESS,
    TOKEN_GREATER,
    TOKEN_CARET,
    TOKEN_AMPERSAND,
    TOKEN_RANGE,         /* .. */
    TOKEN_ASSIGN,        /* := */
    TOKEN_UNEQUAL,       /* != */
    TOKEN_GREATER_EQUAL, /* >= */
    TOKEN_LESS_EQUAL,    /* <= */
    TOKEN_DESCEND,       /* ** */
    TOKEN_APPLY,         /* ~> */
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_IN
};

struct token {
    enum token_kind kind;
    struct expr_span span;
    struct expr_text text; /* of an operator: itself */
    struct expr_text flags;
    double number;
};

struct query {
    struct arena *arena;
    struct jsonata_error *error;
    const char *text; /* with a NUL behind it */
    size_t len;
    size_t pos;         /* behind token */
    struct token token; /* not used yet */
    size_t end;         /* of the token before it */
    size_t nodes;
    int depth; /* of expressions in expressions, while they are read */
    int parents, labels;
};

/* What a node is while not settled. */
enum form {
    FORM_NODE,   /* what its kind says */
    FORM_END,    /* the end of the text where an operand should be */
    FORM_DOT,    /* list: what the dots join */
    FORM_FILTER, /* left[right] */
    FORM_GROUP,  /* left{list} */
    FORM_ORDER,  /* left^(list), descending */
    FORM_FOCUS,  /* left@$text */
    FORM_INDEX   /* left#$text */
};

/* A node in the making. */
struct draft {
    struct jsonata tree; /* first: see draft_of */
    enum form form;
    int height;   /* at least what the tree under it will have */
    size_t place; /* where its operator stands */

    /* While paths are made: */
    size_t checked;         /* PATH: so many steps are known to be no literals */
    bool keeps;             /* PATH: some step has [] */
    int level;              /* PARENT: how many objects it still has to go up */
    struct draft **seeking; /* PARENTs in it that look for their object outside */
    size_t nseeking, seeking_room;
};

static inline struct draft *draft_of(struct jsonata *node)
{
    return (struct draft *)(void *)node;
}

/* ---- jsonata_error.c ---- */

/* Fills in the error with the message of CODE, where TOKEN and VALUE stand as they are;
 * always false. */
bool query_fail(struct query *q, const char *code, size_t offset, const char *token,
                const char *value);
/* The same with a message of our own. */
bool query_refuse(struct query *q, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Room for a token or text in a message. */
enum { SHOWN_SIZE = 640 };

/* Writes TEXT as JSON to BUF (what is too long is cut); BUF. */
const char *show_text(char buf[SHOWN_SIZE], struct expr_text text);
/* The same of the value of a token. */
const char *show_token(char buf[SHOWN_SIZE], const struct token *token);

/* ---- jsonata_lex.re ---- */

/* Reads the next token into q->token.  INFIX: `/` is an operator there; else it
 * begins a regular expression. */
bool query_next(struct query *q, bool infix);

/* ---- jsonata_parse.c ---- */

/* Takes a token that must be a KIND; INFIX as in query_next. */
bool query_expect(struct query *q, enum token_kind kind, bool infix);

/* A node; NULL if there are too many. */
struct draft *query_node(struct query *q, enum jsonata_kind kind,
                         struct expr_span span);
/* Appends ITEM to the list of NODE. */
void query_append(struct query *q, struct draft *node, struct draft *item);

/* ---- jsonata_signature.c ---- */

/* Takes the signature whose `<` is the token; *TEXT is all of it as written, but
 * without blanks and comments. */
bool query_signature(struct query *q, struct expr_text *text);

/* ---- jsonata_path.c ---- */

/* The tree of jsonata.h for RAW and all below it. */
struct draft *query_settle(struct query *q, struct draft *raw);

/* ---- jsonata_parent.c ---- */

/* PARENT is a %, new in the tree; NULL if there are too many. */
struct draft *parent_new(struct query *q, struct draft *parent);
/* What looks for its object in VALUE does so in RESULT, which VALUE is a part of. */
void parent_push(struct query *q, struct draft *result, struct draft *value);
/* The first step of PATH is the PARENT given: it looks outside of the path. */
void parent_start(struct query *q, struct draft *path, struct draft *parent);
/* A step has been put at the end of PATH: what looks for its object there finds it
 * in the steps before or goes on looking outside. */
bool parent_resolve(struct query *q, struct draft *path);
/* The same for what looks for it in PREDICATE, which STEP has got. */
bool parent_predicate(struct query *q, struct draft *step, struct draft *predicate);
/* Fails if something in the outermost node still looks. */
bool parent_finish(struct query *q, struct draft *root);

#endif
