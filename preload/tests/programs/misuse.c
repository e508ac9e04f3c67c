// Frees what must not be freed, as the first argument says. Prints the address first.
#include "check.h"
#include <malloc.h>
#include <sys/mman.h>

static char in_data[64];

int main(int count, char **arguments) {
    check_preloaded();
    CHECK(count == 2);
    const char *what = arguments[1];
    char on_stack[64] = {0};
    char *small = opaque(malloc(100)), *medium = opaque(malloc(200000)), *large = opaque(malloc(9 << 20));
    char *wrong = NULL;
    if (!strcmp(what, "stack")) wrong = on_stack;
    if (!strcmp(what, "data")) wrong = in_data;
    if (!strcmp(what, "code")) wrong = (char *)(uintptr_t)main;
    if (!strcmp(what, "unmapped")) wrong = (char *)0x10000;
    if (!strcmp(what, "wild")) wrong = (char *)0xdeadbeefdeadbeef;
    if (!strcmp(what, "beyond")) wrong = (char *)UINTPTR_MAX;
    if (!strcmp(what, "mapping")) {
        wrong = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    if (!strcmp(what, "inside-small-1")) wrong = small + 1;
    if (!strcmp(what, "inside-small-8")) wrong = small + 8;
    if (!strcmp(what, "inside-small-16")) wrong = small + 16;
    if (!strcmp(what, "inside-medium")) wrong = medium + 65536;
    if (!strcmp(what, "inside-large")) wrong = large + 4096;
    if (!strcmp(what, "inside-large-far")) wrong = large + (8 << 20);
    if (!strcmp(what, "twice-small")) free(wrong = small);
    if (!strcmp(what, "twice-medium")) free(wrong = medium);
    if (!strcmp(what, "twice-large")) free(wrong = large);
    if (!strcmp(what, "header")) wrong = (char *)((uintptr_t)small & ~(uintptr_t)0x3fffff);
    CHECK(wrong);
    printf("%#lx\n", (unsigned long)(uintptr_t)wrong);
    fflush(stdout);
    free(opaque(wrong));
    puts("not noticed");
}
