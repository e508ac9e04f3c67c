// Allocations at every end: of threads, of libraries, of the process.
#include "check.h"
#include <pthread.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 20, BLOCKS = 300 };

static void work(unsigned seed) {
    void *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        seed = seed * 1103515245 + 12345;
        size_t size = seed >> 16 & (i % 50 ? 0x3ff : 0x3ffff);
        CHECK(blocks[i] = opaque(malloc(size)));
        memset(blocks[i], i, size);
    }
    for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
}

static pthread_key_t keys[20];

// Comes back for as many rounds as there are, also after the library's own destructor.
static void at_thread_end(void *value) {
    work((unsigned)(uintptr_t)value);
    free(opaque(strdup("the last but one")));
    pthread_setspecific(keys[(uintptr_t)value % 20], value);
}

static void *thread(void *number) {
    for (int i = 0; i < 20; i++) pthread_setspecific(keys[i], (void *)((uintptr_t)number + 1));
    work((unsigned)(uintptr_t)number);
    return opaque(malloc(1000));
}

static void *cancelled(void *number) {
    pthread_setspecific(keys[0], (void *)((uintptr_t)number + 1));
    void *held = NULL;
    pthread_cleanup_push(free, held = opaque(malloc(10000)));
    for (;;) {
        work((unsigned)(uintptr_t)number);
        pthread_testcancel();
    }
    pthread_cleanup_pop(0);
    return held;
}

static void *cancelled_in_a_wait(void *number) {
    work((unsigned)(uintptr_t)number);
    for (;;) pause();
    return NULL;
}

static void at_process_end(void) {
    work(99);
    printf("%s\n", (char *)opaque(strdup("ok")));
}

int main(int count, char **arguments) {
    check_preloaded();
    CHECK(count == 2);
    CHECK(atexit(at_process_end) == 0);
    for (int i = 0; i < 20; i++) CHECK(pthread_key_create(&keys[i], at_thread_end) == 0);
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[THREADS];
        void *left;
        for (uintptr_t i = 0; i < THREADS; i++) {
            void *(*body)(void *) = i % 4 == 0 ? cancelled : i % 4 == 1 ? cancelled_in_a_wait : thread;
            CHECK(pthread_create(&threads[i], NULL, body, (void *)(i + 1)) == 0);
        }
        for (int i = 0; i < THREADS; i++) {
            if (i % 4 < 2) CHECK(pthread_cancel(threads[i]) == 0);
            CHECK(pthread_join(threads[i], &left) == 0);
            if (i % 4 < 2) CHECK(left == PTHREAD_CANCELED);
            else free(left);
        }
    }
    // A library that is closed while blocks of it live, and its constructors and destructors allocate.
    for (int round = 0; round < ROUNDS; round++) {
        void *library = dlopen(arguments[1], RTLD_NOW);
        CHECK(library);
        char *(*make)(size_t) = (char *(*)(size_t))dlsym(library, "make");
        CHECK(make);
        char *blocks[10];
        for (int i = 0; i < 10; i++) blocks[i] = make((size_t)i * 100 + 1);
        CHECK(dlclose(library) == 0);
        for (int i = 0; i < 10; i++) {
            CHECK(blocks[i][i * 100] == 'x');
            free(blocks[i]);
        }
    }
    // The main thread's keys; then the process ends by itself.
    pthread_setspecific(keys[3], (void *)4);
    work(7);
    exit(0);
}
