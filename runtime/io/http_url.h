/* URLs, and which proxy the environment wants for one. */
#ifndef ASL_IO_HTTP_URL_H
#define ASL_IO_HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASL__HTTP_HOST_MAX 256 /* with the NUL */

/* Who is to be connected to. */
struct asl__http_peer {
    char host[ASL__HTTP_HOST_MAX]; /* lower case; an address without brackets */
    uint16_t port;
};

/* A URL, taken apart.  TARGET points into its text. */
struct asl__http_url {
    bool tls; /* https */
    struct asl__http_peer peer;
    bool bare;          /* the path is empty: "/" stands before TARGET */
    const char *target; /* path and query as they go out */
    size_t target_len;
};

/* Reads TEXT; false with a reason in *WHY. */
bool asl__http_url_read(const char *text, struct asl__http_url *url, const char **why);
/* Whether HOST is written as an IPv6 address. */
bool asl__http_is_ipv6(const char *host);

/* Proxies by http_proxy, https_proxy, all_proxy and no_proxy. */
struct asl__http_proxy {
    bool used;
    const char
        *broken; /* not NULL: the variable's name, which means no proxy we know */
    struct asl__http_peer peer;
    char *authorization; /* the value of Proxy-Authorization; NULL: none */
};
struct asl__http_proxies {
    struct asl__http_proxy http, https;
    const char *except; /* no_proxy; belongs to the environment */
};

/* ENV ends with NULL and must outlive PROXIES.  False without memory. */
bool asl__http_proxies_read(struct asl__http_proxies *proxies, char *const *env);
void asl__http_proxies_free(struct asl__http_proxies *proxies);
/* The proxy for URL, or NULL. */
const struct asl__http_proxy *
asl__http_proxy_for(const struct asl__http_proxies *proxies,
                    const struct asl__http_url *url);
/* Room for LEN bytes in base64 and a NUL. */
#define ASL__HTTP_BASE64(len) (((len) + 2) / 3 * 4 + 1)
/* Writes them. */
void asl__http_base64(char *to, const char *from, size_t len);
/* The value of the variable NAME in ENV, or NULL. */
const char *asl__http_variable(char *const *env, const char *name);

#endif
