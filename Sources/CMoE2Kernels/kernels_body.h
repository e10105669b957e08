/*
 * The kernels of one variant. kernels.c includes this once for each, with VARIANT (its name), TARGET (the instruction set),
 * WORDS (a vector of 16-bit numbers, of at most MOE2_KERNEL_ROWS) and WIDE (as many 32-bit ones). They are undefined at the end.
 */

#define JOIN_(name, variant) name##_##variant
#define JOIN(name, variant) JOIN_(name, variant)
#define FN(name) JOIN(name, VARIANT)
#define TEXT_(name) #name
#define TEXT(name) TEXT_(name)
#define LANES ((long)(sizeof(WORDS) / sizeof(uint16_t)))

/* Vectors are read and written through memcpy: columns need no alignment, and no function passes vectors in registers that it has not. */
#define LOAD(vector, pointer) __builtin_memcpy(&(vector), (pointer), sizeof(vector))
#define STORE(pointer, vector) __builtin_memcpy((pointer), &(vector), sizeof(vector))

/* The sum of the lanes, halves first. */
INLINE TARGET float FN(floats)(const floats16 *lanes) {
    const floats8 eight = lanes->lo + lanes->hi;
    const __attribute__((ext_vector_type(4))) float four = eight.lo + eight.hi;
    return (four.x + four.z) + (four.y + four.w);
}

INLINE TARGET double FN(doubles)(const doubles8 *lanes) {
    const __attribute__((ext_vector_type(4))) double four = lanes->lo + lanes->hi;
    return (four.x + four.z) + (four.y + four.w);
}

/* 16-bit columns. */

/*
 * Adds up numbers x below 2^16 in 16-bit lanes: `low` holds their sum modulo 2^16 and `high` the sum of x >> 8. With at most 256 numbers
 * a lane the sum is within 256 * high + (0 ... 65280), of which only one number is `low` modulo 2^16.
 */
#define BLOCK (256 * LANES)

INLINE TARGET uint64_t FN(lanes)(const WORDS *low, const WORDS *high) {
    const WIDE coarse = __builtin_convertvector(*high, WIDE);
    const WORDS rest = *low - (*high << 8);
    const WIDE sums = (coarse << 8) + __builtin_convertvector(rest, WIDE);
    return __builtin_reduce_add(sums);
}

#define ADD_UP(rows, ...)                                            \
    uint64_t total = 0;                                              \
    for (long start = 0; start < (rows); start += BLOCK) {           \
        const long end = start + BLOCK < (rows) ? start + BLOCK : (rows); \
        WORDS low = 0, high = 0;                                     \
        for (long row = start; row < end; row += LANES) {            \
            WORDS number;                                            \
            __VA_ARGS__;                                             \
            low += number;                                           \
            high += number >> 8;                                     \
        }                                                            \
        total += FN(lanes)(&low, &high);                             \
    }                                                                \
    return total

TARGET static uint64_t FN(excess)(const uint16_t *column, const uint16_t *level, long rows) {
    ADD_UP(rows, {
        WORDS value, floor;
        LOAD(value, column + row);
        LOAD(floor, level + row);
        number = __builtin_elementwise_sub_sat(value, floor);
    });
}

TARGET static uint64_t FN(masked_excess)(
    const uint16_t *column, const uint16_t *level, const uint16_t *mask, long rows) {
    ADD_UP(rows, {
        WORDS value, floor, counts;
        LOAD(value, column + row);
        LOAD(floor, level + row);
        LOAD(counts, mask + row);
        number = __builtin_elementwise_sub_sat(value, floor) & counts;
    });
}

TARGET static uint64_t FN(sum)(const uint16_t *column, long rows) {
    ADD_UP(rows, { LOAD(number, column + row); });
}

TARGET static bool FN(is_covered)(const uint16_t *column, const uint16_t *other, long rows) {
    for (long row = 0; row < rows; row += LANES) {
        WORDS value, floor;
        LOAD(value, column + row);
        LOAD(floor, other + row);
        if (__builtin_reduce_or(__builtin_elementwise_sub_sat(value, floor)) != 0) return false;
    }
    return true;
}

TARGET static void FN(raise)(uint16_t *target, const uint16_t *column, long rows) {
    for (long row = 0; row < rows; row += LANES) {
        WORDS value, more;
        LOAD(value, target + row);
        LOAD(more, column + row);
        value = __builtin_elementwise_max(value, more);
        STORE(target + row, value);
    }
}

TARGET static void FN(raise_two)(uint16_t *first, uint16_t *second, const uint16_t *column, long rows) {
    for (long row = 0; row < rows; row += LANES) {
        WORDS largest, next, number;
        LOAD(largest, first + row);
        LOAD(next, second + row);
        LOAD(number, column + row);
        next = __builtin_elementwise_max(next, __builtin_elementwise_min(largest, number));
        largest = __builtin_elementwise_max(largest, number);
        STORE(first + row, largest);
        STORE(second + row, next);
    }
}

TARGET static void FN(count)(
    uint16_t *counts, const uint16_t *column, const uint16_t *level, uint16_t weight, long rows) {
    for (long row = 0; row < rows; row += LANES) {
        WORDS known, value, floor;
        LOAD(known, counts + row);
        LOAD(value, column + row);
        LOAD(floor, level + row);
        const WORDS above = (WORDS)(__builtin_elementwise_sub_sat(value, floor) != (WORDS)0);
        known += above & weight;
        STORE(counts + row, known);
    }
}

TARGET static void FN(lower)(uint16_t *target, const uint16_t *column, const uint16_t *level, long rows) {
    for (long row = 0; row < rows; row += LANES) {
        WORDS value, floor;
        LOAD(value, column + row);
        LOAD(floor, level + row);
        value = __builtin_elementwise_sub_sat(value, floor);
        STORE(target + row, value);
    }
}

TARGET static void FN(select)(
    uint16_t *target, const uint16_t *amounts, const uint16_t *plane, uint16_t bit, long rows) {
    for (long row = 0; row < rows; row += LANES) {
        WORDS value, bits;
        LOAD(value, amounts + row);
        LOAD(bits, plane + row);
        value &= (WORDS)((bits & bit) != (WORDS)0);
        STORE(target + row, value);
    }
}

TARGET static float FN(turn)(
    float *direction, const uint16_t *hits, float scale, const float *position, const uint16_t *maximum, long rows) {
    floats16 norm = 0;
    for (long row = 0; row < rows; row += 16) {
        words16 hit, top;
        floats16 old, place;
        LOAD(hit, hits + row);
        LOAD(top, maximum + row);
        LOAD(old, direction + row);
        LOAD(place, position + row);
        const floats16 mixed = 0.65f * (1 - __builtin_convertvector(__builtin_convertvector(hit, masks16), floats16) * scale) + 0.35f * old;
        const floats16 limit = __builtin_convertvector(__builtin_convertvector(top, masks16), floats16);
        const masks16 blocked = ((place <= 0) & (mixed > 0)) | ((place >= limit) & (mixed < 0));
        const floats16 next = blocked ? (floats16)0 : mixed;
        STORE(direction + row, next);
        norm += next * next;
    }
    return FN(floats)(&norm);
}

TARGET static void FN(move)(
    float *position, uint16_t *level, const float *direction, float length, const uint16_t *maximum, long rows) {
    for (long row = 0; row < rows; row += 16) {
        words16 top;
        floats16 place, turn;
        LOAD(top, maximum + row);
        LOAD(place, position + row);
        LOAD(turn, direction + row);
        const floats16 limit = __builtin_convertvector(__builtin_convertvector(top, masks16), floats16);
        floats16 moved = place - length * turn;
        moved = moved > 0 ? moved : (floats16)0;
        moved = moved < limit ? moved : limit;
        STORE(position + row, moved);
        /* Adding 2^23 leaves the nearest integer in the low bits. */
        const floats16 shifted = moved + 0x1p23f;
        const words16 whole = __builtin_convertvector((ints16)shifted, words16);
        STORE(level + row, whole);
    }
}

/* 32-bit columns. */

TARGET static void FN(raise_fine)(uint32_t *target, const uint32_t *column, long rows) {
    for (long row = 0; row < rows; row += 16) {
        ints16 value, more;
        LOAD(value, target + row);
        LOAD(more, column + row);
        value = __builtin_elementwise_max(value, more);
        STORE(target + row, value);
    }
}

TARGET static uint64_t FN(sum_fine)(const uint32_t *column, long rows) {
    longs8 total = 0;
    for (long row = 0; row < rows; row += 8) {
        ints8 value;
        LOAD(value, column + row);
        total += __builtin_convertvector(value, longs8);
    }
    return __builtin_reduce_add(total);
}

/* Scores. The last rows, fewer than a vector, go through arrays of a whole one. */

#define MAGIC 0x1.8p52 /* Adding it leaves the nearest integer in the low bits. */

TARGET static void FN(widen)(double *lowest, double *highest, const double *column, long rows) {
    long row = 0;
    for (; row + 8 <= rows; row += 8) {
        doubles8 value, low, high;
        LOAD(value, column + row);
        LOAD(low, lowest + row);
        LOAD(high, highest + row);
        low = value < low ? value : low;
        high = value > high ? value : high;
        STORE(lowest + row, low);
        STORE(highest + row, high);
    }
    for (; row < rows; row++) {
        if (column[row] < lowest[row]) lowest[row] = column[row];
        if (column[row] > highest[row]) highest[row] = column[row];
    }
}

TARGET static void FN(raise_scores)(double *target, const double *column, long rows) {
    long row = 0;
    for (; row + 8 <= rows; row += 8) {
        doubles8 value, more;
        LOAD(value, target + row);
        LOAD(more, column + row);
        value = more > value ? more : value;
        STORE(target + row, value);
    }
    for (; row < rows; row++) {
        if (column[row] > target[row]) target[row] = column[row];
    }
}

TARGET static void FN(sort_scores)(double *target, double *carried, long rows) {
    long row = 0;
    for (; row + 8 <= rows; row += 8) {
        doubles8 one, other;
        LOAD(one, target + row);
        LOAD(other, carried + row);
        const doubles8 larger = one > other ? one : other, lesser = one > other ? other : one;
        STORE(target + row, larger);
        STORE(carried + row, lesser);
    }
    for (; row < rows; row++) {
        const double one = target[row], other = carried[row];
        target[row] = one > other ? one : other;
        carried[row] = one > other ? other : one;
    }
}

TARGET static bool FN(is_two_valued)(const double *column, const double *lowest, const double *highest, long rows) {
    long row = 0;
    for (; row + 8 <= rows; row += 8) {
        doubles8 value, low, high;
        LOAD(value, column + row);
        LOAD(low, lowest + row);
        LOAD(high, highest + row);
        const masks8 other = (masks8)((value != low) & (value != high));
        if (__builtin_reduce_or(other) != 0) return false;
    }
    for (; row < rows; row++) {
        if (column[row] != lowest[row] && column[row] != highest[row]) return false;
    }
    return true;
}

/* The nearest integers to (value - low)+ * scale. */
#define NEAREST(gain, value, low, scale)                  \
    doubles8 gain = ((value) - (low)) * (scale);          \
    gain = gain > 0 ? gain : (doubles8)0;                 \
    gain += MAGIC;                                        \
    const ints8 gain##_steps = __builtin_convertvector((longs8)gain, ints8)

TARGET static void FN(convert_fine)(
    uint32_t *target, const double *column, const double *lowest, const double *scale, long rows) {
    for (long row = 0; row < rows; row += 8) {
        const size_t part = (size_t)(rows - row < 8 ? rows - row : 8);
        doubles8 value = 0, low = 0, factor = 0;
        if (part == 8) {
            LOAD(value, column + row);
            LOAD(low, lowest + row);
            LOAD(factor, scale + row);
        } else {
            memcpy(&value, column + row, part * sizeof(double));
            memcpy(&low, lowest + row, part * sizeof(double));
            memcpy(&factor, scale + row, part * sizeof(double));
        }
        NEAREST(gain, value, low, factor);
        memcpy(target + row, &gain_steps, part * sizeof(uint32_t));
    }
}

INLINE TARGET void FN(round_part)(
    uint16_t *coarse, uint16_t *loss, const double *column, const double *lowest, const double *scale) {
    doubles8 value, low, factor;
    words8 lost;
    LOAD(value, column);
    LOAD(low, lowest);
    LOAD(factor, scale);
    LOAD(lost, loss);
    NEAREST(gain, value, low, factor);
    const ints8 rounded = (gain_steps + 16384) >> 15;
    const words8 steps = __builtin_convertvector(rounded, words8);
    /* What is missing lies in -16384 ... 16383. */
    const words8 missing = __builtin_convertvector(gain_steps - (rounded << 15), words8);
    const words8 down = missing < 32768 ? missing : (words8)0;
    lost = __builtin_elementwise_max(lost, down);
    STORE(coarse, steps);
    STORE(loss, lost);
}

TARGET static void FN(convert)(
    uint16_t *coarse, uint16_t *loss, const double *column, const double *lowest, const double *scale, long rows) {
    long row = 0;
    for (; row + 8 <= rows; row += 8) FN(round_part)(coarse + row, loss + row, column + row, lowest + row, scale + row);
    if (row == rows) return;
    const size_t part = (size_t)(rows - row);
    double values[8] = {0}, low[8] = {0}, factors[8] = {0};
    uint16_t steps[8] = {0}, lost[8] = {0};
    memcpy(values, column + row, part * sizeof(double));
    memcpy(low, lowest + row, part * sizeof(double));
    memcpy(factors, scale + row, part * sizeof(double));
    memcpy(lost, loss + row, part * sizeof(uint16_t));
    FN(round_part)(steps, lost, values, low, factors);
    memcpy(coarse + row, steps, part * sizeof(uint16_t));
    memcpy(loss + row, lost, part * sizeof(uint16_t));
}

TARGET static void FN(convert_grid)(
    uint16_t *coarse, const double *column, const double *lowest, const double *scale, uint16_t grain, long rows) {
    long row = 0;
    for (; row + 8 <= rows; row += 8) {
        doubles8 value, low, factor;
        LOAD(value, column + row);
        LOAD(low, lowest + row);
        LOAD(factor, scale + row);
        NEAREST(gain, value, low, factor);
        const words8 steps = __builtin_convertvector(gain_steps, words8) * grain;
        STORE(coarse + row, steps);
    }
    for (; row < rows; row++) {
        const double gain = (column[row] - lowest[row]) * scale[row];
        const double shifted = (gain > 0 ? gain : 0) + MAGIC;
        uint64_t bits;
        memcpy(&bits, &shifted, sizeof bits);
        coarse[row] = (uint16_t)((uint16_t)bits * grain);
    }
}

TARGET static bool FN(take_bits)(moe2_bits *bits, uint16_t *amount, const uint16_t *column, int expert, long rows) {
    uint64_t *words = expert < 64 ? &bits->low : &bits->high;
    const int shift = expert & 63;
    uint16_t wrong = 0;
    for (long row = 0; row < rows; row++) {
        const uint16_t value = column[row], known = amount[row];
        wrong |= value != 0 && known != 0 && known != value;
        amount[row] = known != 0 ? known : value;
        words[2 * row] |= (uint64_t)(value != 0) << shift;
    }
    return wrong == 0;
}

TARGET static moe2_merged FN(merge_rows)(
    moe2_bit_rows rows, moe2_bits included, moe2_bits free, moe2_merge_target target) {
    moe2_merged merged = {0, 0, 0};
    /* Which rows are covered is as good as random: no branch. */
    uint64_t covered = 0;
    long open = 0;
    for (long row = 0; row < rows.rows; row++) {
        const bool is_open = ((rows.bits[row].low & included.low) | (rows.bits[row].high & included.high)) == 0;
        covered += is_open ? 0 : rows.amount[row];
        target.indices[open] = (int32_t)row;
        open += is_open;
    }
    merged.constant = (double)covered;
    for (long place = 0; place < open; place++) {
        const int32_t row = target.indices[place];
        const uint64_t low = rows.bits[row].low & free.low, high = rows.bits[row].high & free.high;
        const uint16_t amount = rows.amount[row];
        const int count = __builtin_popcountll(low) + __builtin_popcountll(high);
        if (count < 2) {
            if (count == 1) target.linear[low != 0 ? __builtin_ctzll(low) : 64 + __builtin_ctzll(high)] += amount;
            continue;
        }
        uint64_t hash = (low * 0x9E3779B97F4A7C15) ^ (high * 0xC2B2AE3D27D4EB4F);
        hash ^= hash >> 29;
        hash = (hash * 0xBF58476D1CE4E5B9) >> 20;
        long home = (long)hash & target.mask;
        int32_t slot;
        while ((slot = target.table[home]) >= 0 && (target.keys[slot].low != low || target.keys[slot].high != high))
            home = (home + 1) & target.mask;
        /* A merged row that would not fit 16 bits starts another one. */
        if (slot < 0 || target.amounts[slot] + amount > 65535) {
            slot = (int32_t)merged.rows++;
            target.table[home] = slot;
            target.keys[slot].low = low;
            target.keys[slot].high = high;
            target.amounts[slot] = 0;
        }
        target.amounts[slot] = (uint16_t)(target.amounts[slot] + amount);
        /* What is written here was read before: rows are only left out. */
        target.indices[merged.kept] = row;
        target.slots[merged.kept] = slot;
        merged.kept++;
    }
    return merged;
}

/*
 * e^r for |r| <= ln(2)/2, to 1e-8 of the number and rounding.
 */
#define EXP_PART(r)                                                                                                       \
    (1 + (r) * (1 + (r) * (1.0f / 2 + (r) * (1.0f / 6 + (r) * (1.0f / 24 + (r) * (1.0f / 120 + (r) * (1.0f / 720 + (r) * (1.0f / 5040))))))))

INLINE TARGET void FN(exponential_part)(
    float *target, const double *column, const double *highest, double temperature, double lowest) {
    doubles8 value, top;
    LOAD(value, column);
    LOAD(top, highest);
    doubles8 exponent = (value - top) / temperature;
    exponent = exponent > lowest ? exponent : (doubles8)lowest;
    const doubles8 shifted = exponent * 0x1.71547652b82fep0 + MAGIC;
    const doubles8 whole = shifted - MAGIC;
    const floats8 rest = __builtin_convertvector(exponent - whole * 0x1.62e42fefa39efp-1, floats8);
    const ints8 power = __builtin_convertvector((longs8)shifted, ints8);
    const floats8 result = EXP_PART(rest) * (floats8)((power + 127) << 23);
    STORE(target, result);
}

TARGET static void FN(exponentials)(
    float *target, const double *column, const double *highest, double temperature, double lowest, long rows) {
    long row = 0;
    for (; row + 8 <= rows; row += 8) FN(exponential_part)(target + row, column + row, highest + row, temperature, lowest);
    if (row == rows) return;
    const size_t part = (size_t)(rows - row);
    double values[8] = {0}, tops[8] = {0};
    float results[8];
    memcpy(values, column + row, part * sizeof(double));
    memcpy(tops, highest + row, part * sizeof(double));
    FN(exponential_part)(results, values, tops, temperature, lowest);
    memcpy(target + row, results, part * sizeof(float));
}

/* T > 0. */

/* Rows whose numbers are added up as floats: few, so that rounding stays small. */
#define SOFT_BLOCK 128

TARGET static double FN(soft_bound)(const moe2_soft_rows *multipliers, const float *column, long rows) {
    const float *inverse = multipliers->inverse, *share = multipliers->share, *weight = multipliers->weight;
    const float team = multipliers->team;
    double total = 0;
    for (long start = 0; start < rows; start += SOFT_BLOCK) {
        const long end = start + SOFT_BLOCK < rows ? start + SOFT_BLOCK : rows;
        floats16 sum = 0;
        for (long row = start; row < end; row += 16) {
            floats16 number, factor, floor, scale;
            LOAD(number, column + row);
            LOAD(factor, inverse + row);
            LOAD(floor, share + row);
            LOAD(scale, weight + row);
            const floats16 scaled = number * factor;
            const floats16 tangent = scaled - floor;
            floats16 value = tangent > 0 ? tangent : (floats16)0;
            const masks16 is_far = scaled > 1;
            if (__builtin_reduce_or(is_far) != 0) {
                /* A cubic that is above log2 of a mantissa, by less than 0.0015. */
                const ints16 bits = (ints16)(scaled + (team - 1) * floor);
                const floats16 exponent = __builtin_convertvector((masks16)(bits >> 23) - 127, floats16);
                const floats16 mantissa = (floats16)((bits & 0x7FFFFF) | 0x3F800000);
                const floats16 power =
                    exponent + (((0.15544586f * mantissa - 1.03925816f) * mantissa + 3.02947821f) * mantissa - (2.14494063f - 0.00075f));
                const floats16 beyond = power * 0.6931473f + (1 - team * floor);
                value = (is_far & (beyond < tangent)) ? beyond : value;
            }
            sum += value * scale;
        }
        total += (double)FN(floats)(&sum);
    }
    return total;
}

TARGET static void FN(soft_hit)(const moe2_soft_rows *multipliers, const float *column, float part, long rows) {
    const float *inverse = multipliers->inverse, *share = multipliers->share;
    float *level_hits = multipliers->level_hits, *share_hits = multipliers->share_hits;
    const float team = multipliers->team;
    for (long row = 0; row < rows; row += 16) {
        floats16 number, factor, floor;
        LOAD(number, column + row);
        LOAD(factor, inverse + row);
        LOAD(floor, share + row);
        const floats16 scaled = number * factor;
        const masks16 is_above = scaled > floor;
        if (__builtin_reduce_or(is_above) == 0) continue;
        floats16 slope = scaled, count = 1, levels, shares;
        const masks16 is_far = scaled > 1;
        if (__builtin_reduce_or(is_far) != 0) {
            const floats16 inverted = 1 / (scaled + (team - 1) * floor);
            slope = is_far ? scaled * inverted : slope;
            count = is_far ? team - (team - 1) * inverted : count;
        }
        LOAD(levels, level_hits + row);
        LOAD(shares, share_hits + row);
        levels += part * (is_above ? slope : (floats16)0);
        shares += part * (is_above ? count : (floats16)0);
        STORE(level_hits + row, levels);
        STORE(share_hits + row, shares);
    }
}

TARGET static double FN(soft_turn)(const moe2_soft_rows *multipliers, long rows) {
    const float top = 1 / multipliers->team;
    double total = 0;
    for (long start = 0; start < rows; start += SOFT_BLOCK) {
        const long end = start + SOFT_BLOCK < rows ? start + SOFT_BLOCK : rows;
        floats16 norm = 0;
        for (long row = start; row < end; row += 16) {
            floats16 level, share, slope_hits, count_hits, own, weight;
            LOAD(level, multipliers->level_turn + row);
            LOAD(share, multipliers->share_turn + row);
            LOAD(slope_hits, multipliers->level_hits + row);
            LOAD(count_hits, multipliers->share_hits + row);
            LOAD(own, multipliers->share + row);
            LOAD(weight, multipliers->weight + row);
            level = 0.65f * (1 - slope_hits) + 0.35f * level;
            share = 0.65f * (1 - count_hits * top) + 0.35f * share;
            const masks16 blocked = ((own <= 0) & (share > 0)) | ((own >= top) & (share < 0));
            share = blocked ? (floats16)0 : share;
            STORE(multipliers->level_turn + row, level);
            STORE(multipliers->share_turn + row, share);
            norm += weight * (level * level + share * share);
        }
        total += (double)FN(floats)(&norm);
    }
    return total;
}

TARGET static void FN(soft_move)(const moe2_soft_rows *multipliers, float length, float lowest, float highest, long rows) {
    const float top = 1 / multipliers->team;
    for (long row = 0; row < rows; row += 16) {
        floats16 position, share, level_turn, share_turn;
        LOAD(position, multipliers->position + row);
        LOAD(share, multipliers->share + row);
        LOAD(level_turn, multipliers->level_turn + row);
        LOAD(share_turn, multipliers->share_turn + row);
        floats16 change = length * level_turn;
        change = change < 1 ? change : (floats16)1;
        change = change > -1 ? change : (floats16)-1;
        position -= change;
        position = position > lowest ? position : (floats16)lowest;
        position = position < highest ? position : (floats16)highest;
        share -= length * share_turn * top;
        share = share > 0 ? share : (floats16)0;
        share = share < top ? share : (floats16)top;
        STORE(multipliers->position + row, position);
        STORE(multipliers->share + row, share);
    }
}

TARGET static double FN(soft_settle)(const moe2_soft_rows *multipliers, long rows) {
    doubles8 total = 0;
    for (long row = 0; row < rows; row += 16) {
        floats16 position, share, weight;
        LOAD(position, multipliers->position + row);
        LOAD(share, multipliers->share + row);
        LOAD(weight, multipliers->weight + row);
        /* Adding 2^23 * 1.5 leaves the nearest integer in the low bits; ln 2 in two parts keeps what is left exact. */
        const floats16 shifted = position * -0x1.715476p0f + 0x1.8p23f;
        const floats16 whole = shifted - 0x1.8p23f;
        const floats16 rest = (-position - whole * 0.693359375f) - whole * -2.12194440e-4f;
        const floats16 inverse = EXP_PART(rest) * (floats16)(((ints16)shifted + 127) << 23);
        STORE(multipliers->inverse + row, inverse);
        const floats16 spare = multipliers->team * share - 1;
        const floats16 low = position;
        total += __builtin_convertvector(weight.lo, doubles8) *
                 (__builtin_convertvector(low.lo, doubles8) + __builtin_convertvector(spare.lo, doubles8));
        total += __builtin_convertvector(weight.hi, doubles8) *
                 (__builtin_convertvector(low.hi, doubles8) + __builtin_convertvector(spare.hi, doubles8));
    }
    return FN(doubles)(&total);
}

/* Natural logarithms of positive numbers: the exponent, and a series in (m - 1)/(m + 1) for m in 0.7 ... 1.4. */
#define LOGARITHM(result, numbers)                                                                                  \
    const masks16 result##_bits = (masks16)(numbers);                                                               \
    const masks16 result##_power = (result##_bits - 0x3F3504F3) >> 23;                                              \
    const floats16 result##_part = (floats16)(result##_bits - (result##_power << 23));                              \
    const floats16 result##_s = (result##_part - 1) / (result##_part + 1);                                          \
    const floats16 result##_t = result##_s * result##_s;                                                            \
    const floats16 result##_series =                                                                                \
        1 + result##_t * (1.0f / 3 + result##_t * (1.0f / 5 + result##_t * (1.0f / 7 + result##_t * (1.0f / 9))));  \
    const floats16 result = __builtin_convertvector(result##_power, floats16) * 0x1.62e43p-1f + 2 * result##_s * result##_series

TARGET static double FN(soft_marginal)(
    const float *column, const float *last, const float *sums, const float *weight, long rows) {
    double total = 0;
    for (long start = 0; start < rows; start += SOFT_BLOCK) {
        const long end = start + SOFT_BLOCK < rows ? start + SOFT_BLOCK : rows;
        floats16 gain = 0;
        for (long row = start; row < end; row += 16) {
            floats16 more, floor = 0, sum, scale;
            LOAD(more, column + row);
            if (last) LOAD(floor, last + row);
            more -= floor;
            const masks16 is_more = more > 0;
            if (__builtin_reduce_or(is_more) == 0) continue;
            LOAD(sum, sums + row);
            LOAD(scale, weight + row);
            const floats16 ratio = is_more ? more / sum : (floats16)0;
            /* log(1 + r): a Pade form for small r. */
            floats16 value = 2 * ratio / (2 + ratio);
            const masks16 is_large = ratio > 1;
            if (__builtin_reduce_or(is_large) != 0) {
                LOGARITHM(logarithm, ratio + 1);
                value = is_large ? logarithm : value;
            }
            gain += value * scale;
        }
        total += (double)FN(floats)(&gain);
    }
    return total;
}

TARGET static double FN(soft_logarithms)(const float *sums, const float *weight, long rows) {
    doubles8 total = 0;
    for (long row = 0; row < rows; row += 16) {
        floats16 sum, scale;
        LOAD(sum, sums + row);
        LOAD(scale, weight + row);
        LOGARITHM(logarithm, sum);
        total += __builtin_convertvector(logarithm.lo, doubles8) * __builtin_convertvector(scale.lo, doubles8);
        total += __builtin_convertvector(logarithm.hi, doubles8) * __builtin_convertvector(scale.hi, doubles8);
    }
    return FN(doubles)(&total);
}

TARGET static void FN(raise_soft)(float *target, const float *column, long rows) {
    for (long row = 0; row < rows; row += 16) {
        floats16 value, more;
        LOAD(value, target + row);
        LOAD(more, column + row);
        value = value > more ? value : more;
        STORE(target + row, value);
    }
}

TARGET static void FN(sort_soft)(float *target, float *carried, long rows) {
    for (long row = 0; row < rows; row += 16) {
        floats16 one, other;
        LOAD(one, target + row);
        LOAD(other, carried + row);
        const floats16 larger = one > other ? one : other, lesser = one > other ? other : one;
        STORE(target + row, larger);
        STORE(carried + row, lesser);
    }
}

TARGET static void FN(add_to_two)(float *first, float *second, float *total, const float *column, long rows) {
    for (long row = 0; row < rows; row += 16) {
        floats16 largest, next, number;
        LOAD(largest, first + row);
        LOAD(next, second + row);
        LOAD(number, column + row);
        const floats16 lesser = largest > number ? number : largest;
        const floats16 greater = largest > number ? largest : number;
        const floats16 below = next > lesser ? next : lesser;
        const floats16 sum = greater + below;
        STORE(first + row, greater);
        STORE(second + row, below);
        STORE(total + row, sum);
    }
}

static const moe2_kernels FN(kernels) = {
    .name = TEXT(VARIANT),
    .excess = FN(excess),
    .masked_excess = FN(masked_excess),
    .sum = FN(sum),
    .is_covered = FN(is_covered),
    .raise = FN(raise),
    .raise_two = FN(raise_two),
    .count = FN(count),
    .lower = FN(lower),
    .select = FN(select),
    .turn = FN(turn),
    .move = FN(move),
    .raise_fine = FN(raise_fine),
    .sum_fine = FN(sum_fine),
    .widen = FN(widen),
    .raise_scores = FN(raise_scores),
    .sort_scores = FN(sort_scores),
    .is_two_valued = FN(is_two_valued),
    .convert_fine = FN(convert_fine),
    .convert = FN(convert),
    .convert_grid = FN(convert_grid),
    .take_bits = FN(take_bits),
    .exponentials = FN(exponentials),
    .merge_rows = FN(merge_rows),
    .soft_bound = FN(soft_bound),
    .soft_hit = FN(soft_hit),
    .soft_turn = FN(soft_turn),
    .soft_move = FN(soft_move),
    .soft_settle = FN(soft_settle),
    .soft_marginal = FN(soft_marginal),
    .soft_logarithms = FN(soft_logarithms),
    .raise_soft = FN(raise_soft),
    .sort_soft = FN(sort_soft),
    .add_to_two = FN(add_to_two),
};

#undef VARIANT
#undef TARGET
#undef WORDS
#undef WIDE
#undef JOIN_
#undef JOIN
#undef FN
#undef TEXT_
#undef TEXT
#undef LANES
#undef LOAD
#undef STORE
#undef BLOCK
#undef ADD_UP
#undef MAGIC
#undef NEAREST
#undef EXP_PART
#undef SOFT_BLOCK
#undef LOGARITHM
