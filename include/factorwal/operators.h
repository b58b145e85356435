#pragma once
/// \file
/// Every built-in operator, under the seed's class names. Each header says how windows, missing
/// inputs and parameters are treated; each class says definition, source and first value.

#include "factorwal/operators/lag.h"
#include "factorwal/operators/quotes.h"
#include "factorwal/operators/recursive.h"
#include "factorwal/operators/rolling.h"
