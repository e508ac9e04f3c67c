/* host PLUG-IN...: a program without Rust loads the plug-ins, calls them from three threads, and
 * unloads them while the threads live. `.ci/jobs/plugin.sh` builds and runs it. */

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 3, ROUNDS = 5, MOST_PLUGINS = 8 };

typedef uint64_t work_function(uint64_t);
typedef void *alloc_function(uint64_t);
typedef void free_function(void *);

struct plugin {
    void *library;
    work_function *work;
    alloc_function *alloc;
    free_function *free;
};

static struct plugin plugins[MOST_PLUGINS];
static int plugin_count;
static pthread_barrier_t called, unloaded;
/* What each thread left in each plug-in; freed by the thread after it. */
static void *left[THREADS][MOST_PLUGINS];

static void fail(const char *what) {
    fprintf(stderr, "host: %s\n", what);
    exit(1);
}

static void *symbol(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (!found)
        fail(dlerror());
    return found;
}

static void load(struct plugin *plugin, const char *path) {
    plugin->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!plugin->library)
        fail(dlerror());
    plugin->work = (work_function *)symbol(plugin->library, "plugin_work");
    plugin->alloc = (alloc_function *)symbol(plugin->library, "plugin_alloc");
    plugin->free = (free_function *)symbol(plugin->library, "plugin_free");
}

static void *thread(void *argument) {
    uintptr_t lane = (uintptr_t)argument;
    for (int at = 0; at < plugin_count; at++) {
        if (plugins[at].work(lane) != 0)
            fail("a plug-in found its bytes changed");
        left[lane][at] = plugins[at].alloc(lane);
    }
    pthread_barrier_wait(&called);
    for (int at = 0; at < plugin_count; at++)
        plugins[at].free(left[(lane + 1) % THREADS][at]);
    pthread_barrier_wait(&called);
    pthread_barrier_wait(&unloaded);
    /* The thread ends, and with it what the plug-ins keep for it. */
    return NULL;
}

int main(int count, char **arguments) {
    plugin_count = count - 1;
    if (plugin_count < 1 || plugin_count > MOST_PLUGINS)
        fail("usage: host <plug-in>...");
    pthread_barrier_init(&called, NULL, THREADS + 1);
    pthread_barrier_init(&unloaded, NULL, THREADS + 1);
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[THREADS];
        for (int at = 0; at < plugin_count; at++)
            load(&plugins[at], arguments[at + 1]);
        for (uintptr_t lane = 0; lane < THREADS; lane++)
            if (pthread_create(&threads[lane], NULL, thread, (void *)lane) != 0)
                fail("no thread");
        pthread_barrier_wait(&called);
        pthread_barrier_wait(&called);
        for (int at = 0; at < plugin_count; at++)
            if (dlclose(plugins[at].library) != 0)
                fail(dlerror());
        pthread_barrier_wait(&unloaded);
        for (int lane = 0; lane < THREADS; lane++)
            pthread_join(threads[lane], NULL);
    }
    printf("%d plug-ins loaded and unloaded\n", plugin_count);
    return 0;
}
