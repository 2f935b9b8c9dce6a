/* TLS by OpenSSL, for asl__http_options.tls. */
#ifndef ASL_IO_TLS_H
#define ASL_IO_TLS_H

#include "io/http.h"

extern const asl__http_tls asl__openssl;

#endif
