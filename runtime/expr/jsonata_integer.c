/* JSONata: integer. */
#include "expr/query.h"
