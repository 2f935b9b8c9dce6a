/* JSONata: misc. */
#include "expr/query.h"
