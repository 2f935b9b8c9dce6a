/* JSONata: picture. */
#include "expr/query.h"
