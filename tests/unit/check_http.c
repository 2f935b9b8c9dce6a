/* The HTTP client: answers in pieces, URLs and proxies, and a client beside a server that
 * does as it is told. */
#include "value/base.h"

#include "http_server.h"

#include "io/http_answer.h"
#include "io/http_url.h"

#include <check.h>
#include <zlib.h>

/* ---- answers -------------------------------------------------------------------- */

static struct asl__http_answer begin(void)
{
    struct asl__http_answer answer = { .max_body = 1 << 20 };

    asl__http_answer_begin(&answer);
    return answer;
}

/* Feeds TEXT in pieces of STEP bytes; what was taken of it. */
static size_t feed(struct asl__http_answer *answer, const char *text, size_t len,
                   size_t step)
{
    size_t taken = 0;

    while (taken < len && !asl__http_answer_is_over(answer)) {
        size_t part = len - taken < step ? len - taken : step;
        taken += asl__http_answer_feed(answer, text + taken, part);
    }
    return taken;
}

/* TEXT, in pieces of any size, is an answer with that STATUS and BODY. */
static void check_answer_is(const char *text, int status, const char *body)
{
    for (size_t step = 1; step <= strlen(text) + 1; step++) {
        struct asl__http_answer answer = begin();
        ck_assert_uint_eq(feed(&answer, text, strlen(text), step), strlen(text));
        asl__http_answer_close(&answer, true);
        ck_assert_msg(answer.state == ASL__ANSWER_DONE, "%s: %s", text, answer.message);
        ck_assert_int_eq(answer.status, status);
        ck_assert_uint_eq(answer.body_len, strlen(body));
        if (answer.body_len > 0)
            ck_assert_mem_eq(answer.body, body, answer.body_len + 1);
        asl__http_answer_free(&answer);
    }
}

/* TEXT, in pieces of any size, fails like that. */
static void check_answer_fails(const char *text, enum asl__http_end end)
{
    for (size_t step = 1; step <= strlen(text) + 1; step++) {
        struct asl__http_answer answer = begin();
        feed(&answer, text, strlen(text), step);
        asl__http_answer_close(&answer, true);
        ck_assert_msg(answer.state == ASL__ANSWER_FAILED, "%s", text);
        ck_assert_msg(answer.failure == end, "%s: %d, %s", text, answer.failure,
                      answer.message);
        asl__http_answer_free(&answer);
    }
}

START_TEST(bodies_are_framed)
{
    check_answer_is("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello");
    check_answer_is("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, "");
    check_answer_is("HTTP/1.1 200 OK\ncontent-LENGTH:\t5 \n\nhello", 200, "hello");
    check_answer_is("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", 200,
                    "hello");
    check_answer_is("HTTP/1.0 404 No\r\n\r\nuntil the end", 404, "until the end");
    check_answer_is("HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", 204, "");
    check_answer_is("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\n"
                    "HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx",
                    201, "x");
    check_answer_is("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "5\r\nhello\r\n00B ; name=value\r\n, new world\r\n0\r\n\r\n",
                    200, "hello, new world");
    check_answer_is("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n"
                    "Content-Length: 3\r\n\r\n1\r\na\r\n0\r\nTrailer: x\r\n\r\n",
                    200, "a");
}
END_TEST

START_TEST(what_is_no_answer_is_refused)
{
    static const char *const garbled[] = {
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 099 No\r\n\r\n",
        "HTTP/1.1 600 No\r\n\r\n",
        "HTTP/1.1\t200 OK\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno name\r\n\r\n",
        "HTTP/1.1 200 OK\r\nName : value\r\n\r\n",
        "HTTP/1.1 200 OK\r\n folded: line\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: \x01\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\rx\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
    };

    for (size_t i = 0; i < ASL__COUNT_OF(garbled); i++)
        check_answer_fails(garbled[i], ASL__HTTP_GARBLED);
    check_answer_fails("", ASL__HTTP_BROKEN);
    check_answer_fails("HTTP/1.1 200 OK\r\n", ASL__HTTP_BROKEN);
    check_answer_fails("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
                       ASL__HTTP_BROKEN);
    check_answer_fails("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                       ASL__HTTP_BROKEN);
    check_answer_fails("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n",
                       ASL__HTTP_TOO_MUCH);
}
END_TEST

START_TEST(headers_have_limits)
{
    struct asl__buf text = ASL__BUF_INIT;
    struct asl__http_answer answer = begin();

    asl__buf_append_cstring(&text, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < ASL__HTTP_FIELDS_MAX; i++)
        asl__buf_append_cstring(&text, "A: b\r\n");
    asl__buf_append_cstring(&text, "\r\n");
    feed(&answer, text.data, text.len, text.len);
    ck_assert_int_eq(answer.failure, ASL__HTTP_TOO_MUCH);
    asl__http_answer_free(&answer);
    text.len = 0;
    asl__buf_append_cstring(&text, "HTTP/1.1 200 OK\r\nA: ");
    while (text.len < ASL__HTTP_HEAD_MAX + 10)
        asl__buf_append_char(&text, 'x');
    for (size_t step = 1; step < 100000; step *= 7) {
        answer = begin();
        feed(&answer, text.data, text.len, step);
        ck_assert_int_eq(answer.state, ASL__ANSWER_FAILED);
        ck_assert_int_eq(answer.failure, ASL__HTTP_TOO_MUCH);
        asl__http_answer_free(&answer);
    }
    text.len = 0;
    asl__buf_append_cstring(&text,
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (text.len < 2 * ASL__HTTP_SIZE_MAX)
        asl__buf_append_char(&text, '0');
    answer = begin();
    feed(&answer, text.data, text.len, 100);
    ck_assert_int_eq(answer.failure, ASL__HTTP_GARBLED);
    asl__http_answer_free(&answer);
    asl__buf_free(&text);
}
END_TEST

START_TEST(connections_are_kept_where_they_may_be)
{
    static const struct {
        const char *head;
        bool keeps;
    } cases[] = {
        { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true },
        { "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false },
        { "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n",
          true },
        { "HTTP/1.1 200 OK\r\nConnection: a, close\r\nContent-Length: 0\r\n\r\n",
          false },
        { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n"
          "\r\n0\r\n\r\n",
          false }
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++) {
        struct asl__http_answer answer = begin();
        feed(&answer, cases[i].head, strlen(cases[i].head), 1000);
        ck_assert_int_eq(answer.state, ASL__ANSWER_DONE);
        ck_assert_msg(answer.keeps == cases[i].keeps, "%s", cases[i].head);
        asl__http_answer_free(&answer);
    }
}
END_TEST

/* LEN bytes of DATA in zlib's WINDOW form; what is to be freed and its length. */
static char *deflated(const char *data, size_t len, int window, size_t *out)
{
    size_t room = len + 1000;
    char *text = malloc(room);
    z_stream z = { .next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)len };

    z.next_out = (Bytef *)text;
    z.avail_out = (uInt)room;
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    *out = room - z.avail_out;
    deflateEnd(&z);
    return text;
}

/* An answer whose body is DATA in that form, read with at most MOST bytes. */
static struct asl__http_answer coded(const char *coding, const char *data, size_t len,
                                     size_t most, size_t step)
{
    struct asl__http_answer answer = { .max_body = most };
    struct asl__buf text = ASL__BUF_INIT;

    asl__http_answer_begin(&answer);
    asl__buf_printf(&text,
                    "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n"
                    "Content-Length: %zu\r\n\r\n",
                    coding, len);
    asl__buf_append(&text, data, len);
    feed(&answer, text.data, text.len, step);
    asl__buf_free(&text);
    return answer;
}

START_TEST(bodies_are_decoded)
{
    static const struct {
        const char *name;
        int window;
    } forms[] = {
        { "gzip", 31 }, { "x-gzip", 31 }, { "deflate", 15 }, { "deflate", -15 }
    };
    char plain[5000];
    size_t len;

    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (char)('a' + i * i % 23);
    for (size_t i = 0; i < ASL__COUNT_OF(forms); i++) {
        char *text = deflated(plain, sizeof plain, forms[i].window, &len);
        for (size_t step = 1; step < 10000; step *= 3) {
            struct asl__http_answer a =
                coded(forms[i].name, text, len, sizeof plain, step);
            ck_assert_msg(a.state == ASL__ANSWER_DONE, "%s", a.message);
            ck_assert_uint_eq(a.body_len, sizeof plain);
            ck_assert_mem_eq(a.body, plain, sizeof plain);
            asl__http_answer_free(&a);
            a = coded(forms[i].name, text, len, sizeof plain - 1, step);
            ck_assert_int_eq(a.failure, ASL__HTTP_TOO_MUCH);
            asl__http_answer_free(&a);
            a = coded(forms[i].name, text, len - 9, sizeof plain, step);
            ck_assert_int_eq(a.failure, ASL__HTTP_GARBLED);
            asl__http_answer_free(&a);
        }
        free(text);
    }
}
END_TEST

START_TEST(a_bomb_stays_small)
{
    size_t len, size = 64 << 20;
    char *plain = calloc(1, size), *text = deflated(plain, size, 31, &len);
    struct asl__http_answer a = coded("gzip", text, len, 1 << 20, 65536);

    ck_assert_int_eq(a.failure, ASL__HTTP_TOO_MUCH);
    ck_assert_uint_le(a.body_cap, 4 << 20);
    asl__http_answer_free(&a);
    free(plain);
    free(text);
}
END_TEST

START_TEST(other_codings_are_left)
{
    struct asl__http_answer a = coded("br", "xyz", 3, 100, 10);

    ck_assert_int_eq(a.state, ASL__ANSWER_DONE);
    ck_assert_mem_eq(a.body, "xyz", 3);
    asl__http_answer_free(&a);
}
END_TEST

/* ---- URLs ----------------------------------------------------------------------- */

START_TEST(urls_are_taken_apart)
{
    static const struct {
        const char *text, *host;
        int port;
        const char *target;
    } good[] = { { "http://a/b?c#d", "a", 80, "/b?c" },
                 { "HTTPS://A.Example:8443", "a.example", 8443, "" },
                 { "http://[::1]:9/x", "::1", 9, "/x" },
                 { "https://h?q", "h", 443, "?q" },
                 { "http://127.0.0.1:/", "127.0.0.1", 80, "/" } };
    static const char *const bad[] = {
        "",           "ftp://a",           "http://",
        "http:///x",  "a.example",         "http://u@h",
        "http://h:0", "http://h:65536",    "http://h:8x",
        "http://h o", "http://\xc3\xa9",   "http://[::1",
        "http://[h]", "http://a/\r\nX: y", "http://[::1]x"
    };
    struct asl__http_url url;
    const char *why;

    for (size_t i = 0; i < ASL__COUNT_OF(good); i++) {
        ck_assert_msg(asl__http_url_read(good[i].text, &url, &why), "%s", good[i].text);
        ck_assert_str_eq(url.peer.host, good[i].host);
        ck_assert_int_eq(url.peer.port, good[i].port);
        ck_assert_uint_eq(url.target_len, strlen(good[i].target));
        ck_assert_mem_eq(url.target, good[i].target, url.target_len);
    }
    for (size_t i = 0; i < ASL__COUNT_OF(bad); i++)
        ck_assert_msg(!asl__http_url_read(bad[i], &url, &why), "%s", bad[i]);
}
END_TEST

/* The port of the proxy for URL in the environment of two variables; 0: none, -1: bad. */
static int proxy_port(char *first, char *second, const char *text)
{
    char *env[] = { first, second, NULL };
    struct asl__http_proxies proxies;
    struct asl__http_url url;
    const char *why;

    ck_assert(asl__http_proxies_read(&proxies, env));
    ck_assert(asl__http_url_read(text, &url, &why));
    const struct asl__http_proxy *proxy = asl__http_proxy_for(&proxies, &url);
    int port = proxy == NULL ? 0 : proxy->broken != NULL ? -1 : proxy->peer.port;
    asl__http_proxies_free(&proxies);
    return port;
}

START_TEST(proxies_are_chosen)
{
    char http[] = "http_proxy=http://p:1", upper[] = "HTTP_PROXY=p:2",
         https[] = "https_proxy=p:3", all[] = "ALL_PROXY=p:4/",
         socks[] = "all_proxy=socks5://p:5", empty[] = "http_proxy=";

    ck_assert_int_eq(proxy_port(upper, http, "http://h"), 1);
    ck_assert_int_eq(proxy_port(upper, https, "http://h"), 2);
    ck_assert_int_eq(proxy_port(upper, https, "https://h"), 3);
    ck_assert_int_eq(proxy_port(all, https, "http://h"), 4);
    ck_assert_int_eq(proxy_port(socks, https, "http://h"), -1);
    ck_assert_int_eq(proxy_port(empty, https, "http://h"), 0);
}
END_TEST

START_TEST(no_proxy_is_heeded)
{
    static const struct {
        const char *list, *url;
        bool used;
    } cases[] = { { "*", "http://h", false },
                  { "h", "http://h", false },
                  { "h", "http://a.h", false },
                  { ".h", "http://a.h", false },
                  { "*.h", "http://a.h", false },
                  { "h", "http://ah", true },
                  { "a,H:81 ,b", "http://h:81", false },
                  { "h:81", "http://h", true },
                  { "10.0.0.0/8", "http://10.9.8.7", false },
                  { "10.0.0.0/9", "http://10.200.8.7", true },
                  { "10.0.0.0/33", "http://10.0.0.0", true },
                  { "0.0.0.0/0", "http://1.2.3.4", false },
                  { "127.0.0.1", "http://127.0.0.1", false },
                  { "::1", "http://[::1]", false },
                  { "[::1]:81", "http://[::1]:81", false },
                  { "[::1]:81", "http://[::1]:82", true },
                  { "fd00::/8", "http://[fd12::1]", false },
                  { "", "http://h", true } };
    char http[] = "http_proxy=p:1", list[64];

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++) {
        snprintf(list, sizeof list, "no_proxy=%s", cases[i].list);
        ck_assert_msg((proxy_port(http, list, cases[i].url) == 1) == cases[i].used,
                      "%s %s", cases[i].list, cases[i].url);
    }
}
END_TEST

START_TEST(a_proxy_may_want_a_password)
{
    char variable[] = "http_proxy=http://al%40a:p%3aw@p:1";
    char *env[] = { variable, NULL };
    struct asl__http_proxies proxies;

    ck_assert(asl__http_proxies_read(&proxies, env));
    ck_assert_str_eq(proxies.http.authorization, "Basic YWxAYTpwOnc=");
    ck_assert_str_eq(proxies.http.peer.host, "p");
    asl__http_proxies_free(&proxies);
}
END_TEST

/* ---- the client ------------------------------------------------------------------- */

#define OK(body) "HTTP/1.1 200 OK\r\nContent-Length: " body
#define ANSWER_ONE OK("3") "\r\n\r\none"
#define ANSWER_TWO OK("3") "\r\n\r\ntwo"

START_TEST(a_connection_is_used_again)
{
    struct server *server = server_new((const struct step[]){
        { ANSWER_ONE, false }, { ANSWER_TWO, false }, { NULL, false } });
    struct client *client = client_new(NULL);

    check_get(client, server, "/1", "200 one");
    check_get(client, server, "/2", "200 two");
    ck_assert_int_eq(server_connections(server), 1);
    check_sent(server, 0,
               "GET /1 HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
               "Accept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n\r\n");
    client_free(client);
    server_free(server);
}
END_TEST

START_TEST(a_stale_connection_is_replaced_once)
{
    struct server *server = server_new((const struct step[]){ { ANSWER_ONE, false },
                                                              { NULL, .end = true },
                                                              { ANSWER_TWO, false },
                                                              { NULL, false } });
    struct client *client = client_new(NULL);

    check_get(client, server, "/1", "200 one");
    check_get(client, server, "/2", "200 two");
    ck_assert_int_eq(server_connections(server), 2);
    client_free(client);
    server_free(server);
}
END_TEST

START_TEST(a_new_connection_that_ends_is_an_error)
{
    struct server *server = server_new((const struct step[]){
        { NULL, .end = true }, { ANSWER_TWO, false }, { NULL, false } });
    struct client *client = client_new(NULL);

    check_get(client, server, "/", "BROKEN the connection ended before an answer came");
    check_get(client, server, "/", "200 two");
    client_free(client);
    server_free(server);
}
END_TEST

START_TEST(an_answer_cut_off_is_not_asked_for_again)
{
    struct server *server =
        server_new((const struct step[]){ { ANSWER_ONE, false },
                                          { OK("9") "\r\n\r\nshort", .end = true },
                                          { ANSWER_TWO, false },
                                          { NULL, false } });
    struct client *client = client_new(NULL);

    check_get(client, server, "/1", "200 one");
    check_get(client, server, "/2", "BROKEN the connection ended within the answer");
    client_free(client);
    server_free(server);
}
END_TEST

START_TEST(more_than_the_answer_ends_the_connection)
{
    struct server *server = server_new(
        (const struct step[]){ { ANSWER_ONE "HTTP/1.1 200 OK\r\n\r\nsmuggled", false },
                               { ANSWER_TWO, false },
                               { NULL, false } });
    struct client *client = client_new(NULL);

    check_get(client, server, "/1", "200 one");
    check_get(client, server, "/2", "200 two");
    ck_assert_int_eq(server_connections(server), 2);
    client_free(client);
    server_free(server);
}
END_TEST

START_TEST(nobody_there_is_said)
{
    struct client *client = client_new(NULL);

    check_url(client, "http://127.0.0.1:1/",
              "NO_CONNECTION 127.0.0.1:1: Connection refused");
    check_url(client, "http://h:x/", "BAD_URL its port is no port's number");
    check_url(client, "https://127.0.0.1:1/", "NO_TLS TLS is not linked");
    client_free(client);
}
END_TEST

START_TEST(silence_ends_by_the_timeout)
{
    struct server *server = server_new(
        (const struct step[]){ { "", false }, { "", false }, { NULL, false } });
    struct client *client = client_new(NULL);

    client->timeout = 50;
    check_get(client, server, "/", "TIMEOUT no answer within 50 ms");
    client_free(client);
    server_free(server);
}
END_TEST

START_TEST(a_cancelled_request_ends)
{
    struct server *server = server_new(
        (const struct step[]){ { "", false }, { "", false }, { NULL, false } });
    struct client *client = client_new(NULL);

    client->cancel = true;
    check_get(client, server, "/", "CANCELLED cancelled");
    client_free(client);
    server_free(server);
}
END_TEST

START_TEST(names_come_from_the_hosts_file)
{
    struct server *server = server_new((const struct step[]){
        { ANSWER_ONE, true }, { ANSWER_TWO, true }, { NULL, false } });
    char folder[] = "/tmp/check_http_XXXXXX", path[64], url[64];
    struct client *client;
    FILE *file;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/hosts", folder);
    file = fopen(path, "w");
    fputs("127.0.0.1 some.where\n", file);
    fclose(file);
    client = client_new(&(asl__http_options){ .hosts = path, .resolv_conf = path });
    snprintf(url, sizeof url, "http://Some.Where:%d/", server->port);
    check_url(client, url, "200 one");
    snprintf(url, sizeof url, "http://localhost:%d/", server->port);
    check_url(client, url, "200 two");
    client_free(client);
    server_free(server);
    unlink(path);
    rmdir(folder);
}
END_TEST

START_TEST(names_are_asked_for)
{
    struct server *server = server_new((const struct step[]){
        { ANSWER_ONE, true }, { ANSWER_TWO, true }, { NULL, false } });
    struct names *names = names_new();
    struct client *client = client_new(
        &(asl__http_options){ .hosts = "/dev/null", .resolv_conf = names->conf });
    char url[64];

    snprintf(url, sizeof url, "http://good.test:%d/", server->port);
    check_url(client, url, "200 one");
    check_url(client, url, "200 two");
    ck_assert_int_eq(__atomic_load_n(&names->asked, __ATOMIC_SEQ_CST),
                     2); /* A and AAAA; kept for the second time */
    check_url(client, "http://bad.test/", "NO_NAME bad.test:80: there is no such name");
    client->connect_timeout = 100;
    check_url(client, "http://silent.test/",
              "NO_NAME silent.test:80: no name server answers in time");
    client_free(client); /* although libevent still waits for that */
    names_free(names);
    server_free(server);
}
END_TEST

START_TEST(there_is_no_name_that_is_invalid)
{
    struct client *client = client_new(NULL);

    check_url(client, "http://x.invalid/",
              "NO_NAME x.invalid:80: there is no such name");
    client_free(client);
}
END_TEST

static Suite *http_suite(void)
{
    Suite *suite = suite_create("http");
    TCase *answers = tcase_create("answers"), *urls = tcase_create("urls");
    TCase *client = tcase_create("client");

    tcase_add_test(answers, bodies_are_framed);
    tcase_add_test(answers, what_is_no_answer_is_refused);
    tcase_add_test(answers, headers_have_limits);
    tcase_add_test(answers, connections_are_kept_where_they_may_be);
    tcase_add_test(answers, bodies_are_decoded);
    tcase_add_test(answers, a_bomb_stays_small);
    tcase_add_test(answers, other_codings_are_left);
    tcase_add_test(urls, urls_are_taken_apart);
    tcase_add_test(urls, proxies_are_chosen);
    tcase_add_test(urls, no_proxy_is_heeded);
    tcase_add_test(urls, a_proxy_may_want_a_password);
    tcase_add_test(client, a_connection_is_used_again);
    tcase_add_test(client, a_stale_connection_is_replaced_once);
    tcase_add_test(client, a_new_connection_that_ends_is_an_error);
    tcase_add_test(client, an_answer_cut_off_is_not_asked_for_again);
    tcase_add_test(client, more_than_the_answer_ends_the_connection);
    tcase_add_test(client, nobody_there_is_said);
    tcase_add_test(client, silence_ends_by_the_timeout);
    tcase_add_test(client, a_cancelled_request_ends);
    tcase_add_test(client, names_come_from_the_hosts_file);
    tcase_add_test(client, names_are_asked_for);
    tcase_add_test(client, there_is_no_name_that_is_invalid);
    suite_add_tcase(suite, answers);
    suite_add_tcase(suite, urls);
    suite_add_tcase(suite, client);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(http_suite());

    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
