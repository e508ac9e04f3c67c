// So many pairs of malloc and free of so many bytes: to count their instructions, and to time them.
#include <stdlib.h>

int main(int count, char **arguments) {
    if (count != 3) return 2;
    long pairs = atol(arguments[1]);
    size_t bytes = (size_t)atol(arguments[2]);
    for (long pair = 0; pair < pairs; pair++) {
        void *block = malloc(bytes);
        __asm__ volatile("" : : "r"(block) : "memory");
        free(block);
    }
    return 0;
}
