/* Floating point: double by SSE2, and the x87. */
#include <math.h>
#include <string.h>

#include "bench.h"

static uint64_t bits(double x)
{
    uint64_t result;
    memcpy(&result, &x, sizeof result);
    return result;
}

uint64_t nbody(uint64_t rounds)
{
    enum { BODIES = 5 };
    static double p[BODIES][3], v[BODIES][3], mass[BODIES];

    for (int i = 0; i < BODIES; i++) {
        mass[i] = i ? 0.01 / i : 39.5;
        for (int k = 0; k < 3; k++) {
            p[i][k] = i * (k + 1.5) - k;
            v[i][k] = i ? (k - 1) * 0.4 + i * 0.1 : 0;
        }
    }
    for (uint64_t r = 0; r < rounds / BODIES; r++) {
        for (int i = 0; i < BODIES; i++)
            for (int k = i + 1; k < BODIES; k++) {
                double x = p[i][0] - p[k][0], y = p[i][1] - p[k][1], z = p[i][2] - p[k][2];
                double square = x * x + y * y + z * z + 1e-9;
                double force = 0.001 / (square * sqrt(square));
                v[i][0] -= x * mass[k] * force;
                v[i][1] -= y * mass[k] * force;
                v[i][2] -= z * mass[k] * force;
                v[k][0] += x * mass[i] * force;
                v[k][1] += y * mass[i] * force;
                v[k][2] += z * mass[i] * force;
            }
        for (int i = 0; i < BODIES; i++)
            for (int k = 0; k < 3; k++)
                p[i][k] += 0.001 * v[i][k];
    }
    return bits(p[0][0] + p[1][1] + p[4][2]);
}

uint64_t mandelbrot(uint64_t rounds)
{
    enum { SIDE = 256, MOST = 100 };
    uint64_t sum = 0;

    while (rounds--)
        for (int i = 0; i < SIDE; i++)
            for (int k = 0; k < SIDE; k++) {
                double cx = k * (3.0 / SIDE) - 2.2, cy = i * (2.5 / SIDE) - 1.25, x = 0, y = 0;
                int n = 0;
                for (; n < MOST && x * x + y * y < 4; n++) {
                    double next = x * x - y * y + cx;
                    y = 2 * x * y + cy;
                    x = next;
                }
                sum += (uint64_t) n * (uint64_t) (k ^ i);
            }
    return sum;
}

uint64_t x87(uint64_t rounds)
{
    long double position = 1, speed = 0, step = 0.001L, energy = 0;

    for (uint64_t i = 0; i < rounds; i++) {
        long double distance = sqrtl(position * position + 0.25L);
        speed -= step * position / (distance * distance * distance);
        position += step * speed;
        energy += speed * speed / 2 - 1 / distance;
        if (i % 1000 == 0)
            energy = energy * 0.5L + position;
    }
    return bits((double) energy) ^ bits((double) position);
}
