// Frees much, then calls slow paths until what is resident has fallen, for at most so many seconds. Has
// one thread all the time.
#include "check.h"
#include <dirent.h>
#include <time.h>
#include <unistd.h>

static long resident_kib(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%*d %ld", &pages) == 1);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int threads(void) {
    int count = 0;
    DIR *folder = opendir("/proc/self/task");
    CHECK(folder);
    for (struct dirent *entry; (entry = readdir(folder));) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

enum { BLOCKS = 60000, BYTES = 1000 };
static void *blocks[BLOCKS];

int main(int count, char **arguments) {
    CHECK(count == 2);
    check_preloaded();
    for (int index = 0; index < BLOCKS; index++) {
        blocks[index] = malloc(BYTES);
        CHECK(blocks[index]);
        memset(blocks[index], 1, BYTES);
    }
    const long peak = resident_kib();
    for (int index = 0; index < BLOCKS; index++) free(blocks[index]);
    const time_t end = time(NULL) + atoi(arguments[1]);
    const char *answer = "stays";
    while (time(NULL) <= end) {
        free(opaque(malloc(500000)));
        CHECK(threads() == 1);
        if (resident_kib() < peak / 2) {
            answer = "fell";
            break;
        }
        usleep(1000);
    }
    puts(answer);
    return 0;
}
