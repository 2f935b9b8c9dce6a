/* JSONata: eval. */
#include "expr/query.h"
