/* clock: monotonic time, which no change of the system's date touches (CLOCK_MONOTONIC). */
#pragma once

#include <stdint.h>

int64_t clock_ms(void);
int64_t clock_us(void);
