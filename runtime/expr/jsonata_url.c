/* JSONata: url. */
#include "expr/query.h"
