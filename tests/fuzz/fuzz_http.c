/* Any bytes as an answer over HTTP: in whatever pieces they come, they mean the same.
 *
 * The first byte says how the answer is read, the second how large the pieces are. */
#include "base.h"

#include "fuzz.h"

#include "io/http_answer.h"
#include "io/http_url.h"

#define MOST_BODY 10000

/* Feeds SIZE bytes in pieces of at most STEP; how many were taken. */
static size_t feed(struct asl__http_answer *answer, const char *data, size_t size,
                   size_t step)
{
    size_t taken = 0;

    while (taken < size && !asl__http_answer_is_over(answer)) {
        size_t part = size - taken < step ? size - taken : step;
        size_t some = asl__http_answer_feed(answer, data + taken, part);
        FUZZ_HOLDS(some <= part);
        FUZZ_HOLDS(some == part || asl__http_answer_is_over(answer));
        taken += some;
    }
    if (!asl__http_answer_is_over(answer))
        asl__http_answer_close(answer, true);
    FUZZ_HOLDS(asl__http_answer_is_over(answer));
    FUZZ_HOLDS(answer->body_len <= MOST_BODY || answer->state == ASL__ANSWER_FAILED);
    return taken;
}

static void compare(const struct asl__http_answer *a, const struct asl__http_answer *b)
{
    FUZZ_HOLDS(a->state == b->state);
    if (a->state == ASL__ANSWER_FAILED) {
        FUZZ_HOLDS(*a->message != '\0' && *b->message != '\0');
        return;
    }
    FUZZ_HOLDS(a->status == b->status && a->keeps == b->keeps);
    FUZZ_HOLDS(strcmp(a->reason, b->reason) == 0);
    FUZZ_HOLDS(a->nfields == b->nfields);
    for (size_t i = 0; i < a->nfields; i++)
        FUZZ_HOLDS(strcmp(a->fields[i].name, b->fields[i].name) == 0 &&
                   strcmp(a->fields[i].value, b->fields[i].value) == 0);
    FUZZ_HOLDS(a->body_len == b->body_len);
    FUZZ_HOLDS(a->body_len == 0 || memcmp(a->body, b->body, a->body_len) == 0);
    for (size_t i = 0; a->body != NULL && i < ASL_PARSE_PADDING; i++)
        FUZZ_HOLDS(a->body[a->body_len + i] == '\0');
}

static void read_as_url(const char *data, size_t size)
{
    char *text = strndup(data, size), *env[] = { text, NULL };
    struct asl__http_url url;
    struct asl__http_proxies proxies;
    const char *why = NULL;
    bool good = asl__http_url_read(text, &url, &why);

    FUZZ_HOLDS(good || why != NULL);
    if (asl__http_proxies_read(&proxies, env)) {
        if (good)
            (void)asl__http_proxy_for(&proxies, &url);
        good = asl__http_url_read("http://[fd00::1]:81/x", &url, &why);
        FUZZ_HOLDS(good);
        (void)asl__http_proxy_for(&proxies, &url);
        asl__http_proxies_free(&proxies);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct asl__http_answer whole = { .no_body = data[0] & 1,
                                      .as_sent = data[0] & 2,
                                      .max_body = MOST_BODY };
    struct asl__http_answer pieces = whole;
    const char *text = (const char *)data + 2;

    asl__http_answer_begin(&whole);
    asl__http_answer_begin(&pieces);
    size_t taken = feed(&whole, text, size - 2, size);
    size_t again = feed(&pieces, text, size - 2, 1 + data[1] % 64);
    compare(&whole, &pieces);
    FUZZ_HOLDS(whole.state == ASL__ANSWER_FAILED || taken == again);
    asl__http_answer_free(&whole);
    asl__http_answer_free(&pieces);
    read_as_url(text, size - 2);
    return 0;
}
