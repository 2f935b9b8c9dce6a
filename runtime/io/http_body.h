/* The body of an answer: counted, decoded, bounded. */
#ifndef ASL_IO_HTTP_BODY_H
#define ASL_IO_HTTP_BODY_H

#include "io/http_answer.h"

/* SIZE bytes will come, not coded.  False: that is too much, and the answer has failed. */
bool asl__http_body_expect(struct asl__http_answer *answer, uint64_t size);
/* LEN bytes as they were sent.  False: the answer has failed. */
bool asl__http_body_add(struct asl__http_answer *answer, const char *data, size_t len);
/* No more will come.  False: the answer has failed. */
bool asl__http_body_finish(struct asl__http_answer *answer);
void asl__http_body_free(struct asl__http_answer *answer);

#endif
