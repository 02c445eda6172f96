/* Latency histograms (5 % wide buckets from 10 µs to 100 s) and counters by name. */
#ifndef LAB_STATS_H
#define LAB_STATS_H

#include <stdint.h>
#include <stdio.h>

enum { LAB_BUCKETS = 340 };
struct lab_histogram { const char *name; int64_t n, sum_us, max_us, bucket[LAB_BUCKETS]; };
void lab_histogram_add(struct lab_histogram *h, int64_t us);
double lab_histogram_ms(const struct lab_histogram *h, double share); /* 0.5: median, 0.99 … in milliseconds; 0 when empty */
void lab_histogram_print(FILE *f, const struct lab_histogram *h);

#endif
