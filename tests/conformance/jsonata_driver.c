/* Runs compiled expressions: expressions.c is what `aslc emit --expressions` has written.
 *
 * Standard input has a line of JSON for each evaluation, {"case": number, "input": value,
 * "bindings": {...}}; standard output gets one for each: {"result": value}, {"undefined": true},
 * {"function": true} or {"error": {"code", "message"}}. */
#include <stdio.h>
#include <stdlib.h>

#include EXPRESSIONS

static void print(asl_region *region, asl_value v)
{
    asl_value text = asl_to_json(region, v);

    fwrite(asl_text(&text), 1, asl_text_len(text), stdout);
}

static void print_error(asl_region *region, asl_value code, asl_value message)
{
    const asl_member members[] = {
        { asl_str("code"), asl_is_undefined(code) ? asl_str("") : code },
        { asl_str("message"), asl_is_undefined(message) ? asl_str("") : message }
    };

    fputs("{\"error\":", stdout);
    print(region, asl_object_of(region, 2, members));
    fputs("}\n", stdout);
}

static void evaluate(asl_region *region, asl_value line)
{
    asl_eval e = { .region = region,
                   .input = asl_get(line, "input"),
                   .result = asl_get(line, "bindings") };
    asl_eval_begin(&e);
    size_t number = (size_t)asl_to_double(asl_get(line, "case"));
    const struct expression *x = &expressions[number];

    if (number >= nexpressions || !x->run) {
        print_error(region, asl_cstring(region, x->code), asl_cstring(region, x->message));
        return;
    }
    asl_value calls = asl_get(line, "calls"), time = asl_get(line, "time");
    if (asl_is_number(calls) &&
        !asl_eval_limit(&e, (uint32_t)asl_to_double(calls), (uint32_t)asl_to_double(time)))
        exit(1);
    asl_value v = x->run(&e);
    if (asl_is_function(v)) {
        puts("{\"function\":true}");
        return;
    }
    bool finite = asl_tag_of(v) != ASL_DOUBLE || asl_to_double(v) - asl_to_double(v) == 0;
    v = finite ? asl_eval_end(&e, v) : asl_null(); /* as JavaScript prints it */
    if (asl_is_error(v)) {
        print_error(region, asl_error_of(v)->error, asl_error_of(v)->cause);
    } else if (asl_is_undefined(v)) {
        puts("{\"undefined\":true}");
    } else {
        fputs("{\"result\":", stdout);
        print(region, v);
        fputs("}\n", stdout);
    }
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    while ((len = getline(&line, &room, stdin)) > 0) {
        asl_region *region = asl_region_new();
        asl_syntax_error error;
        asl_value v;

        if (!region || !asl_parse(region, line, (size_t)len, &v, &error))
            return 1;
        evaluate(region, v);
        fflush(stdout);
        asl_region_free(region);
    }
    free(line);
    return 0;
}
