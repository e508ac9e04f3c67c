// Opens the library late, beside the malloc that the program has, from a thread among others.
#include "check.h"
#include <pthread.h>

static void *(*their_malloc)(size_t);
static void (*their_free)(void *);
static size_t (*their_usable_size)(void *);

static pthread_barrier_t opened;

static void *thread(void *number) {
    // The thread is there before the library.
    pthread_barrier_wait(&opened);
    for (int round = 0; round < 1000; round++) {
        char *blocks[100];
        for (int i = 0; i < 100; i++) {
            size_t size = (size_t)(i * 37 + round) % 3000;
            CHECK(blocks[i] = their_malloc(size));
            CHECK(their_usable_size(blocks[i]) >= size);
            memset(blocks[i], i, size);
            free(opaque(malloc(size)));
        }
        for (int i = 0; i < 100; i++) their_free(blocks[i]);
    }
    return number;
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    pthread_t threads[4];
    CHECK(pthread_barrier_init(&opened, NULL, 5) == 0);
    for (int i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], NULL, thread, NULL) == 0);
    for (int round = 0; round < 3; round++) {
        void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
        if (!library) fprintf(stderr, "%s\n", dlerror());
        CHECK(library);
        *(void **)&their_malloc = dlsym(library, "malloc");
        *(void **)&their_free = dlsym(library, "free");
        *(void **)&their_usable_size = dlsym(library, "malloc_usable_size");
        CHECK(their_malloc && their_free && their_malloc != malloc);
        their_free(their_malloc(round));
        // It stays, for the threads that have used it.
        CHECK(dlclose(library) == 0);
    }
    pthread_barrier_wait(&opened);
    for (int i = 0; i < 4; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    puts("ok");
}
