/* See http_url.h. */
#include "value/base.h"

#include "io/http_url.h"

#include <arpa/inet.h>

/* ---- URLs --------------------------------------------------------------------- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Whether TEXT begins with PREFIX (in lower case), in any case. */
static bool has_prefix(const char *text, const char *prefix)
{
    for (; *prefix != '\0'; text++, prefix++)
        if (lower(*text) != *prefix)
            return false;
    return true;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

bool asl__http_is_ipv6(const char *host)
{
    return strchr(host, ':') != NULL;
}

/* Decimal digits up to END as a port; 0 stands for none that is good. */
static uint16_t read_port(const char *text, const char *end)
{
    unsigned port = 0;

    if (text == end)
        return 0;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        port = port * 10 + (unsigned)(*text - '0');
        if (port > 65535)
            return 0;
    }
    return (uint16_t)port;
}

static bool copy_host(char *host, const char *text, size_t len)
{
    if (len == 0 || len >= ASL__HTTP_HOST_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        host[i] = lower(text[i]);
    host[len] = '\0';
    return true;
}

/* [ADDRESS] at TEXT; what follows it, or NULL. */
static const char *read_bracketed(const char *text, const char *end,
                                  struct asl__http_peer *peer)
{
    const char *close = memchr(text, ']', (size_t)(end - text));
    struct in6_addr address;

    if (close == NULL || !copy_host(peer->host, text + 1, (size_t)(close - text - 1)) ||
        inet_pton(AF_INET6, peer->host, &address) != 1)
        return NULL;
    return close + 1;
}

/* A name or an IPv4 address. */
static const char *read_name(const char *text, const char *end,
                             struct asl__http_peer *peer)
{
    const char *stop = memchr(text, ':', (size_t)(end - text));

    if (stop == NULL)
        stop = end;
    if (!copy_host(peer->host, text, (size_t)(stop - text)))
        return NULL;
    for (const char *c = peer->host; *c != '\0'; c++)
        if (!is_name_char(*c))
            return NULL;
    return stop;
}

/* HOST or HOST:PORT in TEXT up to END; a PORT that is not there stays as it is. */
static bool read_peer(const char *text, const char *end, struct asl__http_peer *peer,
                      const char **why)
{
    *why = "its host is no host's name or address";
    const char *rest = text < end && *text == '[' ? read_bracketed(text, end, peer)
                                                  : read_name(text, end, peer);
    if (rest == NULL)
        return false;
    if (rest == end)
        return true;
    *why = "its port is no port's number";
    if (*rest != ':')
        return false;
    if (rest + 1 == end) /* RFC 3986 3.2.3: it may be empty */
        return true;
    peer->port = read_port(rest + 1, end);
    return peer->port != 0;
}

bool asl__http_url_read(const char *text, struct asl__http_url *url, const char **why)
{
    const char *authority;

    if (has_prefix(text, "https://")) {
        url->tls = true;
        authority = text + 8;
    } else if (has_prefix(text, "http://")) {
        url->tls = false;
        authority = text + 7;
    } else {
        *why = "it is neither http:// nor https://";
        return false;
    }
    *why = "it has characters that a URL writes with %";
    for (const char *c = authority; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~')
            return false;
    const char *end = authority + strcspn(authority, "/?#");
    *why = "a user's name and password belong into a header";
    if (memchr(authority, '@', (size_t)(end - authority)) != NULL)
        return false;
    url->peer.port = url->tls ? 443 : 80;
    if (!read_peer(authority, end, &url->peer, why))
        return false;
    url->bare = *end != '/';
    url->target = end;
    url->target_len = strcspn(end, "#");
    return true;
}

/* ---- the environment ------------------------------------------------------------ */

const char *asl__http_variable(char *const *env, const char *name)
{
    size_t len = strlen(name);

    for (; env != NULL && *env != NULL; env++)
        if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
            return *env + len + 1;
    return NULL;
}

/* NAME, in lower case, else in upper case; NULL if empty or not there. */
static const char *variable_of(char *const *env, const char *name)
{
    char upper[16];
    size_t len = strlen(name);
    const char *value = asl__http_variable(env, name);

    for (size_t i = 0; i <= len; i++)
        upper[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] & ~0x20) : name[i];
    if (value == NULL)
        value = asl__http_variable(env, upper);
    return value != NULL && *value != '\0' ? value : NULL;
}

static unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c = lower(c);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* Undoes %XX in LEN bytes of TEXT, in place; the length now. */
static size_t percent_decode(char *text, size_t len)
{
    size_t to = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%' && i + 2 < len && hex_digit(text[i + 1]) < 16 &&
            hex_digit(text[i + 2]) < 16) {
            text[to++] = (char)(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
            i += 2;
        } else {
            text[to++] = text[i];
        }
    }
    return to;
}

void asl__http_base64(char *to, const char *from, size_t len)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        unsigned bits = (unsigned)(uint8_t)from[i] << 16;
        if (i + 1 < len)
            bits |= (unsigned)(uint8_t)from[i + 1] << 8;
        if (i + 2 < len)
            bits |= (uint8_t)from[i + 2];
        *to++ = digits[bits >> 18];
        *to++ = digits[bits >> 12 & 63];
        *to++ = i + 1 < len ? digits[bits >> 6 & 63] : '=';
        *to++ = i + 2 < len ? digits[bits & 63] : '=';
    }
    *to = '\0';
}

/* "Basic ..." for USER:PASSWORD, LEN bytes with %XX in them; NULL without memory. */
static char *basic_authorization(const char *text, size_t len)
{
    char *plain = strndup(text, len);
    char *value = malloc(6 + ASL__HTTP_BASE64(len));

    if (plain != NULL && value != NULL) {
        memcpy(value, "Basic ", 6);
        asl__http_base64(value + 6, plain, percent_decode(plain, len));
    } else {
        free(value);
        value = NULL;
    }
    free(plain);
    return value;
}

/* Reads the proxy that the variable NAME names; false without memory. */
static bool read_proxy(struct asl__http_proxy *proxy, const char *name,
                       const char *value)
{
    const char *start = value, *why;

    proxy->used = true;
    proxy->peer.port = 80;
    if (has_prefix(value, "http://"))
        start += 7;
    else if (strstr(value, "://") != NULL)
        proxy->broken = name;
    const char *end = start + strcspn(start, "/?#");
    const char *at = memchr(start, '@', (size_t)(end - start));
    if (at != NULL) {
        proxy->authorization = basic_authorization(start, (size_t)(at - start));
        if (proxy->authorization == NULL)
            return false;
        start = at + 1;
    }
    if (proxy->broken == NULL && !read_peer(start, end, &proxy->peer, &why))
        proxy->broken = name;
    return true;
}

static bool find_proxy(struct asl__http_proxy *proxy, char *const *env,
                       const char *name)
{
    const char *value = variable_of(env, name);

    if (value == NULL) {
        name = "all_proxy";
        value = variable_of(env, name);
    }
    return value == NULL || read_proxy(proxy, name, value);
}

bool asl__http_proxies_read(struct asl__http_proxies *proxies, char *const *env)
{
    memset(proxies, 0, sizeof *proxies);
    proxies->except = variable_of(env, "no_proxy");
    if (find_proxy(&proxies->http, env, "http_proxy") &&
        find_proxy(&proxies->https, env, "https_proxy"))
        return true;
    asl__http_proxies_free(proxies);
    return false;
}

void asl__http_proxies_free(struct asl__http_proxies *proxies)
{
    free(proxies->http.authorization);
    free(proxies->https.authorization);
    proxies->http.authorization = proxies->https.authorization = NULL;
}

/* ---- no_proxy ------------------------------------------------------------------- */

/* The address that HOST is, in 16 bytes (IPv4 ones mapped); false if it is a name. */
static bool read_address(const char *host, uint8_t *address)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

    if (inet_pton(AF_INET6, host, address) == 1)
        return true;
    memcpy(address, mapped, sizeof mapped);
    return inet_pton(AF_INET, host, address + 12) == 1;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned rest = bits % 8;

    if (memcmp(a, b, bits / 8) != 0)
        return false;
    return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

/* Whether the address HOST lies in ENTRY, ADDRESS/BITS or an address. */
static bool in_network(const char *entry, const char *host)
{
    char network[64];
    uint8_t ours[16], theirs[16];
    size_t len = strcspn(entry, "/");
    unsigned most, bits;

    if (len >= sizeof network || !read_address(host, ours))
        return false;
    memcpy(network, entry, len);
    network[len] = '\0';
    if (!read_address(network, theirs))
        return false;
    most = strchr(network, ':') != NULL ? 128 : 32;
    bits = most;
    if (entry[len] == '/') {
        bits = entry[len + 1] == '0' && entry[len + 2] == '\0'
                   ? 0
                   : read_port(entry + len + 1, entry + strlen(entry));
        if ((bits == 0 && entry[len + 1] != '0') || bits > most)
            return false;
    }
    return same_bits(ours, theirs, 128 - most + bits);
}

/* Whether HOST is ENTRY, or a name below it. */
static bool is_below(const char *entry, const char *host)
{
    size_t len, host_len = strlen(host);

    if (entry[0] == '*' && entry[1] == '.')
        entry++;
    if (entry[0] == '.')
        entry++;
    len = strlen(entry);
    if (len == 0 || len > host_len)
        return false;
    return strcmp(host + host_len - len, entry) == 0 &&
           (len == host_len || host[host_len - len - 1] == '.');
}

/* Cuts a port off ENTRY; false if that is not PORT. */
static bool take_port(char *entry, uint16_t port)
{
    char *colon = strrchr(entry, ':');

    if (entry[0] == '[') {
        char *close = strchr(entry, ']');
        if (close == NULL)
            return false;
        colon = close[1] == ':' ? close + 1 : NULL;
        *close = '\0';
        memmove(entry, entry + 1, strlen(entry));
        if (colon != NULL)
            return read_port(colon + 1, colon + strlen(colon)) == port;
        return true;
    }
    if (colon == NULL || strchr(entry, ':') != colon)
        return true;
    *colon = '\0';
    return read_port(colon + 1, colon + 1 + strlen(colon + 1)) == port;
}

static bool is_excepted(const char *text, size_t len, const struct asl__http_peer *peer)
{
    char entry[ASL__HTTP_HOST_MAX + 8];

    if (len == 0 || len >= sizeof entry)
        return false;
    for (size_t i = 0; i < len; i++)
        entry[i] = lower(text[i]);
    entry[len] = '\0';
    if (strcmp(entry, "*") == 0)
        return true;
    return take_port(entry, peer->port) &&
           (is_below(entry, peer->host) || in_network(entry, peer->host));
}

const struct asl__http_proxy *
asl__http_proxy_for(const struct asl__http_proxies *proxies,
                    const struct asl__http_url *url)
{
    const struct asl__http_proxy *proxy = url->tls ? &proxies->https : &proxies->http;
    const char *entry = proxies->except;

    if (!proxy->used)
        return NULL;
    while (entry != NULL && *entry != '\0') {
        size_t len = strcspn(entry, ", \t");
        if (is_excepted(entry, len, &url->peer))
            return NULL;
        entry += len;
        entry += strspn(entry, ", \t");
    }
    return proxy;
}
