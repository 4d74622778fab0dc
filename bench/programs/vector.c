/* Packed integers: SSE2 to SSSE3, and AVX2. */
#include <immintrin.h>

#include "bench.h"

enum { SIZE = 4096 };
static uint8_t a[SIZE] __attribute__((aligned(32))), b[SIZE] __attribute__((aligned(32)));

static void prepare(void)
{
    uint32_t seed = 9;
    for (int i = 0; i < SIZE; i++) {
        a[i] = (uint8_t) next_random(&seed);
        b[i] = (uint8_t) next_random(&seed);
    }
}

__attribute__((target("ssse3"))) uint64_t sse_integer(uint64_t rounds)
{
    prepare();
    __m128i sum = _mm_setzero_si128(), order = _mm_set_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    for (uint64_t r = 0; r < rounds; r++) {
        for (int i = 0; i < SIZE; i += 16) {
            __m128i x = _mm_load_si128((__m128i *) (a + i)), y = _mm_load_si128((__m128i *) (b + i));
            __m128i z = _mm_adds_epu8(_mm_shuffle_epi8(x, order), y);
            sum = _mm_add_epi64(sum, _mm_sad_epu8(z, x));
            sum = _mm_xor_si128(sum, _mm_madd_epi16(x, _mm_srli_epi16(z, 3)));
            z = _mm_or_si128(_mm_and_si128(_mm_cmpgt_epi8(x, y), z), _mm_slli_epi32(y, 1));
            _mm_store_si128((__m128i *) (a + i), z);
        }
    }
    return (uint64_t) _mm_cvtsi128_si64(_mm_add_epi64(sum, _mm_unpackhi_epi64(sum, sum)));
}

__attribute__((target("avx2"))) uint64_t avx2_integer(uint64_t rounds)
{
    prepare();
    __m256i sum = _mm256_setzero_si256();
    for (uint64_t r = 0; r < rounds; r++) {
        for (int i = 0; i < SIZE; i += 32) {
            __m256i x = _mm256_load_si256((__m256i *) (a + i)), y = _mm256_load_si256((__m256i *) (b + i));
            __m256i z = _mm256_add_epi32(_mm256_mullo_epi16(x, y), _mm256_srli_epi64(x, 7));
            sum = _mm256_xor_si256(_mm256_permute4x64_epi64(sum, 0x39), _mm256_max_epu8(z, y));
            _mm256_store_si256((__m256i *) (a + i), _mm256_sub_epi8(z, y));
        }
    }
    return (uint64_t) _mm256_extract_epi64(sum, 0) ^ (uint64_t) _mm256_extract_epi64(sum, 3);
}
