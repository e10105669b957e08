/* The variants of the kernels, and the choice between them. */
#include "moe2_kernels.h"

#include <stddef.h>
#include <string.h>

/* Contracted products and sums would differ between machines. */
#pragma STDC FP_CONTRACT OFF

typedef uint16_t words16 __attribute__((ext_vector_type(16)));
typedef uint16_t words32 __attribute__((ext_vector_type(32)));
typedef uint32_t ints16 __attribute__((ext_vector_type(16)));
typedef uint32_t ints32 __attribute__((ext_vector_type(32)));
typedef int32_t masks16 __attribute__((ext_vector_type(16)));
typedef float floats16 __attribute__((ext_vector_type(16)));
typedef double doubles8 __attribute__((ext_vector_type(8)));
typedef float floats8 __attribute__((ext_vector_type(8)));
typedef uint64_t longs8 __attribute__((ext_vector_type(8)));
typedef int64_t masks8 __attribute__((ext_vector_type(8)));
typedef uint32_t ints8 __attribute__((ext_vector_type(8)));
typedef uint16_t words8 __attribute__((ext_vector_type(8)));

#define INLINE static inline __attribute__((always_inline))

#define VARIANT portable
#define TARGET
#define WORDS words16
#define WIDE ints16
#include "kernels_body.h"

#if defined(__x86_64__)

#define VARIANT avx2
#define TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define WORDS words16
#define WIDE ints16
#include "kernels_body.h"

#define VARIANT avx512
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi,bmi2,popcnt")))
#define WORDS words32
#define WIDE ints32
#include "kernels_body.h"

#endif

const moe2_kernels *moe2_kernels_variant(int number) {
    if (number == 0) return &kernels_portable;
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                          __builtin_cpu_supports("popcnt");
    if (number == 1 && has_avx2) return &kernels_avx2;
    const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (number == 2 && has_avx2 && has_avx512) return &kernels_avx512;
#endif
    return NULL;
}

const moe2_kernels *moe2_kernels_best(void) {
    const moe2_kernels *best = &kernels_portable;
    for (int number = 1; moe2_kernels_variant(number); number++) best = moe2_kernels_variant(number);
    return best;
}

