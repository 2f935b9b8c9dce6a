/* TLS for the HTTP client, by OpenSSL (see http_tls.h).  A certificate must lead to one
 * that is trusted and be for the host that was asked for; TLS 1.2 at least.
 *
 * Trusted is what SSL_CERT_FILE and SSL_CERT_DIR name, else what this system has in one of
 * the usual places: a static program may run elsewhere than where it was built. */
#include "value/base.h"

#include "io/http_tls.h"
#include "io/http_url.h"
#include "io/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

struct asl__tls_context {
    SSL_CTX *ctx;
};

struct asl__tls_session {
    SSL *ssl;
    void **resume;
    bool agreed; /* the handshake is over */
};

/* ---- messages ------------------------------------------------------------------- */

static void say(char *why, const char *what, const char *more)
{
    snprintf(why, ASL__HTTP_MESSAGE, "%s%s%s", what, *more != '\0' ? ": " : "", more);
}

/* What OpenSSL has last complained of; "" if nothing. */
static const char *complaint(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_error());

    return text != NULL ? text : "";
}

/* ---- the context ---------------------------------------------------------------- */

static bool trust_system(SSL_CTX *ctx)
{
    static const char *const files[] = {
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem", "/etc/ssl/cert.pem"
    };

    for (size_t i = 0; i < ASL__COUNT_OF(files); i++)
        if (access(files[i], R_OK) == 0 && SSL_CTX_load_verify_file(ctx, files[i]) == 1)
            return true;
    return SSL_CTX_load_verify_dir(ctx, "/etc/ssl/certs") == 1;
}

static bool trust(SSL_CTX *ctx, const asl__http_options *options, char *why)
{
    const char *file = asl__http_variable(options->env, "SSL_CERT_FILE");
    const char *folder = asl__http_variable(options->env, "SSL_CERT_DIR");

    if (file != NULL && *file != '\0' && SSL_CTX_load_verify_file(ctx, file) != 1) {
        say(why, "SSL_CERT_FILE has no certificates", complaint());
        return false;
    }
    if (folder != NULL && *folder != '\0' &&
        SSL_CTX_load_verify_dir(ctx, folder) != 1) {
        say(why, "SSL_CERT_DIR is no folder of certificates", complaint());
        return false;
    }
    if ((file == NULL || *file == '\0') && (folder == NULL || *folder == '\0'))
        trust_system(ctx); /* without any, no certificate will be good */
    return true;
}

/* The server has a ticket for the next time. */
static int on_ticket(SSL *ssl, SSL_SESSION *ticket)
{
    const asl__tls_session *session = SSL_get_app_data(ssl);
    SSL_SESSION *old = *session->resume;

    *session->resume = ticket;
    SSL_SESSION_free(old);
    return 1; /* it is ours */
}

static bool set_up(SSL_CTX *ctx, const asl__http_options *options, char *why)
{
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, on_ticket);
    SSL_CTX_set_verify(ctx, options->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                       NULL);
    return options->insecure || trust(ctx, options, why);
}

static asl__tls_context *open_context(const asl__http_options *options, char *why)
{
    asl__tls_context *context = calloc(1, sizeof *context);

    ERR_clear_error();
    if (context != NULL)
        context->ctx = SSL_CTX_new(TLS_client_method());
    if (context != NULL && context->ctx != NULL) {
        if (set_up(context->ctx, options, why))
            return context;
    } else {
        say(why, "TLS cannot be set up", complaint());
    }
    if (context != NULL)
        SSL_CTX_free(context->ctx);
    free(context);
    return NULL;
}

static void close_context(asl__tls_context *context)
{
    SSL_CTX_free(context->ctx);
    free(context);
}

/* ---- a session ------------------------------------------------------------------ */

/* Who the certificate must be for. */
static bool expect(SSL *ssl, const char *host)
{
    unsigned char address[16];

    if (inet_pton(AF_INET, host, address) == 1 ||
        inet_pton(AF_INET6, host, address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

static asl__tls_session *begin_session(asl__tls_context *context,
                                       const asl__tls_peer *peer)
{
    static const unsigned char protocols[] = "\x08http/1.1";
    asl__tls_session *session = calloc(1, sizeof *session);

    if (session == NULL)
        return NULL;
    session->resume = peer->resume;
    session->ssl = SSL_new(context->ctx);
    if (session->ssl == NULL || SSL_set_fd(session->ssl, peer->fd) != 1 ||
        SSL_set_app_data(session->ssl, session) != 1 ||
        !expect(session->ssl, peer->host)) {
        SSL_free(session->ssl);
        free(session);
        return NULL;
    }
    SSL_set_alpn_protos(session->ssl, protocols, sizeof protocols - 1);
    if (*peer->resume != NULL)
        SSL_set_session(session->ssl, *peer->resume);
    SSL_set_connect_state(session->ssl);
    return session;
}

static void end_session(asl__tls_session *session)
{
    ERR_clear_error();
    if (session->agreed)
        SSL_shutdown(session->ssl); /* tells the other side, which need not answer */
    ERR_clear_error();
    SSL_free(session->ssl);
    free(session);
}

static void forget(void **resume)
{
    SSL_SESSION_free(*resume);
    *resume = NULL;
}

/* What RESULT of an operation means; FAILED puts the reason into WHY. */
static int result_of(const asl__tls_session *session, int result, char *why)
{
    const char *text = errno != 0 ? strerrordesc_np(errno) : NULL;

    switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ: return ASL__TLS_WANTS_READ;
    case SSL_ERROR_WANT_WRITE: return ASL__TLS_WANTS_WRITE;
    case SSL_ERROR_ZERO_RETURN: return ASL__TLS_CLOSED;
    case SSL_ERROR_SYSCALL:
        say(why, text != NULL ? text : "the connection ended", "");
        return ASL__TLS_FAILED;
    default: say(why, "TLS", complaint()); return ASL__TLS_FAILED;
    }
}

static int handshake(asl__tls_session *session, char *why)
{
    ERR_clear_error();
    errno = 0;
    int result = SSL_do_handshake(session->ssl);
    long verdict = SSL_get_verify_result(session->ssl);

    if (result == 1) {
        session->agreed = true;
        return 1;
    }
    result = result_of(session, result, why);
    if (result == ASL__TLS_CLOSED)
        say(why, "the connection ended within the handshake", "");
    if (result == ASL__TLS_FAILED && verdict != X509_V_OK)
        say(why, "its certificate is not trusted",
            X509_verify_cert_error_string(verdict));
    return result == ASL__TLS_CLOSED ? ASL__TLS_FAILED : result;
}

static int at_most(size_t len)
{
    return len < INT_MAX ? (int)len : INT_MAX;
}

static ssize_t read_some(asl__tls_session *session, char *data, size_t len, char *why)
{
    ERR_clear_error();
    errno = 0;
    int n = SSL_read(session->ssl, data, at_most(len));
    return n > 0 ? n : result_of(session, n, why);
}

static ssize_t write_some(asl__tls_session *session, const char *data, size_t len,
                          char *why)
{
    ERR_clear_error();
    errno = 0;
    int n = SSL_write(session->ssl, data, at_most(len));
    if (n > 0)
        return n;
    n = result_of(session, n, why);
    return n == ASL__TLS_CLOSED ? ASL__TLS_FAILED : n;
}

const asl__http_tls asl__openssl = { open_context, close_context, begin_session,
                                     end_session,  handshake,     read_some,
                                     write_some,   forget };
