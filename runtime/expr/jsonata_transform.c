/* JSONata: transform. */
#include "expr/query.h"
