/* JSONata: text. */
#include "expr/query.h"
