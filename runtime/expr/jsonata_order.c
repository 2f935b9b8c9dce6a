/* JSONata: order. */
#include "expr/query.h"
