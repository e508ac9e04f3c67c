// Children of signal handlers, which may do no more than end; then forks from one thread while eight
// others allocate, as often as the argument says.
#include "check.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 8, BLOCKS = 64 };

static atomic_int forking, stop;

static void work(unsigned *seed) {
    void *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        *seed = *seed * 1103515245 + 12345;
        size_t size = *seed >> 16 & (i % 16 ? 0x1ff : 0xffff);
        CHECK(blocks[i] = opaque(malloc(size)));
        memset(blocks[i], i, size);
    }
    for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
}

static void *worker(void *number) {
    unsigned seed = (unsigned)(uintptr_t)number;
    while (!atomic_load(&forking)) work(&seed);
    // The forks come first, else they wait for the workers' turns to end.
    CHECK(setpriority(PRIO_PROCESS, (id_t)gettid(), 19) == 0);
    while (!atomic_load(&stop)) work(&seed);
    return NULL;
}

static void *worker_of_a_child(void *number) {
    unsigned seed = (unsigned)(uintptr_t)number;
    for (int i = 0; i < 20; i++) work(&seed);
    return NULL;
}

static void check_child(pid_t child) {
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static atomic_int handled;

static void on_signal(int number) {
    (void)number;
    pid_t child = _Fork();
    if (child == 0) _exit(0);
    check_child(child);
    atomic_fetch_add(&handled, 1);
}

int main(int count, char **arguments) {
    check_preloaded();
    CHECK(count == 2);
    pthread_t threads[WORKERS];
    for (uintptr_t i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&threads[i], NULL, worker, (void *)(i + 1)) == 0);
    unsigned seed = 4711;
    // The handler comes in the middle of an allocation as often as not.
    CHECK(signal(SIGUSR1, on_signal) != SIG_ERR);
    for (int round = 0; round < 200; round++) {
        pthread_kill(threads[round % WORKERS], SIGUSR1);
        work(&seed);
        while (atomic_load(&handled) <= round) usleep(100);
    }
    atomic_store(&forking, 1);
    void *held = opaque(malloc(100));
    for (int round = 0; round < atoi(arguments[1]); round++) {
        pid_t child = fork();
        if (child == 0) {
            work(&seed);
            free(held);
            if (round % 50 == 0) {
                // A child with threads, and a child of its own.
                pthread_t more;
                CHECK(pthread_create(&more, NULL, worker_of_a_child, NULL) == 0);
                CHECK(pthread_join(more, NULL) == 0);
                child = fork();
                if (child == 0) {
                    work(&seed);
                    _exit(0);
                }
                check_child(child);
                exit(0);
            }
            _exit(0);
        }
        check_child(child);
    }
    atomic_store(&stop, 1);
    for (int i = 0; i < WORKERS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    puts("ok");
}
