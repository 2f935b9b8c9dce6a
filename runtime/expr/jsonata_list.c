/* JSONata: list. */
#include "expr/query.h"
