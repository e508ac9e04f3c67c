// A library whose blocks outlive it.
#include <stdlib.h>
#include <string.h>

static char *held;

__attribute__((constructor)) static void at_load(void) { held = malloc(5000); }

__attribute__((destructor)) static void at_unload(void) {
    free(held);
    free(malloc(77));
}

char *make(size_t size) {
    char *block = malloc(size);
    memset(block, 'x', size);
    return block;
}
