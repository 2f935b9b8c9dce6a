/* Unit tests of JSONata: call. */
#include "base.h"

#include <check.h>

int main(void)
{
    Suite *suite = suite_create("query call");
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
