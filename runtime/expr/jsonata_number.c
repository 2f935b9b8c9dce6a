/* JSONata: number. */
#include "expr/query.h"
