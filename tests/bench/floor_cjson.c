/* The work loads by hand over cJSON documents, as one would write them without any engine.
 *
 * usage: floor_cjson w1|w1copy|w2|w3|w4|w5|json INPUT RUNS [print]
 * Prints one line: median seconds to read, to run, to print; the last output's bytes.
 * With `print` the last output goes to stdout before it (and RUNS is taken as 1). */
#include "floor.h"

#include <cjson/cJSON.h>

#define GET cJSON_GetObjectItemCaseSensitive

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = GET(object, key);

    if (!cJSON_IsNumber(item)) {
        fprintf(stderr, "no number %s\n", key);
        exit(1);
    }
    return item->valuedouble;
}

/* TO gets a copy of FROM's member. */
static void copy(cJSON *to, const char *as, const cJSON *from, const char *key)
{
    cJSON_AddItemToObject(to, as, cJSON_Duplicate(GET(from, key), 1));
}

static void move(cJSON *to, const char *as, cJSON *from, const char *key)
{
    cJSON_AddItemToObject(to, as, cJSON_DetachItemFromObjectCaseSensitive(from, key));
}

/* An engine that keeps each state's input: each state copies its document. */
static cJSON *w1copy(cJSON *d)
{
    for (int i = 0; i < 1000; i++) {
        cJSON *next = cJSON_Duplicate(d, 1);
        cJSON_Delete(d);
        d = next;
    }
    return d;
}

static cJSON *w1(cJSON *d)
{
    for (int i = 0; i < 1000; i++)
        __asm__ volatile("" : "+r"(d) : : "memory");
    return d;
}

static cJSON *w2(cJSON *d)
{
    enum { AGAIN, COUNT, OVER } state = AGAIN;

    for (;;)
        switch (state) {
        case AGAIN: state = number(d, "at") < number(d, "end") ? COUNT : OVER; break;
        case COUNT: {
            cJSON *next = cJSON_CreateObject();
            cJSON_AddNumberToObject(next, "at", number(d, "at") + 1);
            copy(next, "end", d, "end");
            cJSON_Delete(d);
            d = next;
            state = AGAIN;
            break;
        }
        case OVER: return d;
        }
}

/* ---- W3: its tasks, then the workflow ------------------------------------------- */

static cJSON *check(const cJSON *in)
{
    cJSON *out = cJSON_CreateObject();

    if (number(in, "lines") != 10)
        exit(1);
    cJSON_AddTrueToObject(out, "good");
    cJSON_AddNumberToObject(out, "rules", 3);
    cJSON_AddStringToObject(out, "unused", "is dropped");
    return out;
}

static cJSON *lookup(const cJSON *in)
{
    cJSON *out = cJSON_CreateObject();

    copy(out, "id", in, "id");
    cJSON_AddStringToObject(out, "class", "first");
    cJSON_AddStringToObject(out, "mail", "c-5@example.org");
    return out;
}

static cJSON *price(const cJSON *in)
{
    cJSON *out = cJSON_CreateObject();
    const cJSON *line = GET(in, "line");

    copy(out, "article", line, "article");
    cJSON_AddNumberToObject(out, "sum", number(line, "count") * number(line, "each"));
    copy(out, "class", in, "class");
    copy(out, "number", in, "number");
    return out;
}

static cJSON *pay(const char **error)
{
    static unsigned calls;

    if (calls++ % 2 == 0) {
        *error = "Busy";
        return NULL;
    }
    cJSON *out = cJSON_CreateObject();
    cJSON_AddStringToObject(out, "id", "p-1");
    cJSON_AddNumberToObject(out, "amount", 100);
    return out;
}

static void w3_begin(cJSON *d)
{
    cJSON *in = cJSON_CreateObject(), *kept = cJSON_CreateObject();

    copy(in, "order", d, "order");
    cJSON_AddNumberToObject(in, "lines", cJSON_GetArraySize(GET(d, "lines")));
    cJSON *answer = check(in);
    move(kept, "good", answer, "good");
    move(kept, "rules", answer, "rules");
    cJSON_Delete(answer);
    cJSON_Delete(in);
    cJSON_AddItemToObject(d, "check", kept);
    if (!cJSON_IsTrue(GET(kept, "good")) || number(kept, "rules") <= 0)
        exit(1);
    in = cJSON_CreateObject();
    copy(in, "id", d, "customer");
    cJSON *more = cJSON_CreateObject(), *delivery = cJSON_CreateObject();
    cJSON_AddItemToObject(more, "customer", lookup(in));
    cJSON_Delete(in);
    cJSON_AddStringToObject(delivery, "by", "van");
    cJSON_AddNumberToObject(delivery, "price", 6);
    cJSON_AddItemToObject(more, "delivery", delivery);
    cJSON_AddItemToObject(d, "more", more);
}

static void w3_prices(cJSON *d)
{
    const cJSON *line, *customer = GET(GET(d, "more"), "customer");
    cJSON *prices = cJSON_CreateArray();
    int i = 0;

    cJSON_ArrayForEach(line, GET(d, "lines"))
    {
        cJSON *in = cJSON_CreateObject(), *kept = cJSON_CreateObject();
        cJSON_AddNumberToObject(in, "number", i++);
        cJSON_AddItemToObject(in, "line", cJSON_Duplicate(line, 1));
        copy(in, "class", customer, "class");
        cJSON *answer = price(in);
        cJSON_Delete(in);
        move(kept, "article", answer, "article");
        move(kept, "sum", answer, "sum");
        cJSON_Delete(answer);
        cJSON_AddItemToArray(prices, kept);
    }
    cJSON_AddItemToObject(d, "prices", prices);
}

static void w3_payment(cJSON *d)
{
    cJSON *in = cJSON_CreateObject(), *missing = cJSON_CreateObject(),
          *stock = cJSON_CreateObject(), *answer;
    const char *error = "";

    copy(in, "order", d, "order");
    copy(in, "who", GET(GET(d, "more"), "customer"), "id");
    for (int tries = 0; (answer = pay(&error)) == NULL; tries++)
        if (strcmp(error, "Busy") != 0 || tries == 3)
            exit(1);
    cJSON_Delete(in);
    cJSON_AddItemToObject(d, "payment", answer);
    cJSON_AddStringToObject(missing, "Error", "SoldOut");
    cJSON_AddStringToObject(missing, "Cause", "none left");
    cJSON_AddItemToObject(d, "missing", missing);
    cJSON_AddTrueToObject(stock, "later");
    cJSON_AddNumberToObject(stock, "days", 4);
    cJSON_AddItemToObject(d, "stock", stock);
}

static cJSON *w3(cJSON *d)
{
    cJSON *out = cJSON_CreateObject();
    const cJSON *item;
    char text[128];

    w3_begin(d);
    w3_prices(d);
    w3_payment(d);
    copy(out, "order", d, "order");
    snprintf(text, sizeof text, "%s with %d lines", GET(d, "order")->valuestring,
             cJSON_GetArraySize(GET(d, "prices")));
    cJSON_AddStringToObject(out, "text", text);
    cJSON *sums = cJSON_AddArrayToObject(out, "sums");
    cJSON_ArrayForEach(item, GET(d, "prices"))
        cJSON_AddItemToArray(sums, cJSON_Duplicate(GET(item, "sum"), 1));
    move(out, "payment", d, "payment");
    move(out, "delivery", GET(d, "more"), "delivery");
    move(out, "stock", d, "stock");
    move(out, "why", GET(d, "missing"), "Error");
    cJSON_Delete(d);
    cJSON *told = cJSON_CreateObject();
    cJSON_AddTrueToObject(told, "told");
    cJSON_Delete(told);
    return out;
}

static cJSON *w4(cJSON *d)
{
    cJSON *out = cJSON_CreateArray();
    const cJSON *item;
    int i = 0;

    cJSON_ArrayForEach(item, GET(d, "items"))
    {
        cJSON *in = cJSON_CreateObject(), *made = cJSON_CreateObject();
        cJSON_AddNumberToObject(in, "at", i++);
        cJSON_AddItemToObject(in, "item", cJSON_Duplicate(item, 1));
        copy(in, "rate", d, "rate");
        const cJSON *x = GET(in, "item");
        copy(made, "id", x, "id");
        cJSON_AddNumberToObject(made, "sum", number(x, "x") + number(x, "y"));
        cJSON_Delete(in);
        cJSON_AddStringToObject(made, "state", "ok");
        cJSON_AddItemToArray(out, made);
    }
    cJSON_Delete(d);
    return out;
}

/* In place. */
static cJSON *w5(cJSON *d)
{
    char key[8];

    for (int i = 0; i < 30; i++) {
        snprintf(key, sizeof key, "m%02d", i);
        cJSON_AddNumberToObject(d, key, i);
    }
    return d;
}

static cJSON *same(cJSON *d)
{
    return d;
}

static const struct {
    const char *name;
    cJSON *(*run)(cJSON *d);
} works[] = { { "w1", w1 }, { "w1copy", w1copy }, { "w2", w2 },    { "w3", w3 },
              { "w4", w4 }, { "w5", w5 },         { "json", same } };

static cJSON *(*find(const char *name))(cJSON *)
{
    for (size_t i = 0; i < sizeof works / sizeof *works; i++)
        if (strcmp(works[i].name, name) == 0)
            return works[i].run;
    exit(2);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    cJSON *(*run)(cJSON *) = find(argv[1]);
    int runs = argc > 4 ? 1 : atoi(argv[3]);
    double *read = calloc((size_t)runs, 8), *ran = calloc((size_t)runs, 8),
           *printed = calloc((size_t)runs, 8);
    size_t len, bytes = 0;
    char *text = contents(argv[2], &len);

    for (int i = 0; i < runs; i++) {
        double t0 = now();
        cJSON *d = cJSON_ParseWithLength(text, len);
        double t1 = now();
        if (d == NULL)
            return 1;
        d = run(d);
        double t2 = now();
        char *out = cJSON_PrintUnformatted(d);
        double t3 = now();
        if (argc > 4)
            puts(out);
        bytes = strlen(out);
        free(out);
        cJSON_Delete(d);
        read[i] = t1 - t0;
        ran[i] = t2 - t1;
        printed[i] = t3 - t2;
    }
    printf("%.9g %.9g %.9g %zu\n", median(read, runs), median(ran, runs),
           median(printed, runs), bytes);
    return 0;
}
