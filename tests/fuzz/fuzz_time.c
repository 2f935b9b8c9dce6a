/* Any bytes as a timestamp. */
#include "base.h"

#include "fuzz.h"

#include <aslrt/ops.h>

#include "time.h"

#define DAY INT64_C(86400000000) /* in microseconds */

/* What is printed reads as the same millisecond. */
static void check_round_trip(int64_t microseconds)
{
    char text[ASL__TIME_MAX + 1];
    int64_t again;
    size_t len = asl__time_print(microseconds, text);

    FUZZ_HOLDS(len <= ASL__TIME_MAX && strlen(text) == len);
    /* The profile has years of four digits only. */
    if (microseconds < asl__days_of(0, 1, 1) * DAY ||
        microseconds >= asl__days_of(10000, 1, 1) * DAY)
        return;
    FUZZ_HOLDS(asl__time_parse(text, len, &again));
    FUZZ_HOLDS(again <= microseconds && microseconds - again < 1000);
}

static void check_days(int64_t days)
{
    int64_t year;
    unsigned month, day;

    asl__date_of(days, &year, &month, &day);
    FUZZ_HOLDS(month >= 1 && month <= 12 && day >= 1 && day <= 31);
    FUZZ_HOLDS(asl__days_of(year, month, day) == days);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size ? (const char *)data : "";
    int64_t microseconds = 0, seconds = 0;
    uint32_t nanoseconds = 0;
    bool taken = asl__time_parse(text, size, &microseconds);

    FUZZ_HOLDS(taken == asl__time_parse_exact(text, size, &seconds, &nanoseconds));
    asl_value v = asl_string_in(text, size);
    FUZZ_HOLDS(asl_is_timestamp(v) == taken);
    if (taken) {
        FUZZ_HOLDS(nanoseconds < 1000000000);
        FUZZ_HOLDS(microseconds == seconds * 1000000 + nanoseconds / 1000);
        FUZZ_HOLDS(asl_timestamp_order_at(v, seconds, nanoseconds) == 0);
        FUZZ_HOLDS(asl_timestamp_equals(v, v) && !asl_timestamp_less_than(v, v));
        check_round_trip(microseconds);
    }
    if (size == sizeof microseconds) {
        memcpy(&microseconds, data, sizeof microseconds);
        check_round_trip(microseconds);
        check_days(microseconds / DAY * 400);
    }
    return 0;
}
