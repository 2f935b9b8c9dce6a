/* JSONata: case. */
#include "expr/query.h"
