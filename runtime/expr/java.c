/* Values as Java's toString prints them. */
#include "../value/base.h"

#include "java.h"

void asl__java_print(struct asl__buf *buf, asl_value v)
{
    size_t count = asl_count(v);

    if (asl_is_string(v)) {
        asl__buf_append(buf, asl_text(&v), asl_text_len(v));
        return;
    }
    if (!asl_is_array(v) && !asl_is_object(v)) {
        asl__print(buf, v);
        return;
    }
    asl__buf_append_char(buf, asl_is_array(v) ? '[' : '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            asl__buf_append_cstring(buf, ", ");
        if (asl_is_object(v)) {
            asl__java_print(buf, asl_member_at(v, i)->key);
            asl__buf_append_char(buf, '=');
            asl__java_print(buf, asl_member_at(v, i)->value);
        } else {
            asl__java_print(buf, asl_at(v, i));
        }
    }
    asl__buf_append_char(buf, asl_is_array(v) ? ']' : '}');
}
