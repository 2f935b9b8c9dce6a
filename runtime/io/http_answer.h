/* An HTTP/1 answer that comes in pieces: header, framing and body (RFC 9112).
 *
 *     HEAD --> LENGTH ------------------------------> DONE
 *      ^ |     CHUNK_SIZE <-> CHUNK_DATA, TRAILER --> DONE
 *      | |     UNTIL_CLOSE -- the connection's end -> DONE
 *      +-+ 1xx          any of them, on bad input --> FAILED
 *
 * Only memory is touched here, so that it can be fuzzed. */
#ifndef ASL_IO_HTTP_ANSWER_H
#define ASL_IO_HTTP_ANSWER_H

#include "io/http.h"
#include "value/buf.h"

/* Of header and trailer together, and of lines in them. */
#define ASL__HTTP_HEAD_MAX 65536
#define ASL__HTTP_FIELDS_MAX 512
/* Of the line of a chunk's size. */
#define ASL__HTTP_SIZE_MAX 4096

enum asl__http_answer_state {
    ASL__ANSWER_HEAD,
    ASL__ANSWER_LENGTH,
    ASL__ANSWER_CHUNK_SIZE, /* the line of a chunk's size */
    ASL__ANSWER_CHUNK_DATA,
    ASL__ANSWER_CHUNK_END, /* the line's end behind it */
    ASL__ANSWER_TRAILER,
    ASL__ANSWER_UNTIL_CLOSE,
    ASL__ANSWER_DONE,
    ASL__ANSWER_FAILED
};

/* How a body is coded. */
enum asl__http_coding { ASL__CODING_NONE, ASL__CODING_GZIP, ASL__CODING_DEFLATE };

struct asl__http_answer {
    /* Set by whoever begins it. */
    bool no_body; /* HEAD, or a 2xx to CONNECT: the header is all */
    bool as_sent; /* Content-Encoding is left as it is */
    size_t max_body;
    struct asl__pool *pool; /* where the body is counted; NULL: nowhere */

    enum asl__http_answer_state state;
    enum asl__http_end failure; /* of FAILED */
    const char *message;        /* the same in words */
    int status;
    const char *reason;
    bool keeps; /* the connection may be used again */
    bool begun; /* a byte has come */
    asl__http_field *fields;
    size_t nfields;
    char *body; /* followed by padding once it is DONE; NULL: empty */
    size_t body_len;

    /* Its own. */
    struct asl__buf head; /* header lines; then what fields point into */
    size_t scanned;       /* bytes of it in which no end was found */
    size_t head_total;    /* of all headers and the trailer */
    uint64_t left;        /* bytes of a LENGTH or a chunk; digits of its size */
    size_t size_len;      /* bytes of the line of a chunk's size so far */
    bool in_size;         /* its digits are being read */
    bool any_digit;
    bool line_empty; /* of a TRAILER's line, so far */
    bool after_cr;
    size_t body_cap;
    enum asl__http_coding coding;
    struct z_stream_s *stream; /* NULL: not begun */
    bool stream_ended; /* a file of it is whole; another one may follow */
    bool stream_over;  /* and none has */
    uint8_t first; /* of a deflated body, which tells its form */
    bool has_first;
};

/* Sets all to the beginning but what its user sets. */
void asl__http_answer_begin(struct asl__http_answer *answer);
/* Takes LEN bytes; how many belonged to the answer (fewer than LEN: it is over). */
size_t asl__http_answer_feed(struct asl__http_answer *answer, const char *data,
                             size_t len);
/* The connection has ended, IN_ORDER or by an error. */
void asl__http_answer_close(struct asl__http_answer *answer, bool in_order);
static inline bool asl__http_answer_is_over(const struct asl__http_answer *answer)
{
    return answer->state >= ASL__ANSWER_DONE;
}
/* Frees what it holds; it may begin again. */
void asl__http_answer_free(struct asl__http_answer *answer);

#endif
