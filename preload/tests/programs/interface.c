// Every function of the C interface does what glibc's manual says.
#include "check.h"
#include <errno.h>
#include <malloc.h>
#include <unistd.h>

static int is_aligned(const void *block, size_t alignment) {
    return (uintptr_t)block % alignment == 0;
}

// Sizes around every border that there may be.
static const size_t SIZES[] = {0,    1,    8,     9,     15,    16,     17,     24,      40,      64,
                               100,  127,  128,   129,   500,   1000,   1024,   1025,    4000,    4096,
                               9999, 32767, 32768, 32769, 65536, 100000, 524288, 1048576, 1048577, 9000000};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static void fill(unsigned char *block, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) block[i] = (unsigned char)(i * 31 + 7);
}

static int is_filled(const unsigned char *block, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        if (block[i] != (unsigned char)(i * 31 + 7)) return 0;
    return 1;
}

static void blocks_are_aligned_and_usable_to_the_end(void) {
    for (size_t s = 0; s < COUNT(SIZES); s++) {
        void *one = opaque(malloc(SIZES[s])), *other = opaque(malloc(SIZES[s]));
        CHECK(one && other && one != other);
        CHECK(is_aligned(one, 16) && is_aligned(other, 16));
        size_t usable = malloc_usable_size(one);
        CHECK(usable >= SIZES[s]);
        fill(one, usable);
        fill(other, malloc_usable_size(other));
        CHECK(is_filled(one, usable));
        free(one);
        free(other);
    }
    CHECK(malloc_usable_size(NULL) == 0);
    free(NULL);
}

static void calloc_zeroes_also_what_was_used(void) {
    for (size_t s = 0; s < COUNT(SIZES); s++) {
        for (int round = 0; round < 3; round++) {
            void *dirty = opaque(malloc(SIZES[s]));
            memset(dirty, 0xaa, malloc_usable_size(dirty));
            free(dirty);
            unsigned char *block = opaque(calloc(SIZES[s], 1));
            CHECK(block && is_aligned(block, 16));
            for (size_t i = 0; i < SIZES[s]; i++) CHECK(block[i] == 0);
            free(block);
        }
    }
}

static void realloc_keeps_all_usable_bytes(void) {
    for (size_t from = 0; from < COUNT(SIZES); from++) {
        for (size_t to = 1; to < COUNT(SIZES); to++) {
            void *block = opaque(malloc(SIZES[from]));
            size_t kept = malloc_usable_size(block);
            fill(block, kept);
            void *moved = opaque(realloc(block, SIZES[to]));
            CHECK(moved && is_aligned(moved, 16) && malloc_usable_size(moved) >= SIZES[to]);
            CHECK(is_filled(moved, kept < SIZES[to] ? kept : SIZES[to]));
            free(moved);
        }
    }
    // In steps, as a buffer that grows does.
    unsigned char *block = NULL;
    for (size_t size = 1; size < 3000000; size += size / 8 + 1) {
        size_t kept = malloc_usable_size(block);
        block = opaque(realloc(block, size));
        CHECK(block && is_filled(block, kept < size ? kept : size));
        fill(block, malloc_usable_size(block));
    }
    errno = 0;
    CHECK(opaque(realloc(block, 0)) == NULL && errno == 0);
    block = opaque(realloc(NULL, 0));
    CHECK(block);
    free(block);
}

// So that the compiler does not take the block for freed where it is not.
static void *(*volatile try_realloc)(void *, size_t) = realloc;
static void *(*volatile try_reallocarray)(void *, size_t, size_t) = reallocarray;

static void what_cannot_be_is_enomem(void) {
    static const size_t HUGE[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 4096, PTRDIFF_MAX,
                                  (size_t)PTRDIFF_MAX + 1, (size_t)1 << 60};
    for (size_t s = 0; s < COUNT(HUGE); s++) {
        volatile size_t size = HUGE[s];
        void *block = opaque(malloc(100)), *result = NULL;
        fill(block, 100);
#define REFUSED(call) (errno = 0, opaque(call) == NULL && errno == ENOMEM)
        CHECK(REFUSED(malloc(size)));
        CHECK(REFUSED(calloc(size, 1)));
        CHECK(REFUSED(try_realloc(block, size)));
        CHECK(REFUSED(memalign(64, size)));
        CHECK(REFUSED(aligned_alloc(4096, size)));
        CHECK(REFUSED(valloc(size)));
        CHECK(REFUSED(pvalloc(size)));
        errno = 0;
        CHECK(posix_memalign(&result, 64, size) == ENOMEM && errno == 0 && result == NULL);
        CHECK(is_filled(block, 100));
        free(block);
    }
    volatile size_t half = (size_t)1 << 32, most = SIZE_MAX;
    void *block = opaque(malloc(10));
    CHECK(REFUSED(calloc(half, half)));
    CHECK(REFUSED(calloc(most, 2)));
    CHECK(REFUSED(try_reallocarray(block, half, half)));
    block = opaque(reallocarray(block, 10, 20));
    CHECK(block && malloc_usable_size(block) >= 200);
    free(block);
}

static void alignments_are_kept_or_refused(void) {
    void *result = opaque((void *)1);
    static const size_t WRONG[] = {0, 1, 2, 3, 4, 7, 12, 24, 100, SIZE_MAX};
    for (size_t a = 0; a < COUNT(WRONG); a++)
        CHECK(posix_memalign(&result, WRONG[a], 8) == EINVAL && result == (void *)1);
    for (size_t alignment = 8; alignment <= (size_t)64 << 20; alignment *= 2) {
        for (size_t s = 0; s < COUNT(SIZES); s++) {
            CHECK(posix_memalign(&result, alignment, SIZES[s]) == 0);
            CHECK(result && is_aligned(result, alignment) && is_aligned(result, 16));
            fill(result, malloc_usable_size(result));
            CHECK(malloc_usable_size(result) >= SIZES[s]);
            result = opaque(realloc(result, SIZES[s] + 50));
            CHECK(is_filled(result, SIZES[s]));
            free(result);
            result = opaque(memalign(alignment, SIZES[s]));
            CHECK(result && is_aligned(result, alignment));
            free(result);
            result = opaque(aligned_alloc(alignment, SIZES[s]));
            CHECK(result && is_aligned(result, alignment));
            free(result);
        }
    }
    // glibc rounds up, and gives what malloc gives.
    static const size_t ODD[] = {0, 1, 3, 24, 48, 100, 3000};
    for (size_t a = 0; a < COUNT(ODD); a++) {
        size_t rounded = 16;
        while (rounded < ODD[a]) rounded *= 2;
        result = opaque(memalign(ODD[a], 100));
        CHECK(result && is_aligned(result, rounded));
        free(result);
    }
    volatile size_t odd = 24;
    errno = 0;
    CHECK(opaque(aligned_alloc(odd, 100)) == NULL && errno == EINVAL);
    errno = 0;
    CHECK(opaque(memalign(SIZE_MAX, 100)) == NULL && errno == EINVAL);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    result = opaque(valloc(100));
    CHECK(is_aligned(result, page));
    free(result);
    result = opaque(pvalloc(page + 1));
    CHECK(is_aligned(result, page) && malloc_usable_size(result) >= 2 * page);
    free(result);
}

static void free_keeps_errno(void) {
    for (size_t s = 0; s < COUNT(SIZES); s++) {
        // Enough of them for every path: full magazines, batches, mappings given back.
        static void *blocks[3000];
        size_t count = SIZES[s] > 100000 ? 30 : COUNT(blocks);
        for (size_t i = 0; i < count; i++) CHECK(blocks[i] = opaque(malloc(SIZES[s])));
        errno = 4711;
        for (size_t i = 0; i < count; i++) free(blocks[i]);
        CHECK(errno == 4711);
        malloc_trim(0);
        CHECK(errno == 4711);
    }
    // An allocation that succeeds does not touch it either.
    void *block = opaque(malloc(5000000));
    CHECK(errno == 4711);
    free(block);
}

static void the_figures_follow_what_is_held(void) {
    struct mallinfo2 before = mallinfo2();
    static char *blocks[1000];
    for (size_t i = 0; i < COUNT(blocks); i++) blocks[i] = opaque(malloc(1000));
    void *large = opaque(malloc(8 << 20));
    struct mallinfo2 after = mallinfo2();
    CHECK(after.uordblks >= before.uordblks + 1000 * 1000);
    CHECK(after.hblks == before.hblks + 1 && after.hblkhd >= before.hblkhd + (8 << 20));
    CHECK(after.arena == after.uordblks + after.fordblks);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    CHECK(mallinfo().hblks == (int)after.hblks);
#pragma GCC diagnostic pop
    for (size_t i = 0; i < COUNT(blocks); i++) free(blocks[i]);
    free(large);
    CHECK(mallinfo2().uordblks < after.uordblks);
    CHECK(malloc_trim(0) == 1);
    CHECK(malloc_trim(0) == 0);
    CHECK(mallopt(M_MMAP_THRESHOLD, 1 << 20) == 1);
}

void free_sized(void *, size_t) __attribute__((weak));
void free_aligned_sized(void *, size_t, size_t) __attribute__((weak));

static void c23_frees_are_there(void) {
    CHECK(free_sized && free_aligned_sized);
    for (int i = 0; i < 1000; i++) {
        free_sized(opaque(malloc(77)), 77);
        free_aligned_sized(opaque(aligned_alloc(256, 512)), 256, 512);
    }
    free_sized(NULL, 77);
}

int main(void) {
    check_preloaded();
    blocks_are_aligned_and_usable_to_the_end();
    calloc_zeroes_also_what_was_used();
    realloc_keeps_all_usable_bytes();
    what_cannot_be_is_enomem();
    alignments_are_kept_or_refused();
    free_keeps_errno();
    the_figures_follow_what_is_held();
    c23_frees_are_there();
    puts("ok");
}
