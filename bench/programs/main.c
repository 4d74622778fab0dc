/* Runs one program of the set: bench NAME [ROUNDS]; without arguments lists the names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static const struct {
    const char *name;
    const char *kind;
    program *run;
    uint64_t rounds; /* about 0.1 to 0.2 s on a processor of 2024 */
} programs[] = {
    {"sieve", "integer", sieve, 80},
    {"dhry", "integer", dhry, 8000000},
    {"core", "integer", core, 30000},
    {"quicksort", "integer", quicksort, 20},
    {"chase", "integer", chase, 40000000},
    {"sha256", "integer", sha256, 1000},
    {"deflate", "integer", deflate, 200},
    {"memcpy", "memory", copy, 200000},
    {"memset", "memory", fill, 400000},
    {"nbody", "float", nbody, 8000000},
    {"mandelbrot", "float", mandelbrot, 30},
    {"x87", "float", x87, 4000000},
    {"sse", "vector", sse_integer, 400000},
    {"avx2", "vector", avx2_integer, 600000},
    {"getpid", "system", getpid_loop, 1000000},
    {"pipe", "system", pipe_pingpong, 5000},
    {"fork", "system", fork_exec, 200},
};

int main(int count, char **arguments)
{
    const int all = sizeof programs / sizeof *programs;

    if (count > 1 && !strcmp(arguments[1], "exit"))
        return 0; /* what fork_exec executes */
    for (int i = 0; i < all; i++) {
        if (count < 2)
            printf("%s %s\n", programs[i].name, programs[i].kind);
        else if (!strcmp(arguments[1], programs[i].name)) {
            uint64_t rounds = count > 2 ? strtoull(arguments[2], 0, 0) : programs[i].rounds;
            printf("%s %016llx\n", programs[i].name, (unsigned long long) programs[i].run(rounds));
            return 0;
        }
    }
    return count < 2 ? 0 : 2;
}
