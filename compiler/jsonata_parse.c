/* JSONata: parse. */
#include "jsonata.h"
