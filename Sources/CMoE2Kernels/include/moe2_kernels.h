/*
 * The module CMoE2Kernels: the passes over scores that the expert selection spends its time in, in one variant for each
 * instruction set, of which the best that the machine has is chosen once.
 *
 * All variants give the same results to the bit: the sources are the same, sums of floating-point numbers have a fixed order, and
 * products and sums are never contracted. No function allocates, fails or keeps anything; pointers must not overlap unless that
 * is said. `rows` is a multiple of MOE2_KERNEL_ROWS where it is called padded.
 */
#ifndef MOE2_KERNELS_H
#define MOE2_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/* Padded columns have a multiple of this many rows. */
#define MOE2_KERNEL_ROWS 32

/* A set of up to 128 experts. */
typedef struct moe2_bits {
    uint64_t low;  /* 0 to 63 */
    uint64_t high; /* 64 to 127 */
} moe2_bits;

/* What is left of right-or-wrong rows: see merge_rows. */
typedef struct moe2_merged {
    double constant; /* the amounts of all covered rows */
    long rows;       /* merged rows */
    long kept;       /* rows that they stand for */
} moe2_merged;

/* The rows of right-or-wrong scores: who has a row, as bits, and what it is worth. */
typedef struct moe2_bit_rows {
    const moe2_bits *bits;
    const uint16_t *amount;
    long rows;
} moe2_bit_rows;

/* Where merge_rows puts its results. */
typedef struct moe2_merge_target {
    moe2_bits *keys;   /* the free experts of each merged row */
    uint16_t *amounts; /* what each merged row is worth */
    int32_t *indices;  /* the kept rows */
    int32_t *slots;    /* the merged row of each kept row */
    double *linear;    /* by expert: what only this one has, added to */
    int32_t *table;    /* a hash table, all -1 */
    long mask;         /* its size, a power of two of more than twice the rows, less one */
} moe2_merge_target;

/* The multipliers of the bound of T > 0, by row: a = exp(-position) and the share b. */
typedef struct moe2_soft_rows {
    float *position;
    float *share;
    float *inverse; /* a */
    const float *weight;
    float *level_turn;
    float *share_turn;
    float *level_hits;
    float *share_hits;
    float team; /* k */
} moe2_soft_rows;

/* One variant of all passes. */
typedef struct moe2_kernels {
    const char *name;

    /* 16-bit columns, padded. */

    /* Sum of (column - level)+. */
    uint64_t (*excess)(const uint16_t *column, const uint16_t *level, long rows);
    /* The same over the rows where mask is all ones; it is 0 in the others. */
    uint64_t (*masked_excess)(const uint16_t *column, const uint16_t *level, const uint16_t *mask, long rows);
    /* Sum of column. */
    uint64_t (*sum)(const uint16_t *column, long rows);
    /* Whether no number of column is above other's. */
    bool (*is_covered)(const uint16_t *column, const uint16_t *other, long rows);
    /* target = max(target, column). */
    void (*raise)(uint16_t *target, const uint16_t *column, long rows);
    /* Puts column into the two largest numbers of every row. */
    void (*raise_two)(uint16_t *first, uint16_t *second, const uint16_t *column, long rows);
    /* counts += weight where column is above level, modulo 2^16. */
    void (*count)(uint16_t *counts, const uint16_t *column, const uint16_t *level, uint16_t weight, long rows);
    /* target = (column - level)+; target may be column. */
    void (*lower)(uint16_t *target, const uint16_t *column, const uint16_t *level, long rows);
    /* target = amounts where plane has the bit, else 0. */
    void (*select)(uint16_t *target, const uint16_t *amounts, const uint16_t *plane, uint16_t bit, long rows);
    /*
     * Mixes the subgradient 1 - hits * scale into direction, without the parts that the range 0...maximum of position blocks;
     * returns the square of its length.
     */
    float (*turn)(float *direction, const uint16_t *hits, float scale, const float *position, const uint16_t *maximum, long rows);
    /* position = (position - length * direction) within 0...maximum; level is the nearest integer. */
    void (*move)(float *position, uint16_t *level, const float *direction, float length, const uint16_t *maximum, long rows);

    /* 32-bit columns, padded. */

    /* target = max(target, column). */
    void (*raise_fine)(uint32_t *target, const uint32_t *column, long rows);
    /* Sum of column. */
    uint64_t (*sum_fine)(const uint32_t *column, long rows);

    /* Scores: any number of rows. */

    /* lowest = min(lowest, column), highest = max(highest, column). */
    void (*widen)(double *lowest, double *highest, const double *column, long rows);
    /* target = max(target, column). */
    void (*raise_scores)(double *target, const double *column, long rows);
    /* The larger numbers go to target, the others to carried. */
    void (*sort_scores)(double *target, double *carried, long rows);
    /* Whether every number of column is that of lowest or that of highest. */
    bool (*is_two_valued)(const double *column, const double *lowest, const double *highest, long rows);
    /* target = the nearest integer to (column - lowest)+ * scale, which must be below 2^32. */
    void (*convert_fine)(uint32_t *target, const double *column, const double *lowest, const double *scale, long rows);
    /*
     * coarse = that integer, rounded to the nearest multiple of 2^15 and divided by it (halves up); loss = max(loss, what was lost by
     * rounding down).
     */
    void (*convert)(uint16_t *coarse, uint16_t *loss, const double *column, const double *lowest, const double *scale, long rows);
    /* coarse = grain * the nearest integer to (column - lowest)+ * scale. */
    void (*convert_grid)(
        uint16_t *coarse, const double *column, const double *lowest, const double *scale, uint16_t grain, long rows);
    /*
     * Adds the expert to the bits of the rows where column is above 0, which must then be amount, or amount must be 0 and becomes it;
     * returns whether that was so. Padded.
     */
    bool (*take_bits)(moe2_bits *bits, uint16_t *amount, const uint16_t *column, int expert, long rows);
    /*
     * target = exp(max((column - highest) / temperature, lowest)) for results between exp(-86) and exp(86), to 3e-7 of the number.
     */
    void (*exponentials)(
        float *target, const double *column, const double *highest, double temperature, double lowest, long rows);

    /*
     * Sorts right-or-wrong rows into covered ones (an expert of `included` has them), ones that a single expert of `free` has, ones that
     * none has, and others, which are merged when the same free experts have them. Amounts of merged rows stay below 2^16.
     */
    moe2_merged (*merge_rows)(moe2_bit_rows rows, moe2_bits included, moe2_bits free, moe2_merge_target target);

    /* T > 0: float columns, padded; positive numbers, or 0 in padding. */

    /* Sum of weight * phi(column), from above: see SoftRelaxation. */
    double (*soft_bound)(const moe2_soft_rows *multipliers, const float *column, long rows);
    /* Adds part times the derivatives of phi by log c and by k*b to the hits. */
    void (*soft_hit)(const moe2_soft_rows *multipliers, const float *column, float part, long rows);
    /* Mixes the subgradient of the hits into the turns; returns its square, weighted by row. */
    double (*soft_turn)(const moe2_soft_rows *multipliers, long rows);
    /* Moves the multipliers along the turns, within lowest...highest and 0...1/k. */
    void (*soft_move)(const moe2_soft_rows *multipliers, float length, float lowest, float highest, long rows);
    /* Brings inverse up to date; returns the sum of weight * (position - 1 + k*b). */
    double (*soft_settle)(const moe2_soft_rows *multipliers, long rows);
    /* About the sum of weight * log(1 + (column - last)+ / sums); last may be null, for 0. */
    double (*soft_marginal)(const float *column, const float *_Nullable last, const float *sums, const float *weight, long rows);
    /* The sum of weight * log(sums), each logarithm to 3e-7 or 3e-7 of itself. */
    double (*soft_logarithms)(const float *sums, const float *weight, long rows);
    /* target = max(target, column). */
    void (*raise_soft)(float *target, const float *column, long rows);
    /* The larger numbers go to target, the others to carried. */
    void (*sort_soft)(float *target, float *carried, long rows);
    /* Puts column into the two largest numbers of every row, and adds these up. */
    void (*add_to_two)(float *first, float *second, float *total, const float *column, long rows);
} moe2_kernels;

/* The best variant for this machine; the same at every call. */
const moe2_kernels *moe2_kernels_best(void);

/* The variants that this machine can run by number, from 0, the portable one; a null pointer after the last. */
const moe2_kernels *_Nullable moe2_kernels_variant(int number);

#pragma clang assume_nonnull end

#endif
