/* JSONata: array. */
#include "expr/query.h"
