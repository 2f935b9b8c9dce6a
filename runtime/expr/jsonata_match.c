/* JSONata: match. */
#include "expr/query.h"
