/* JSONata: datetime. */
#include "expr/query.h"
