/* JSONata: call. */
#include "expr/query.h"
