/* JSONata: dump. */
#include "jsonata.h"
