#include "stats.h"

#include <math.h>

static double bucket_us(int i)
{
	return 10 * pow(1.05, i);
}

void lab_histogram_add(struct lab_histogram *h, int64_t us)
{
	int i = us <= 10 ? 0 : (int)(log((double)us / 10) / log(1.05));
	h->bucket[i < LAB_BUCKETS ? i : LAB_BUCKETS - 1]++;
	h->n++;
	h->sum_us += us;
	h->max_us = us > h->max_us ? us : h->max_us;
}

double lab_histogram_ms(const struct lab_histogram *h, double share)
{
	int64_t seen = 0, want = (int64_t)ceil((double)h->n * share);
	for (int i = 0; i < LAB_BUCKETS && h->n; i++)
		if ((seen += h->bucket[i]) >= want)
			return bucket_us(i + 1) / 1000;
	return 0;
}

void lab_histogram_print(FILE *f, const struct lab_histogram *h)
{
	if (h->n)
		fprintf(f, "  %-26s %9lld   p50 %8.1f ms   p99 %8.1f ms   max %8.1f ms\n", h->name, (long long)h->n,
		    lab_histogram_ms(h, 0.5), lab_histogram_ms(h, 0.99), (double)h->max_us / 1000);
}
