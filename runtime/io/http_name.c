/* Host names to addresses, by libevent's DNS client: /etc/hosts and the servers of
 * /etc/resolv.conf, without the C library's resolver, which static programs cannot use and
 * which blocks.  Whoever asks for a name that is being looked up waits with the others, and
 * what was found is good for ten seconds. */
#include "value/base.h"

#include "io/http_parts.h"

#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/util.h>

#define GOOD_FOR 10000 /* milliseconds */
#define NAMES_KEPT 256

typedef struct asl__http_name asl__http_name;

struct asl__http_name {
    asl__http_names *names;
    char host[ASL__HTTP_HOST_MAX];
    struct evdns_getaddrinfo_request *asked; /* NULL: not under way */
    bool cancelled, answering;
    asl__http_lookup *waiting;
    asl__http_addresses found;
    int64_t until; /* when what was found is forgotten */
    asl__http_name *next;
};

struct asl__http_names {
    struct event_base *base;
    struct evdns_base *dns;      /* NULL: not asked yet */
    const char *hosts, *servers; /* files */
    asl__http_name *first;       /* newest first */
    size_t count;
};

/* ---- addresses ------------------------------------------------------------------ */

static void add_address(asl__http_addresses *to, const void *address, size_t size)
{
    if (to->count < ASL__HTTP_ADDRESSES)
        memcpy(&to->list[to->count++], address, size);
}

static void add_family(asl__http_addresses *to, const struct evutil_addrinfo *list,
                       int family)
{
    for (; list != NULL; list = list->ai_next)
        if (list->ai_family == family)
            add_address(to, list->ai_addr,
                        family == AF_INET ? sizeof(struct sockaddr_in)
                                          : sizeof(struct sockaddr_in6));
}

/* What HOST says by itself: an address, or this machine's names (RFC 6761 6.3). */
static bool is_known(const char *host, asl__http_addresses *found)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    size_t len = strlen(host);

    found->count = 0;
    if (strcmp(host, "localhost") == 0 ||
        (len > 10 && strcmp(host + len - 10, ".localhost") == 0)) {
        v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        v6.sin6_addr = in6addr_loopback;
        add_address(found, &v4, sizeof v4);
        add_address(found, &v6, sizeof v6);
    } else if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        add_address(found, &v4, sizeof v4);
    } else if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
        add_address(found, &v6, sizeof v6);
    }
    return found->count > 0;
}

/* A name that is none (RFC 6761 6.4). */
static bool is_invalid(const char *host)
{
    size_t len = strlen(host);

    return len > 8 && strcmp(host + len - 8, ".invalid") == 0;
}

/* ---- the table ------------------------------------------------------------------ */

asl__http_names *asl__http_names_new(struct event_base *base,
                                     const asl__http_options *options)
{
    asl__http_names *names = calloc(1, sizeof *names);

    if (names == NULL)
        return NULL;
    names->base = base;
    names->hosts = options->hosts != NULL ? options->hosts : "/etc/hosts";
    names->servers =
        options->resolv_conf != NULL ? options->resolv_conf : "/etc/resolv.conf";
    return names;
}

/* Reads both files, when first a name is asked for; false without memory. */
static bool open_dns(asl__http_names *names)
{
    if (names->dns != NULL)
        return true;
    names->dns = evdns_base_new(names->base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    if (names->dns == NULL)
        return false;
    /* Without servers in it, evdns asks this machine's own. */
    evdns_base_resolv_conf_parse(
        names->dns, DNS_OPTION_SEARCH | DNS_OPTION_NAMESERVERS | DNS_OPTION_MISC,
        names->servers);
    evdns_base_load_hosts(names->dns, names->hosts);
    return true;
}

static asl__http_name *find(asl__http_names *names, const char *host)
{
    asl__http_name *name = names->first;

    while (name != NULL && strcmp(name->host, host) != 0)
        name = name->next;
    return name;
}

/* Drops names that nobody waits for and whose time is over, or any such if ALL. */
static void forget(asl__http_names *names, bool all)
{
    int64_t now = asl__http_now();

    for (asl__http_name **link = &names->first; *link != NULL;) {
        asl__http_name *name = *link;
        if (name->asked != NULL || name->answering || (!all && name->until > now)) {
            link = &name->next;
            continue;
        }
        *link = name->next;
        names->count--;
        free(name);
    }
}

static asl__http_name *add(asl__http_names *names, const char *host)
{
    asl__http_name *name;

    if (names->count >= NAMES_KEPT)
        forget(names, false);
    if (names->count >= NAMES_KEPT)
        forget(names, true);
    name = calloc(1, sizeof *name);
    if (name == NULL)
        return NULL;
    name->names = names;
    memcpy(name->host, host, strlen(host) + 1);
    name->next = names->first;
    names->first = name;
    names->count++;
    return name;
}

/* Whether libevent still has something to tell of a name that nobody waits for. */
static bool cancel_all(asl__http_names *names)
{
    bool busy = false;

    for (asl__http_name *name = names->first; name != NULL; name = name->next) {
        if (name->asked == NULL)
            continue;
        busy = true;
        if (!name->cancelled)
            evdns_getaddrinfo_cancel(name->asked);
        name->cancelled = true;
    }
    return busy;
}

bool asl__http_names_free(asl__http_names *names)
{
    if (names == NULL)
        return true;
    if (cancel_all(names))
        return false;
    if (names->dns != NULL)
        evdns_base_free(names->dns, 1);
    while (names->first != NULL) {
        asl__http_name *name = names->first;
        names->first = name->next;
        free(name);
    }
    free(names);
    return true;
}

/* ---- asking --------------------------------------------------------------------- */

static void tell(asl__http_name *name, const char *why)
{
    const asl__http_addresses found = name->found; /* NAME may go meanwhile */

    name->answering = true;
    while (name->waiting != NULL) {
        asl__http_lookup *lookup = name->waiting;
        name->waiting = lookup->next;
        lookup->name = NULL;
        lookup->done(lookup, found.count > 0 ? &found : NULL, why);
    }
    name->answering = false;
}

/* What a failure of libevent's lookup means. */
static const char *why(int result)
{
    switch (result) {
    case EVUTIL_EAI_NONAME:
    case EVUTIL_EAI_NODATA: return "there is no such name";
    case EVUTIL_EAI_MEMORY: return "out of memory";
    case 0: return "the name has no address";
    default: return "the name servers have no answer";
    }
}

static void on_found(int result, struct evutil_addrinfo *list, void *user)
{
    asl__http_name *name = user;

    name->asked = NULL;
    if (result == EVUTIL_EAI_CANCEL)
        return;
    name->found.count = 0;
    if (result == 0) {
        add_family(&name->found, list, AF_INET);
        add_family(&name->found, list, AF_INET6);
        evutil_freeaddrinfo(list);
        name->until = asl__http_now() + GOOD_FOR;
    }
    tell(name, why(result));
}

static void ask(asl__http_name *name)
{
    struct evutil_addrinfo hints = { .ai_family = AF_UNSPEC,
                                     .ai_socktype = SOCK_STREAM,
                                     .ai_protocol = IPPROTO_TCP };

    name->asked =
        evdns_getaddrinfo(name->names->dns, name->host, NULL, &hints, on_found, name);
}

void asl__http_names_ask(asl__http_names *names, const char *host,
                         asl__http_lookup *lookup)
{
    asl__http_addresses known;
    asl__http_name *name;

    lookup->name = NULL;
    if (is_known(host, &known)) {
        lookup->done(lookup, &known, "");
        return;
    }
    if (is_invalid(host)) {
        lookup->done(lookup, NULL, "there is no such name");
        return;
    }
    name = find(names, host);
    if (name != NULL && name->found.count > 0 && name->until > asl__http_now()) {
        lookup->done(lookup, &name->found, "");
        return;
    }
    if (name == NULL && open_dns(names))
        name = add(names, host);
    if (name == NULL) {
        lookup->done(lookup, NULL, "out of memory");
        return;
    }
    bool first = name->waiting == NULL && name->asked == NULL && !name->answering;
    lookup->name = name;
    lookup->next = name->waiting;
    name->waiting = lookup;
    if (first)
        ask(name);
}

void asl__http_names_leave(asl__http_lookup *lookup)
{
    asl__http_name *name = lookup->name;

    if (name == NULL)
        return;
    for (asl__http_lookup **link = &name->waiting; *link != NULL; link = &(*link)->next)
        if (*link == lookup) {
            *link = lookup->next;
            break;
        }
    lookup->name = NULL;
}
