/* Integer programs: loops, calls, strings, sorting, pointers, hashing, compression. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

uint64_t sieve(uint64_t rounds)
{
    enum { LIMIT = 1000000 };
    static uint8_t composite[LIMIT];
    uint64_t primes = 0;

    while (rounds--) {
        memset(composite, 0, sizeof composite);
        for (uint32_t i = 2; i < LIMIT; i++) {
            if (composite[i])
                continue;
            primes += i;
            for (uint32_t k = 2 * i; k < LIMIT; k += i)
                composite[k] = 1;
        }
    }
    return primes;
}

/* Records, small functions and strings, as in the synthetic benchmarks of the 1980s. */
struct item {
    struct item *next;
    int kind, number;
    char text[32];
};

static __attribute__((noinline)) int first_difference(const char *a, const char *b)
{
    int i = 0;
    while (a[i] && a[i] == b[i])
        i++;
    return i;
}

static __attribute__((noinline)) void update(struct item *to, const struct item *from, int by)
{
    strcpy(to->text, from->text);
    to->text[by & 15] = (char) ('a' + by % 26);
    to->number = from->number + by;
    to->kind = first_difference(to->text, from->text) > 7 ? from->kind ^ 1 : from->kind + 1;
}

static __attribute__((noinline)) int divide(int a, int b)
{
    return b ? a / b : a;
}

uint64_t dhry(uint64_t rounds)
{
    struct item a = {0, 0, 1, "A STRING OF THIRTY LETTERS HERE"}, b = a;
    uint64_t sum = 0;

    a.next = &b;
    b.next = &a;
    struct item *at = &a;
    for (uint64_t i = 0; i < rounds; i++) {
        update(at->next, at, (int) i);
        at = at->next;
        sum += (uint64_t) divide(at->number, at->kind & 7) + strlen(at->text);
        if (!strcmp(at->text, at->next->text))
            sum++;
    }
    return sum;
}

/* A matrix, a list, a state machine and a CRC in turn. */
struct node {
    struct node *next;
    uint16_t key, value;
};

static struct node *reverse(struct node *list)
{
    struct node *done = 0;
    while (list) {
        struct node *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static uint16_t crc16(uint16_t crc, uint32_t data, int bits)
{
    for (int i = 0; i < bits; i++, data >>= 1) {
        int carry = (crc ^ data) & 1;
        crc >>= 1;
        if (carry)
            crc ^= 0xa001;
    }
    return crc;
}

static int count_numbers(const char *text)
{
    enum { START, DIGITS, FRACTION, OTHER } state = START;
    int numbers = 0;
    for (; *text; text++) {
        switch (state) {
        case START:
            state = *text >= '0' && *text <= '9' ? DIGITS : *text == ' ' ? START : OTHER;
            break;
        case DIGITS:
        case FRACTION:
            if (*text == '.' && state == DIGITS)
                state = FRACTION;
            else if (*text == ' ') {
                numbers += state == FRACTION ? 2 : 1;
                state = START;
            } else if (*text < '0' || *text > '9')
                state = OTHER;
            break;
        case OTHER:
            if (*text == ' ')
                state = START;
        }
    }
    return numbers;
}

uint64_t core(uint64_t rounds)
{
    enum { SIDE = 24, NODES = 200 };
    static int16_t a[SIDE][SIDE], b[SIDE][SIDE];
    static int32_t c[SIDE][SIDE];
    static struct node nodes[NODES];
    uint32_t seed = 1;
    uint16_t crc = 0;

    for (int i = 0; i < SIDE; i++)
        for (int k = 0; k < SIDE; k++) {
            a[i][k] = (int16_t) (next_random(&seed) & 255);
            b[i][k] = (int16_t) (next_random(&seed) & 255);
        }
    for (int i = 0; i < NODES; i++)
        nodes[i] = (struct node) {i + 1 < NODES ? nodes + i + 1 : 0, (uint16_t) next_random(&seed), (uint16_t) i};
    struct node *list = nodes;
    for (uint64_t r = 0; r < rounds; r++) {
        for (int i = 0; i < SIDE; i++)
            for (int k = 0; k < SIDE; k++) {
                int32_t sum = 0;
                for (int m = 0; m < SIDE; m++)
                    sum += a[i][m] * b[m][k];
                c[i][k] = sum;
            }
        crc = crc16(crc, (uint32_t) c[r % SIDE][r % 7], 32);
        list = reverse(list);
        for (struct node *n = list; n; n = n->next)
            if ((n->key ^ crc) & 8)
                crc = crc16(crc, n->value, 16);
        crc ^= (uint16_t) count_numbers("12 3.5 x17 99 4.25 none 7 8.0 5e3 1234567 0.5 ");
        a[r % SIDE][crc % SIDE] ^= 3;
    }
    return crc;
}

static void sort(uint32_t *low, uint32_t *high)
{
    while (low < high) {
        uint32_t pivot = low[(high - low) / 2], *i = low, *k = high;
        while (i <= k) {
            while (*i < pivot)
                i++;
            while (*k > pivot)
                k--;
            if (i <= k) {
                uint32_t swapped = *i;
                *i++ = *k;
                *k-- = swapped;
            }
        }
        sort(low, k);
        low = i;
    }
}

uint64_t quicksort(uint64_t rounds)
{
    enum { COUNT = 100000 };
    static uint32_t numbers[COUNT];
    uint32_t seed = 7;
    uint64_t sum = 0;

    while (rounds--) {
        for (int i = 0; i < COUNT; i++)
            numbers[i] = next_random(&seed);
        sort(numbers, numbers + COUNT - 1);
        for (int i = 0; i < COUNT; i += 997)
            sum = sum * 31 + numbers[i];
    }
    return sum;
}

/* Follows pointers through 256 KiB in an order that no prefetcher knows. */
uint64_t chase(uint64_t rounds)
{
    enum { COUNT = 32768 };
    static uint64_t *cells[COUNT];
    static uint32_t order[COUNT];
    uint32_t seed = 3;

    for (uint32_t i = 0; i < COUNT; i++)
        order[i] = i;
    for (uint32_t i = COUNT - 1; i; i--) {
        uint32_t k = next_random(&seed) % (i + 1), swapped = order[i];
        order[i] = order[k];
        order[k] = swapped;
    }
    for (uint32_t i = 0; i < COUNT; i++)
        cells[order[i]] = (uint64_t *) &cells[order[(i + 1) % COUNT]];
    uint64_t **at = cells;
    while (rounds--)
        at = (uint64_t **) *at;
    return (uint64_t) (at - cells);
}

static uint32_t rotate(uint32_t x, int by)
{
    return x >> by | x << (32 - by);
}

static void sha256_block(uint32_t *state, const uint32_t *constants, const uint32_t *block)
{
    uint32_t w[64], s[8];

    memcpy(w, block, 64);
    for (int i = 16; i < 64; i++) {
        uint32_t x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3)
            + (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
    }
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t t1 = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25))
            + ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + w[i];
        uint32_t t2 = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22))
            + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        state[i] += s[i];
}

uint64_t sha256(uint64_t rounds)
{
    uint32_t constants[64], state[8], block[16], seed = 11;

    for (int i = 0; i < 64; i++)
        constants[i] = next_random(&seed) << 8 ^ next_random(&seed);
    for (int i = 0; i < 8; i++)
        state[i] = constants[i * 5];
    for (int i = 0; i < 16; i++)
        block[i] = next_random(&seed);
    while (rounds--)
        for (int i = 0; i < 256; i++) {
            block[i & 15] ^= state[i & 7];
            sha256_block(state, constants, block);
        }
    return (uint64_t) state[0] << 32 | state[1];
}

/* Finds repeats by a hash of three bytes and counts the bits of a simple code, as gzip begins. */
uint64_t deflate(uint64_t rounds)
{
    enum { SIZE = 65536, HASH = 4096 };
    static uint8_t text[SIZE];
    static uint16_t head[HASH], previous[SIZE];
    static const char *const words[] = {
        "the ", "guest ", "kernel ", "enters ", "machine ", "page ", "of ", "and ", "trap "};
    uint32_t seed = 5;
    uint64_t bits = 0;

    for (int at = 0; at < SIZE;) {
        const char *word = words[next_random(&seed) % 9];
        while (*word && at < SIZE)
            text[at++] = (uint8_t) *word++;
    }
    while (rounds--) {
        memset(head, 0, sizeof head);
        for (int at = 1; at + 258 < SIZE;) {
            uint32_t h = (text[at] << 8 ^ text[at + 1] << 4 ^ text[at + 2]) % HASH;
            int best = 0, tries = 16;
            for (int from = head[h]; from && tries--; from = previous[from]) {
                int length = 0;
                while (length < 258 && text[from + length] == text[at + length])
                    length++;
                if (length > best)
                    best = length;
            }
            previous[at] = head[h];
            head[h] = (uint16_t) at;
            if (best < 3) {
                bits += 8 + (text[at] > 143);
                at++;
            } else {
                bits += 12 + (uint64_t) (best > 10);
                at += best;
            }
        }
        text[rounds % SIZE] ^= 1;
    }
    return bits;
}
