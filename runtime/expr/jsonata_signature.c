/* JSONata: signature. */
#include "expr/query.h"
