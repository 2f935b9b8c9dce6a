/* JSONata: step. */
#include "expr/query.h"
