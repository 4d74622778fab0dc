/* Copying and filling by the C library and by the string instructions that it leaves to us. */
#include <string.h>

#include "bench.h"

enum { SIZE = 65536 };
static uint8_t from[SIZE], to[SIZE];

static inline void rep_movsb(void *d, const void *s, uint64_t n)
{
    __asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
}

static inline void rep_stosq(void *d, uint64_t value, uint64_t n)
{
    __asm__ volatile("rep stosq" : "+D"(d), "+c"(n) : "a"(value) : "memory");
}

uint64_t copy(uint64_t rounds)
{
    for (int i = 0; i < SIZE; i++)
        from[i] = (uint8_t) (i * 7);
    for (uint64_t i = 0; i < rounds; i++) {
        if (i & 1)
            memcpy(to + (i & 63), from, SIZE - 64);
        else
            rep_movsb(to, from + (i & 31), SIZE - 32);
        from[i % SIZE] ^= to[(i * 13) % SIZE];
    }
    return to[123] + 256u * to[45678];
}

uint64_t fill(uint64_t rounds)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < rounds; i++) {
        if (i & 1)
            memset(to, (int) i, SIZE);
        else
            rep_stosq(to, i * 0x0101010101010101u, SIZE / 8);
        sum += to[(i * 31) % SIZE];
    }
    return sum;
}
