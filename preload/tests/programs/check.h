// What the test programs share: a check that ends the process, and where a block came from.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Ends the process with status 1 unless `claim` holds.
#define CHECK(claim)                                                                              \
    do {                                                                                          \
        if (!(claim)) {                                                                           \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim);            \
            _Exit(1);                                                                             \
        }                                                                                         \
    } while (0)

// Keeps the compiler from knowing what a pointer is, and from leaving allocations out.
static inline void *opaque(void *pointer) {
    __asm__ volatile("" : "+r"(pointer) : : "memory");
    return pointer;
}

// The program's `malloc` is the library's: else a test would say nothing.
static inline void check_preloaded(void) {
    Dl_info info;
    void *function = dlsym(RTLD_DEFAULT, "malloc");
    CHECK(dladdr(function, &info) && strstr(info.dli_fname, "poolalloc_preload"));
}
