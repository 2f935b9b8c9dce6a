/* What goes out: the header of a request. */
#include "value/base.h"

#include "io/http_parts.h"

#include <strings.h>

/* A body of up to so many bytes goes out with the header, in one piece. */
#define BODY_IN_HEAD 16384

static bool is_token(const char *text)
{
    const char *c = text;

    for (; *c != '\0'; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
              (*c >= '0' && *c <= '9') || strchr("!#$%&'*+-.^_`|~", *c) != NULL))
            return false;
    return c != text;
}

static bool is_one_line(const char *text)
{
    for (; *text != '\0'; text++)
        if (((uint8_t)*text < ' ' && *text != '\t') || *text == 0x7f)
            return false;
    return true;
}

const char *asl__http_why_not(const asl__http_spec *spec)
{
    if (!is_token(spec->method))
        return "the method is none";
    for (size_t i = 0; i < spec->nfields; i++) {
        if (!is_token(spec->fields[i].name))
            return "a header's name has characters that no name has";
        if (!is_one_line(spec->fields[i].value))
            return "a header's value has control characters";
    }
    return NULL;
}

void asl__http_append_peer(struct asl__buf *buf, const struct asl__http_peer *peer,
                           uint16_t usual_port)
{
    bool brackets = asl__http_is_ipv6(peer->host);

    if (brackets)
        asl__buf_append_char(buf, '[');
    asl__buf_append_cstring(buf, peer->host);
    if (brackets)
        asl__buf_append_char(buf, ']');
    if (peer->port != usual_port)
        asl__buf_printf(buf, ":%u", (unsigned)peer->port);
}

static void append_field(struct asl__buf *head, const char *name, const char *value)
{
    asl__buf_append_cstring(head, name);
    asl__buf_append(head, ": ", 2);
    asl__buf_append_cstring(head, value);
    asl__buf_append(head, "\r\n", 2);
}

static bool has_field(const asl__http_spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->nfields; i++)
        if (strcasecmp(spec->fields[i].name, name) == 0)
            return true;
    return false;
}

/* Whether the connection's affairs, which are ours, are meant. */
static bool is_ours(const char *name)
{
    static const char *const ours[] = { "Connection",
                                        "Content-Length",
                                        "Transfer-Encoding",
                                        "Proxy-Authorization",
                                        "Keep-Alive",
                                        "Upgrade",
                                        "TE" };

    for (size_t i = 0; i < ASL__COUNT_OF(ours); i++)
        if (strcasecmp(name, ours[i]) == 0)
            return true;
    return false;
}

static void append_request_line(struct asl__buf *head, const asl__http_request *request)
{
    const struct asl__http_url *url = &request->url;

    asl__buf_append_cstring(head, request->spec.method);
    asl__buf_append_char(head, ' ');
    if (request->origin->proxy != NULL && !url->tls) {
        asl__buf_append_cstring(head, "http://");
        asl__http_append_peer(head, &url->peer, 80);
    }
    if (url->bare)
        asl__buf_append_char(head, '/');
    asl__buf_append(head, url->target, url->target_len);
    asl__buf_append_cstring(head, " HTTP/1.1\r\n");
}

/* RFC 9110 8.6: these say how much, even if it is nothing. */
static bool means_a_body(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

static void append_fields(struct asl__buf *head, const asl__http_request *request)
{
    const asl__http_spec *spec = &request->spec;
    const struct asl__http_proxy *proxy = request->origin->proxy;

    if (!has_field(spec, "Host")) {
        asl__buf_append_cstring(head, "Host: ");
        asl__http_append_peer(head, &request->url.peer, request->url.tls ? 443 : 80);
        asl__buf_append(head, "\r\n", 2);
    }
    for (size_t i = 0; i < spec->nfields; i++)
        if (!is_ours(spec->fields[i].name))
            append_field(head, spec->fields[i].name, spec->fields[i].value);
    if (!has_field(spec, "Accept-Encoding") && !spec->as_sent)
        append_field(head, "Accept-Encoding", "gzip, deflate");
    if (spec->body != NULL || means_a_body(spec->method))
        asl__buf_printf(head, "Content-Length: %zu\r\n",
                        spec->body != NULL ? spec->body_len : 0);
    if (proxy != NULL && !request->url.tls && proxy->authorization != NULL)
        append_field(head, "Proxy-Authorization", proxy->authorization);
    append_field(head, "Connection", "keep-alive");
}

bool asl__http_write_head(asl__http_request *request)
{
    struct asl__buf *head = &request->head;
    const asl__http_spec *spec = &request->spec;

    head->len = 0;
    append_request_line(head, request);
    append_fields(head, request);
    asl__buf_append(head, "\r\n", 2);
    request->body_in_head = spec->body != NULL && spec->body_len <= BODY_IN_HEAD;
    if (request->body_in_head)
        asl__buf_append(head, spec->body, spec->body_len);
    return !head->failed;
}

void asl__http_write_connect(struct asl__buf *head, const asl__http_origin *origin)
{
    asl__buf_append_cstring(head, "CONNECT ");
    asl__http_append_peer(head, &origin->peer, 0);
    asl__buf_append_cstring(head, " HTTP/1.1\r\nHost: ");
    asl__http_append_peer(head, &origin->peer, 0);
    asl__buf_append(head, "\r\n", 2);
    if (origin->proxy->authorization != NULL)
        append_field(head, "Proxy-Authorization", origin->proxy->authorization);
    asl__buf_append(head, "\r\n", 2);
}
