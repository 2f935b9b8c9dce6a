/* See http_answer.h.  Bodies are gathered in http_body.c. */
#include "value/base.h"

#include "io/http_answer.h"
#include "io/http_body.h"

#include <strings.h>

static void fail(struct asl__http_answer *a, enum asl__http_end end,
                 const char *message)
{
    a->state = ASL__ANSWER_FAILED;
    a->failure = end;
    a->message = message;
}

static bool garbled(struct asl__http_answer *a, const char *message)
{
    fail(a, ASL__HTTP_GARBLED, message);
    return false;
}

/* ---- the header ----------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 9110 5.6.2 */
static bool is_token_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Whether TEXT has no control character but tabs. */
static bool is_plain(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (((uint8_t)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f)
            return false;
    return true;
}

/* "HTTP/1.1 200 OK": LEN bytes and a NUL. */
static bool read_status(struct asl__http_answer *a, char *line, size_t len)
{
    if (len < 12 || memcmp(line, "HTTP/1.", 7) != 0 || !is_digit(line[7]) ||
        line[8] != ' ' || !is_digit(line[9]) || !is_digit(line[10]) ||
        !is_digit(line[11]) || (len > 12 && line[12] != ' ') || !is_plain(line, len))
        return garbled(a, "the first line of the answer is no status line of HTTP/1");
    a->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    if (a->status < 100 || a->status > 599)
        return garbled(a, "the answer's status is none");
    a->keeps = line[7] != '0';
    a->reason = len > 13 ? line + 13 : "";
    return true;
}

static bool read_field(struct asl__http_answer *a, char *line, size_t len)
{
    size_t name = 0, start;

    while (name < len && is_token_char(line[name]))
        name++;
    if (name == 0 || name == len || line[name] != ':')
        return garbled(a, "a line of the answer's header has no name");
    line[name] = '\0';
    start = name + 1;
    while (start < len && is_blank(line[start]))
        start++;
    while (len > start && is_blank(line[len - 1]))
        len--;
    line[len] = '\0';
    if (!is_plain(line + start, len - start))
        return garbled(a, "a line of the answer's header has control characters");
    a->fields[a->nfields++] = (asl__http_field){ line, line + start };
    return true;
}

/* The length of the line at LINE, without its end, which becomes NUL; *NEXT is behind. */
static size_t cut_line(char *line, char *end, char **next)
{
    char *stop = memchr(line, '\n', (size_t)(end - line));

    *next = stop + 1;
    if (stop > line && stop[-1] == '\r')
        stop--;
    *stop = '\0';
    return (size_t)(stop - line);
}

/* Room for the fields of the header, one for each line. */
static bool make_fields(struct asl__http_answer *a)
{
    size_t lines = 0;

    for (size_t i = 0; i < a->head.len; i++)
        lines += a->head.data[i] == '\n';
    if (lines > ASL__HTTP_FIELDS_MAX) {
        fail(a, ASL__HTTP_TOO_MUCH, "the answer's header has too many lines");
        return false;
    }
    free(a->fields);
    a->nfields = 0;
    a->fields = malloc(lines * sizeof *a->fields);
    if (a->fields == NULL)
        fail(a, ASL__HTTP_NO_MEMORY, "out of memory");
    return a->fields != NULL;
}

static bool read_head(struct asl__http_answer *a)
{
    char *line = a->head.data, *end = line + a->head.len, *next;
    size_t len;

    if (!make_fields(a))
        return false;
    len = cut_line(line, end, &next);
    if (!read_status(a, line, len))
        return false;
    while (line = next, (len = cut_line(line, end, &next)) > 0)
        if (!read_field(a, line, len))
            return false;
    return true;
}

/* ---- framing -------------------------------------------------------------------- */

/* Calls SEE(user, word, length) for each element of the comma-separated VALUE. */
static bool each_element(const char *value,
                         bool (*see)(struct asl__http_answer *a, const char *word,
                                     size_t len),
                         struct asl__http_answer *a)
{
    while (*value != '\0') {
        size_t len = strcspn(value, ","), end = len;
        const char *word = value;
        while (end > 0 && is_blank(*word)) {
            word++;
            end--;
        }
        while (end > 0 && is_blank(word[end - 1]))
            end--;
        if (end > 0 && !see(a, word, end))
            return false;
        value += len + (value[len] == ',');
    }
    return true;
}

static bool is_word(const char *word, size_t len, const char *wanted)
{
    return len == strlen(wanted) && strncasecmp(word, wanted, len) == 0;
}

static bool see_connection(struct asl__http_answer *a, const char *word, size_t len)
{
    if (is_word(word, len, "close"))
        a->keeps = false;
    return true;
}

static bool see_keep_alive(struct asl__http_answer *a, const char *word, size_t len)
{
    if (is_word(word, len, "keep-alive"))
        a->keeps = true;
    return true;
}

static bool see_length(struct asl__http_answer *a, const char *word, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++) {
        if (!is_digit(word[i]) || value > (UINT64_MAX - 9) / 10)
            return garbled(a, "the answer's Content-Length is no length");
        value = value * 10 + (uint64_t)(word[i] - '0');
    }
    if (a->state == ASL__ANSWER_LENGTH && a->left != value)
        return garbled(a, "the answer has several lengths");
    a->state = ASL__ANSWER_LENGTH;
    a->left = value;
    return true;
}

static bool see_transfer(struct asl__http_answer *a, const char *word, size_t len)
{
    if (is_word(word, len, "identity"))
        return true;
    if (!is_word(word, len, "chunked") || a->state == ASL__ANSWER_CHUNK_SIZE)
        return garbled(a, "the answer's Transfer-Encoding is not known");
    a->state = ASL__ANSWER_CHUNK_SIZE;
    return true;
}

static bool see_coding(struct asl__http_answer *a, const char *word, size_t len)
{
    if (is_word(word, len, "identity"))
        return true;
    if (a->coding != ASL__CODING_NONE)
        return garbled(a, "the answer's body is coded more than once");
    if (is_word(word, len, "gzip") || is_word(word, len, "x-gzip"))
        a->coding = ASL__CODING_GZIP;
    else if (is_word(word, len, "deflate"))
        a->coding = ASL__CODING_DEFLATE;
    return true;
}

/* Every field of that name to SEE; *FOUND: whether there is one. */
static bool each_field(struct asl__http_answer *a, const char *name,
                       bool (*see)(struct asl__http_answer *a, const char *word,
                                   size_t len),
                       bool *found)
{
    *found = false;
    for (size_t i = 0; i < a->nfields; i++) {
        if (strcasecmp(a->fields[i].name, name) != 0)
            continue;
        *found = true;
        if (!each_element(a->fields[i].value, see, a))
            return false;
    }
    return true;
}

static void begin_chunk(struct asl__http_answer *a)
{
    a->state = ASL__ANSWER_CHUNK_SIZE;
    a->left = 0;
    a->size_len = 0;
    a->in_size = true;
    a->any_digit = a->after_cr = false;
}

/* RFC 9112 6.3: where the body ends. */
static bool frame_body(struct asl__http_answer *a)
{
    bool length, transfer, coded;

    a->state = ASL__ANSWER_UNTIL_CLOSE;
    if (!each_field(a, "Content-Length", see_length, &length) ||
        !each_field(a, "Transfer-Encoding", see_transfer, &transfer) ||
        (!a->as_sent && !each_field(a, "Content-Encoding", see_coding, &coded)))
        return false;
    if (length && a->state == ASL__ANSWER_UNTIL_CLOSE)
        return garbled(a, "the answer's Content-Length is no length");
    if (length && transfer) /* what it says may be meant for somebody else */
        a->keeps = false;
    if (a->no_body || a->status == 204 || a->status == 304) {
        a->state = ASL__ANSWER_DONE;
        return true;
    }
    if (a->state == ASL__ANSWER_LENGTH && a->coding == ASL__CODING_NONE &&
        !asl__http_body_expect(a, a->left))
        return false;
    if (a->state == ASL__ANSWER_UNTIL_CLOSE)
        a->keeps = false;
    if (a->state == ASL__ANSWER_CHUNK_SIZE)
        begin_chunk(a);
    return true;
}

static void finish(struct asl__http_answer *a)
{
    if (asl__http_body_finish(a))
        a->state = ASL__ANSWER_DONE;
}

static void end_head(struct asl__http_answer *a)
{
    bool found;

    if (!read_head(a))
        return;
    if (a->status == 101) {
        garbled(a, "the answer changes to another protocol");
        return;
    }
    if (a->status < 200) { /* another one follows */
        a->head.len = a->scanned = 0;
        return;
    }
    if (!each_field(a, "Connection", see_keep_alive, &found) ||
        !each_field(a, "Connection", see_connection, &found) || !frame_body(a))
        return;
    if (a->state == ASL__ANSWER_DONE ||
        (a->state == ASL__ANSWER_LENGTH && a->left == 0))
        finish(a);
}

/* Whether what has come can still be the beginning of an answer. */
static bool may_be_head(const struct asl__http_answer *a)
{
    size_t len = a->head.len < 7 ? a->head.len : 7;

    return memcmp(a->head.data, "HTTP/1.", len) == 0;
}

/* Where the header in HEAD ends, or 0: it has no end yet. */
static size_t find_end(struct asl__http_answer *a)
{
    const char *data = a->head.data, *at;
    size_t from = a->scanned;

    while ((at = memchr(data + from, '\n', a->head.len - from)) != NULL) {
        size_t next = (size_t)(at - data) + 1;
        a->scanned = next - 1; /* look at this line's end again with more behind it */
        if (next < a->head.len && data[next] == '\n')
            return next + 1;
        if (next + 1 < a->head.len && data[next] == '\r' && data[next + 1] == '\n')
            return next + 2;
        if (next + 1 >= a->head.len)
            return 0;
        from = next;
    }
    a->scanned = a->head.len;
    return 0;
}

static size_t feed_head(struct asl__http_answer *a, const char *data, size_t len)
{
    size_t before = a->head.len, room = ASL__HTTP_HEAD_MAX - a->head_total;
    size_t take = len < room ? len : room;

    asl__buf_append(&a->head, data, take);
    if (a->head.failed) {
        fail(a, ASL__HTTP_NO_MEMORY, "out of memory");
        return len;
    }
    if (!may_be_head(a)) {
        garbled(a, "what came is no answer of HTTP/1");
        return len;
    }
    size_t end = find_end(a);
    if (end == 0 && take == room) {
        fail(a, ASL__HTTP_TOO_MUCH, "the answer's header is too long");
        return len;
    }
    if (end == 0) {
        a->head_total += take;
        return take;
    }
    a->head.len = end;
    a->head_total += end - before;
    end_head(a);
    return end - before;
}

/* ---- chunks --------------------------------------------------------------------- */

static unsigned digit_of(char c)
{
    if (is_digit(c))
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return 16;
}

static void end_size_line(struct asl__http_answer *a)
{
    if (!a->any_digit) {
        garbled(a, "a chunk of the answer has no size");
        return;
    }
    a->state = a->left > 0 ? ASL__ANSWER_CHUNK_DATA : ASL__ANSWER_TRAILER;
    a->line_empty = true;
    a->after_cr = false;
}

/* A byte of a chunk's size line: hexadecimal digits, maybe an extension. */
static void feed_size(struct asl__http_answer *a, char c)
{
    unsigned digit = digit_of(c);

    if (a->after_cr && c != '\n') {
        garbled(a, "a line of the answer ends badly");
    } else if (c == '\n') {
        end_size_line(a);
    } else if (c == '\r') {
        a->after_cr = true;
    } else if (a->in_size && digit < 16) {
        if (a->left > UINT64_MAX >> 5)
            garbled(a, "a chunk of the answer has no size");
        a->left = a->left << 4 | digit;
        a->any_digit = true;
    } else if (a->in_size && c != ';' && !is_blank(c)) {
        garbled(a, "a chunk of the answer has no size");
    } else {
        a->in_size = false;
    }
    if (++a->size_len > ASL__HTTP_SIZE_MAX)
        garbled(a, "the line of a chunk's size is too long");
}

static void feed_chunk_end(struct asl__http_answer *a, char c)
{
    if (c == '\n')
        begin_chunk(a);
    else if (c != '\r' || a->after_cr)
        garbled(a, "a chunk of the answer is longer than it says");
    else
        a->after_cr = true;
}

/* The trailer is read over. */
static void feed_trailer(struct asl__http_answer *a, char c)
{
    if (++a->head_total > ASL__HTTP_HEAD_MAX) {
        fail(a, ASL__HTTP_TOO_MUCH, "the answer's trailer is too long");
    } else if (c == '\n') {
        if (a->line_empty)
            finish(a);
        a->line_empty = true;
    } else if (c != '\r') {
        a->line_empty = false;
    }
}

/* ---- all ------------------------------------------------------------------------ */

static size_t feed_body(struct asl__http_answer *a, const char *data, size_t len)
{
    if (a->state != ASL__ANSWER_UNTIL_CLOSE) {
        if (a->left < len)
            len = (size_t)a->left;
        a->left -= len;
    }
    if (!asl__http_body_add(a, data, len) || a->left > 0)
        return len;
    if (a->state == ASL__ANSWER_LENGTH)
        finish(a);
    else if (a->state == ASL__ANSWER_CHUNK_DATA)
        a->state = ASL__ANSWER_CHUNK_END;
    return len;
}

static size_t feed_some(struct asl__http_answer *a, const char *data, size_t len)
{
    switch (a->state) {
    case ASL__ANSWER_HEAD: return feed_head(a, data, len);
    case ASL__ANSWER_LENGTH:
    case ASL__ANSWER_CHUNK_DATA:
    case ASL__ANSWER_UNTIL_CLOSE: return feed_body(a, data, len);
    case ASL__ANSWER_CHUNK_SIZE: feed_size(a, *data); return 1;
    case ASL__ANSWER_CHUNK_END: feed_chunk_end(a, *data); return 1;
    case ASL__ANSWER_TRAILER: feed_trailer(a, *data); return 1;
    case ASL__ANSWER_DONE:
    case ASL__ANSWER_FAILED: break;
    }
    return 0;
}

size_t asl__http_answer_feed(struct asl__http_answer *a, const char *data, size_t len)
{
    size_t taken = 0;

    a->begun = a->begun || len > 0;
    while (taken < len && !asl__http_answer_is_over(a))
        taken += feed_some(a, data + taken, len - taken);
    return taken;
}

void asl__http_answer_close(struct asl__http_answer *a, bool in_order)
{
    if (a->state == ASL__ANSWER_UNTIL_CLOSE && in_order)
        finish(a);
    else if (!asl__http_answer_is_over(a))
        fail(a, ASL__HTTP_BROKEN,
             a->begun ? "the connection ended within the answer"
                      : "the connection ended before an answer came");
    a->keeps = false;
}

void asl__http_answer_begin(struct asl__http_answer *a)
{
    *a = (struct asl__http_answer){ .no_body = a->no_body,
                                    .as_sent = a->as_sent,
                                    .max_body = a->max_body,
                                    .pool = a->pool,
                                    .message = "",
                                    .reason = "",
                                    .head = ASL__BUF_INIT };
}

void asl__http_answer_free(struct asl__http_answer *a)
{
    asl__http_body_free(a);
    asl__buf_free(&a->head);
    free(a->fields);
    a->fields = NULL;
    a->nfields = 0;
}
