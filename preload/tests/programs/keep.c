// Takes and frees many blocks of some sizes in turn: what is free at the end is where it was left.
#include "check.h"

enum { BLOCKS = 3000, ROUNDS = 16, SIZES = 5 };
static const size_t sizes[SIZES] = {100, 300, 1000, 2000, 4000};
static void *blocks[BLOCKS];

int main(void) {
    check_preloaded();
    for (int round = 0; round < ROUNDS; round++) {
        for (int kind = 0; kind < SIZES; kind++) {
            for (int at = 0; at < BLOCKS; at++) {
                blocks[at] = malloc(sizes[kind]);
                CHECK(blocks[at]);
                memset(blocks[at], at & 255, sizes[kind]);
            }
            for (int at = 0; at < BLOCKS; at++) free(blocks[at]);
        }
    }
    return 0;
}
