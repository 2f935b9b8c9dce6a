/* Asks for approval: says on stderr what is to be approved, and how.  A real one would write
 * a mail, or a message to a chat. */
#include <aslrt/task.h>

#include <stdio.h>

static asl_value ask(asl_task_call *call, asl_value input)
{
    asl_value who = asl_get(input, "who"), token = asl_get(input, "token");
    asl_value amount = asl_to_json(asl_task_region(call), asl_get(input, "amount"));

    if (!asl_is_string(who) || !asl_is_string(amount))
        return asl_task_error(call, "BadExpense", "an expense has who and amount");
    fprintf(stderr,
            "%.*s asks for %.*s. To approve or to refuse it:\n"
            "  ./approval task-success %.*s --control approval.sock\n"
            "  ./approval task-failure %.*s --control approval.sock --error Refused "
            "--cause WHY\n",
            (int)asl_text_len(who), asl_text(&who), (int)asl_text_len(amount),
            asl_text(&amount), (int)asl_text_len(token), asl_text(&token),
            (int)asl_text_len(token), asl_text(&token));
    return asl_null();
}
ASL_TASK(ask, ask)
