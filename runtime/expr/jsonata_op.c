/* JSONata: op. */
#include "expr/query.h"
