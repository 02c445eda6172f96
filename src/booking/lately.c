#include "booking/lately.h"

#include "base/clock.h"
#include "base/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	SLOTS = 1 << 15,        /* 512 KiB; a seat has one slot and may lose it to another */
	SEAT_BITS = 20,
	TIME_BITS = 40          /* milliseconds: 34 years */
};
#define LIFE_US (3 * US_SECOND)
#define TIME_MASK ((UINT64_C(1) << TIME_BITS) - 1)

/* key: performance and seat; value: the low bits of the holder's number, and until when, in milliseconds. */
struct seen { _Atomic uint64_t key, value; };
static struct seen *table;

struct err *lately_open(void)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/lately", conf()->run_dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int rc = fd < 0 ? errno : posix_fallocate(fd, 0, (off_t)sizeof(struct seen) * SLOTS);
	void *p = rc ? MAP_FAILED : mmap(NULL, sizeof(struct seen) * SLOTS, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct err *e = p != MAP_FAILED ? NULL : err_new(ERR_INTERNAL, "cannot map %s: %s", path, strerror(rc ? rc : errno));
	if (fd >= 0)
		close(fd);
	if (!e)
		table = p;
	return e;
}

/* 0: what does not fit is not remembered (standing places have numbers far above those of seats). */
static uint64_t key_of(struct performance_id p, int64_t seat)
{
	if (p.v <= 0 || p.v >> (63 - SEAT_BITS) || seat < 0 || seat >> SEAT_BITS)
		return 0;
	return (uint64_t)p.v << SEAT_BITS | (uint64_t)seat;
}

static struct seen *slot_of(uint64_t key)
{
	return &table[key * UINT64_C(0x9E3779B97F4A7C15) >> 49];
}

static uint64_t holder_bits(struct person_id person)
{
	return (uint64_t)person.v << TIME_BITS;
}

void lately_note(struct performance_id p, int64_t seat, struct person_id person, int64_t until, int64_t now)
{
	uint64_t key = key_of(p, seat);
	if (!table || !key)
		return;
	if (!until || until > now + LIFE_US)
		until = now + LIFE_US;
	struct seen *s = slot_of(key);
	/* Without its time a key says nothing.  Two who write at once may leave one's key with the other's time: both seats are
	 * taken, and by then. */
	atomic_store(&s->value, 0);
	atomic_store(&s->key, key);
	atomic_store(&s->value, holder_bits(person) | ((uint64_t)(until / 1000) & TIME_MASK));
}

void lately_forget(struct performance_id p, const int64_t *seats, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t key = key_of(p, seats[i]);
		if (table && key && atomic_load(&slot_of(key)->key) == key)
			atomic_store(&slot_of(key)->value, 0);
	}
}

bool lately_taken(struct performance_id p, int64_t seat, struct person_id person, int64_t now)
{
	uint64_t key = key_of(p, seat);
	if (!table || !key)
		return false;
	struct seen *s = slot_of(key);
	if (atomic_load(&s->key) != key)
		return false;
	uint64_t value = atomic_load(&s->value), until = value & TIME_MASK;
	/* Whose number ends alike is asked for in the database, as the holder himself. */
	return atomic_load(&s->key) == key && until > ((uint64_t)(now / 1000) & TIME_MASK) && (value & ~TIME_MASK) != holder_bits(person);
}
