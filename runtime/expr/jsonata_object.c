/* JSONata: object. */
#include "expr/query.h"
