/* JSONata trees as C. */
#include "jsonata.h"
