/* Unit tests of JSONata: parse. */
#include "base.h"

#include <check.h>

int main(void)
{
    Suite *suite = suite_create("query parse");
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
