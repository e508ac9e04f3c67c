// Takes blocks until so many MiB are live, or there are no more; grows one beyond that; frees all of them,
// and does it again.
#include "check.h"
#include <errno.h>

enum { SIZES = 4, BLOCKS = 100000 };
static const size_t sizes[SIZES] = {3 << 20, 200000, 3000, 100};
static unsigned char *blocks[BLOCKS];
static size_t lengths[BLOCKS];

// Bytes that were to be had; all blocks are whole, and are freed.
static size_t fill(size_t most) {
    size_t taken = 0;
    int count = 0;
    for (int kind = 0; kind < SIZES; kind++) {
        while (taken < most && count < BLOCKS) {
            errno = 0;
            unsigned char *block = malloc(sizes[kind]);
            if (!block) {
                CHECK(errno == ENOMEM);
                break;
            }
            memset(block, count & 255, sizes[kind]);
            lengths[count] = sizes[kind];
            taken += sizes[kind];
            blocks[count++] = block;
        }
    }
    if (taken < most) {
        errno = 0;
        CHECK(!realloc(blocks[0], most));
        CHECK(errno == ENOMEM);
    }
    while (count-- > 0) {
        for (size_t at = 0; at < lengths[count]; at++) CHECK(blocks[count][at] == (count & 255));
        free(blocks[count]);
    }
    return taken;
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    check_preloaded();
    const size_t most = (size_t)atoi(arguments[1]) << 20;
    size_t taken = 0;
    for (int round = 0; round < 3; round++) {
        taken = fill(most);
        CHECK(taken >= most * 3 / 4);
    }
    puts(taken < most ? "limited" : "unlimited");
    return 0;
}
