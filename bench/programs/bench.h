/*
 * The benchmark set: each program is a function that does `rounds` rounds of work and gives a number
 * that depends on all of it, so that a wrong engine is noticed and no compiler can leave work out.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

typedef uint64_t program(uint64_t rounds);

program sieve, dhry, core, quicksort, chase, sha256, deflate;
program copy, fill;
program nbody, mandelbrot, x87;
program sse_integer, avx2_integer;
program getpid_loop, pipe_pingpong, fork_exec;

/* A small generator of numbers, the same everywhere. */
static inline uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

#endif
