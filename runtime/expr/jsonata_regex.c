/* JSONata: regex. */
#include "expr/query.h"
