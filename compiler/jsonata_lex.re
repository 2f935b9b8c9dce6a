/* JSONata: tokens. */
#include "jsonata.h"
