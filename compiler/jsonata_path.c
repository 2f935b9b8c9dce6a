/* JSONata: path. */
#include "jsonata.h"
