/* The tasks of W3 in C: what the floor does in its own functions. */
#include <aslrt/task.h>

#include <stdatomic.h>

static asl_value check(asl_task_call *call, asl_value input)
{
    asl_region *r = asl_task_region(call);
    asl_value out = asl_object();

    if (asl_to_double(asl_get(input, "lines")) != 10)
        return asl_task_error(call, "Wrong", "lines");
    out = asl_set(r, out, asl_str("good"), asl_boolean(true));
    out = asl_set(r, out, asl_str("rules"), asl_integer(3));
    return asl_set(r, out, asl_str("unused"), asl_str("is dropped"));
}

static asl_value lookup(asl_task_call *call, asl_value input)
{
    asl_region *r = asl_task_region(call);
    asl_value out = asl_set(r, asl_object(), asl_str("id"), asl_get(input, "id"));

    out = asl_set(r, out, asl_str("class"), asl_str("first"));
    return asl_set(r, out, asl_str("mail"), asl_str("c-5@example.org"));
}

static asl_value price(asl_task_call *call, asl_value input)
{
    asl_value line = asl_get(input, "line");
    double sum =
        asl_to_double(asl_get(line, "count")) * asl_to_double(asl_get(line, "each"));
    const asl_value keys[] = { asl_str("article"), asl_str("sum"), asl_str("class"),
                               asl_str("number") };
    const asl_value values[] = { asl_get(line, "article"), asl_number(sum),
                                 asl_get(input, "class"), asl_get(input, "number") };

    return asl_record(asl_task_region(call), 4, keys, values);
}

static asl_value pay(asl_task_call *call, asl_value input)
{
    static atomic_uint calls; /* each first attempt fails */
    asl_region *r = asl_task_region(call);

    (void)input;
    if (atomic_fetch_add(&calls, 1) % 2 == 0)
        return asl_task_error(call, "Busy", "once more");
    asl_value out = asl_set(r, asl_object(), asl_str("id"), asl_str("p-1"));
    return asl_set(r, out, asl_str("amount"), asl_integer(100));
}

static asl_value take(asl_task_call *call, asl_value input)
{
    (void)input;
    return asl_task_error(call, "SoldOut", "none left");
}

static asl_value tell(asl_task_call *call, asl_value input)
{
    (void)input;
    return asl_set(asl_task_region(call), asl_object(), asl_str("told"),
                   asl_boolean(true));
}

ASL_TASK(check, check)
ASL_TASK(lookup, lookup)
ASL_TASK(price, price)
ASL_TASK(pay, pay)
ASL_TASK(take, take)
ASL_TASK(tell, tell)
